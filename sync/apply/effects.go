package apply

import (
	"throughline/models"
	"throughline/models/store"
)

// latest holds the last row of each key, so that a batch upserts a key once.
type latest[K comparable, R any] struct {
	at   map[K]int
	rows []R
}

func (l *latest[K, R]) put(key K, row R) {
	if i, ok := l.at[key]; ok {
		l.rows[i] = row
		return
	}
	if l.at == nil {
		l.at = make(map[K]int)
	}
	l.at[key] = len(l.rows)
	l.rows = append(l.rows, row)
}

// effects gather what a transaction changes: the last state of each key, and
// every row of what is appended.
type effects struct {
	items       latest[string, store.Fact[models.ItemChanged]]
	suppliers   latest[string, store.Fact[models.SupplierChanged]]
	locations   latest[string, store.Fact[models.LocationChanged]]
	positions   latest[store.StockKey, store.PositionRow]
	thresholds  latest[store.ThresholdKey, store.Fact[models.ThresholdBreached]]
	days        latest[store.DayKey, store.DemandDay]
	salesLines  latest[store.LineKey, store.Fact[models.SalesOrder]]
	allocations latest[store.LineKey, store.Fact[models.Allocation]]
	orders      latest[string, store.Fact[models.OrderChanged]]

	ledger             []store.StockMovement
	forecasts          []store.ForecastRow
	evaluations        []store.Fact[models.Evaluation]
	recommendations    []store.RecommendationRow
	confirmations      []store.Fact[models.Confirmation]
	asns               []store.Fact[models.ASN]
	receipts           []store.Fact[models.GoodsReceipt]
	supplierExceptions []store.Fact[models.SupplierException]
}

func (e *effects) rows() store.Effects {
	return store.Effects{
		Items: e.items.rows, Suppliers: e.suppliers.rows, Locations: e.locations.rows,
		Positions: e.positions.rows, Ledger: e.ledger, Thresholds: e.thresholds.rows,
		DemandDays: e.days.rows, SalesLines: e.salesLines.rows, Allocations: e.allocations.rows,
		Forecasts: e.forecasts, Evaluations: e.evaluations, Recommendations: e.recommendations,
		Orders: e.orders.rows, Confirmations: e.confirmations, ASNs: e.asns, Receipts: e.receipts,
		SupplierExceptions: e.supplierExceptions,
	}
}
