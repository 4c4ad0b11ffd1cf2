package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// NegativeStock is a position of which less than nothing is on hand.
type NegativeStock struct {
	Item, DC, Description, Unit string
	Supplier                    string
	OnHand                      decimal.Decimal
	AsOf                        time.Time
	Seq                         int64 // of the event that said so
}

// NegativeStocks finds positions with less than nothing on hand. Stock cannot
// be negative; what is available may be.
func (c *Conditions) NegativeStocks(ctx context.Context) ([]NegativeStock, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT p.item, p.dc, coalesce(i.description, p.item), p.unit, coalesce(i.supplier, ''), p.on_hand, p.as_of, p.seq
		FROM positions p LEFT JOIN items i USING (item)
		WHERE p.on_hand < 0 ORDER BY p.item, p.dc LIMIT $1`, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("look for negative stock: %w", err)
	}
	return collectBounded(ctx, rows, "look for negative stock", func(row pgx.CollectableRow, n *NegativeStock) error {
		return row.Scan(&n.Item, &n.DC, &n.Description, &n.Unit, &n.Supplier, &n.OnHand, &n.AsOf, &n.Seq)
	})
}

// StuckDrift is a difference that something on its way should have mended.
type StuckDrift struct {
	StandingDrift
	Seq   int64  // of the oldest event of the key that is here and has no effect; 0 when there is none
	State string // of that event
}

// StuckDrifts are the differences that have been in flight since before a time.
func (c *Conditions) StuckDrifts(ctx context.Context, before time.Time) ([]StuckDrift, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT d.source, d.item, d.dc, coalesce(i.description, d.item), coalesce(i.abc_class, ''), coalesce(i.supplier, ''), coalesce(i.currency, '`+models.FallbackCurrency+`'),
			d.why, d.is_copy, d.their_on_hand, d.our_on_hand, `+driftValue+` AS value, d.found_at, coalesce(u.seq, 0), coalesce(u.state, '')
		FROM drifts d LEFT JOIN items i USING (item)
		LEFT JOIN LATERAL (SELECT seq, state FROM unsettled_events WHERE key = 'inventory:' || d.item || '|' || d.dc ORDER BY seq LIMIT 1) u ON true
		WHERE d.cleared_at IS NULL AND d.cause = 'in_flight' AND d.found_at <= $1 ORDER BY value DESC, d.id LIMIT $2`, before, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("look for differences that stay in flight: %w", err)
	}
	return collectBounded(ctx, rows, "look for differences that stay in flight", func(row pgx.CollectableRow, s *StuckDrift) error {
		return row.Scan(&s.Source, &s.Item, &s.DC, &s.Description, &s.Class, &s.Supplier, &s.Currency,
			&s.Why, &s.IsCopy, &s.Theirs.OnHand, &s.Ours.OnHand, &s.Value, &s.FoundAt, &s.Seq, &s.State)
	})
}
