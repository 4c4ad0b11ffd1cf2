package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// UnacknowledgedOrder is an open purchase order of which nothing shows that the
// supplier has it.
type UnacknowledgedOrder struct {
	Number             string
	Item, DC, Supplier string // the item of an order about one, else empty
	Name               string // of the supplier
	Value              decimal.Decimal
	Currency           string
	NeedBy             time.Time  // business day
	TransmittedAt      time.Time  // real: before it was transmitted again, where the tower asked for that
	CutOff             string     // of the supplier, a time of day in TimeZone
	TimeZone           string     // of the DC; empty when it is not known
	AskedAt            *time.Time // real: when the ERP was asked to transmit it again; nil when it was not
	Answer             string     // what came of that, in words; empty until it is there
}

// Unacknowledged reads the orders that were transmitted before a real instant, and
// that neither the supplier's system acknowledged nor the supplier answered. That the
// tower had one transmitted again makes it no younger.
func (c *Conditions) Unacknowledged(ctx context.Context, before time.Time) ([]UnacknowledgedOrder, error) {
	const what = "read the orders that were not acknowledged"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT o.number, l.item, o.dc, o.supplier, coalesce(s.name, o.supplier), l.value, o.currency, l.need_by, least(o.transmitted_at, r.transmitted_at) AS transmitted_at,
			coalesce(s.cut_off, ''), coalesce(z.time_zone, ''), r.asked_at, coalesce(r.answer, '')
		FROM orders o LEFT JOIN suppliers s USING (supplier) LEFT JOIN locations z ON z.dc = o.dc LEFT JOIN order_resends r ON r.number = o.number
		CROSS JOIN LATERAL (SELECT CASE WHEN count(DISTINCT item) = 1 THEN min(item) ELSE '' END AS item, sum(quantity * unit_price) AS value, min(need_by) AS need_by
			FROM order_lines WHERE number = o.number) l
		WHERE o.kind = 'purchase' AND o.state = 'open' AND o.acknowledged_at IS NULL AND o.transmitted_at IS NOT NULL AND least(o.transmitted_at, r.transmitted_at) < $1
			AND NOT EXISTS (SELECT FROM confirmations x WHERE x.number = o.number)
			AND NOT EXISTS (SELECT FROM asns x WHERE x.number = o.number)
			AND NOT EXISTS (SELECT FROM supplier_exceptions x WHERE x.number = o.number)
		ORDER BY transmitted_at, o.number LIMIT $2`, before, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, o *UnacknowledgedOrder) error {
		return row.Scan(&o.Number, &o.Item, &o.DC, &o.Supplier, &o.Name, &o.Value, &o.Currency, &o.NeedBy, &o.TransmittedAt, &o.CutOff, &o.TimeZone, &o.AskedAt, &o.Answer)
	})
}
