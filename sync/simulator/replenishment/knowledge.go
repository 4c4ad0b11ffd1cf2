package replenishment

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
)

// key is an item at a DC.
type key struct{ item, dc string }

func (k key) String() string { return k.item + "|" + k.dc }

// The kinds of facts, as they stand in the database.
const (
	factItem         = "item"
	factSupplier     = "supplier"
	factLocation     = "location"
	factStock        = "stock"
	factForecast     = "forecast"
	factEarlier      = "earlier forecast"
	factOrder        = "order"
	factConfirmation = "confirmation"
	factReview       = "review"
	factOffer        = "offer" // the newest recommendation of an item-DC, for Offers
)

// stock is the newest balance with the movements after it.
type stock struct {
	Item      string          `json:"item"`
	DC        string          `json:"dc"`
	OnHand    decimal.Decimal `json:"on_hand"`
	Allocated decimal.Decimal `json:"allocated"`
	Version   int64           `json:"version"`
	Balance   int64           `json:"balance"` // version of the last balance
	AsOf      time.Time       `json:"as_of"`
	Cause     outbox.Cause    `json:"cause"` // of what follows from it
}

// revision is a forecast revision with the cause of what follows from it.
type revision struct {
	models.ForecastRevision
	Cause outbox.Cause `json:"cause"`
}

// review is what the engine last made of an item-DC.
type review struct {
	Item     string    `json:"item"`
	DC       string    `json:"dc"`
	Revision int64     `json:"revision"`
	Stock    int64     `json:"stock"`             // version
	Day      string    `json:"day"`               // business day
	Offered  string    `json:"offered,omitempty"` // recommendation without a decision
	FromDC   string    `json:"from_dc,omitempty"` // of a transfer that was offered
	Since    time.Time `json:"since"`             // business time of the offer
}

// knowledge is everything the engine knows.
type knowledge struct {
	items         map[string]models.ItemChanged
	suppliers     map[string]models.SupplierChanged
	locations     map[string]models.LocationChanged
	stock         map[key]stock
	forecasts     map[key]revision
	earlier       map[key]revision // the revision before each
	orders        map[string]models.OrderChanged
	confirmations map[string]models.Confirmation // by order and line
	reviews       map[key]review

	open map[key]map[string]bool // numbers of open orders into a key
	dcs  map[string]bool         // that have stock
}

func newKnowledge() *knowledge {
	return &knowledge{
		items: make(map[string]models.ItemChanged), suppliers: make(map[string]models.SupplierChanged),
		locations: make(map[string]models.LocationChanged),
		stock:     make(map[key]stock), forecasts: make(map[key]revision),
		earlier: make(map[key]revision),
		orders:  make(map[string]models.OrderChanged), confirmations: make(map[string]models.Confirmation),
		reviews: make(map[key]review), open: make(map[key]map[string]bool), dcs: make(map[string]bool),
	}
}

func loadKnowledge(ctx context.Context, db simdb.Querier) (*knowledge, error) {
	rows, err := db.Query(ctx, "SELECT kind, key, data FROM facts")
	if err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	known := newKnowledge()
	var kind, name, data string
	_, err = pgx.ForEachRow(rows, []any{&kind, &name, &data}, func() error {
		return known.load(kind, name, []byte(data))
	})
	if err != nil {
		return nil, fmt.Errorf("load facts: %w", err)
	}
	return known, nil
}

// load puts one stored fact into its place.
func (k *knowledge) load(kind, name string, data []byte) error {
	switch kind {
	case factItem:
		return into(data, func(f models.ItemChanged) { k.items[f.Item] = f })
	case factSupplier:
		return into(data, func(f models.SupplierChanged) { k.suppliers[f.Supplier] = f })
	case factLocation:
		return into(data, func(f models.LocationChanged) { k.locations[f.DC] = f })
	case factStock:
		return into(data, func(f stock) {
			k.stock[key{f.Item, f.DC}] = f
			k.dcs[f.DC] = true
		})
	case factForecast:
		return into(data, func(f revision) { k.forecasts[key{f.Item, f.DC}] = f })
	case factEarlier:
		return into(data, func(f revision) { k.earlier[key{f.Item, f.DC}] = f })
	case factOrder:
		return into(data, k.setOrder)
	case factConfirmation:
		return into(data, func(f models.Confirmation) { k.confirmations[name] = f })
	case factOffer:
		return nil // nothing is decided by it
	case factReview:
		return into(data, func(f review) { k.reviews[key{f.Item, f.DC}] = f })
	}
	return fmt.Errorf("fact of unknown kind %q", kind)
}

func into[T any](data []byte, set func(T)) error {
	var fact T
	if err := json.Unmarshal(data, &fact); err != nil {
		return err
	}
	set(fact)
	return nil
}

// setOrder files an order and keeps the index of open ones.
func (k *knowledge) setOrder(o models.OrderChanged) {
	k.orders[o.Order] = o
	open := o.State != "received" && o.State != "cancelled"
	for _, line := range o.Lines {
		at := key{line.Item, o.DC}
		if !open {
			delete(k.open[at], o.Order)
			continue
		}
		if k.open[at] == nil {
			k.open[at] = make(map[string]bool)
		}
		k.open[at][o.Order] = true
	}
}

func lineKey(order string, line int) string { return fmt.Sprintf("%s/%d", order, line) }
