package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Offer is a recommendation of replenishment beside what the systems' own tables
// say at this moment of what it stands on: the ERP's balance, orders and receipts,
// and the series of the forecasting system.
type Offer struct {
	Recommendation string
	Stamp          models.BasisStamp
	Facts          models.BasisFacts // without what a newer revision expects
	OrderBy        time.Time         // business
	UnitPrice      decimal.Decimal
	// Revised says that forecasting has a newer revision than the one it stands on.
	// What was expected is not known then.
	Revised bool
}

// getOffers answers for the recommendations that the parameters of name; one that
// replenishment has replaced is left out.
func (r *Running) getOffers(w http.ResponseWriter, request *http.Request) {
	offers, err := r.offers(request.Context(), request.URL.Query()["of"], r.cfg.Now())
	if err != nil {
		r.fail(w, request, err)
		return
	}
	reply(w, http.StatusOK, offers)
}

const offersKnown = `
	WITH offered AS (SELECT data::jsonb AS r FROM facts WHERE kind = 'offer'),
	asked AS (
		SELECT r, r ->> 'recommendation' AS id, r ->> 'item' AS item, r ->> 'dc' AS dc, (r #>> '{basis,open_supply_as_of}')::timestamptz AS since
		FROM offered WHERE r ->> 'recommendation' = ANY ($1))
	SELECT a.r::text, b.on_hand - b.allocated, b.version, s.revision, s.start, s.quantities, i.data::jsonb ->> 'pack_size',
		coalesce(ordered.pieces, 0) - coalesce(received.pieces, 0)
	FROM asked a JOIN balances b USING (item, dc) JOIN series s USING (item, dc) JOIN facts i ON i.kind = 'item' AND i.key = a.item
	LEFT JOIN LATERAL (
		SELECT sum(l.quantity)::bigint AS pieces FROM order_lines l JOIN orders o USING (number)
		WHERE l.item = a.item AND o.dc = a.dc AND o.ordered_at > a.since AND o.reference <> 'TL-' || a.id
			AND EXISTS (SELECT FROM order_lines c WHERE c.number = l.number AND c.confirmed IS DISTINCT FROM 0)
	) ordered ON true
	LEFT JOIN LATERAL (
		SELECT sum(on_hand_delta)::bigint AS pieces FROM stock_ledger
		WHERE item = a.item AND dc = a.dc AND kind IN ('receipt', 'transfer_in') AND at > a.since
	) received ON true
	ORDER BY a.id`

func (r *Running) offers(ctx context.Context, ids []string, now time.Time) ([]Offer, error) {
	rows, err := r.db.Query(ctx, offersKnown, ids)
	if err != nil {
		return nil, fmt.Errorf("read what recommendations stand on: %w", err)
	}
	offers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Offer, error) { return r.scanOffer(row, now) })
	if err != nil {
		return nil, fmt.Errorf("read what recommendations stand on: %w", err)
	}
	return offers, nil
}

func (r *Running) scanOffer(row pgx.CollectableRow, now time.Time) (Offer, error) {
	var (
		text                                  string
		available, version, revision, onOrder int64
		start                                 time.Time
		series                                []string
		made                                  models.Recommendation
		facts                                 = models.BasisFacts{At: now}
	)
	err := row.Scan(&text, &available, &version, &revision, &start, &series, &facts.Pack, &onOrder)
	if err != nil {
		return Offer{}, err
	}
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		return Offer{}, err
	}
	daily := make([]decimal.Decimal, len(series))
	for i := range series {
		if daily[i], err = decimal.NewFromString(series[i]); err != nil {
			return Offer{}, err
		}
	}
	basis := made.Basis
	facts.Recommended, facts.StockVersion = made.Quantity, version
	facts.NetMovement = decimal.NewFromInt(available).Sub(basis.Inventory.Quantity)
	facts.OnOrderDelta = decimal.NewFromInt(onOrder)
	facts.ExpectedDemand = models.DemandBetween(start, daily, r.clock.At(basis.Inventory.AsOf), r.clock.At(now))
	return Offer{
		Recommendation: made.Recommendation, Stamp: models.BasisStamp{ForecastRevision: &basis.ForecastRevision, Stock: basis.Inventory},
		Facts: facts, OrderBy: made.OrderBy, UnitPrice: made.UnitPrice, Revised: revision > basis.ForecastRevision,
	}, nil
}
