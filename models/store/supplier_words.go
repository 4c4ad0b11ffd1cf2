package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// supplierWord is the newest thing that the supplier said about the line l, or
// about its order as a whole, and has not taken back: nothing was confirmed after
// it, and nothing of the line is on its way or received. No row where there is
// none.
const supplierWord = `
	SELECT x.kind, x.message, x.occurred_at, x.seq FROM supplier_exceptions x
	WHERE x.number = l.number AND x.line IN (0, l.line)
		AND NOT EXISTS (SELECT 1 FROM confirmations WHERE number = l.number AND line = l.line AND confirmed_at > x.occurred_at)
		AND NOT EXISTS (SELECT 1 FROM asns WHERE number = l.number AND line = l.line)
		AND NOT EXISTS (SELECT 1 FROM receipts WHERE number = l.number AND line = l.line)
	ORDER BY x.seq DESC LIMIT 1`

// SupplierWord is an open order line about which its supplier has said that it
// will not go as agreed.
type SupplierWord struct {
	Number             string
	Line               int
	Item, DC, Supplier string
	Description, Unit  string
	Name               string // of the supplier
	Quantity           decimal.Decimal
	Currency           string
	NeedBy             time.Time // business day
	Promised           time.Time // business day: as confirmed, otherwise as needed
	Kind               string    // delay, shortage, rejected, closed
	Message            string
	SaidAt             time.Time // real time
}

// SupplierWords reads what suppliers said of open purchase lines, those left out
// that ConfirmationGaps reads with the same number of days: the gap tells it.
func (c *Conditions) SupplierWords(ctx context.Context, lateDays int) ([]SupplierWord, error) {
	const what = "read what suppliers said"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT l.number, l.line, l.item, o.dc, o.supplier, coalesce(i.description, l.item), l.unit, coalesce(s.name, o.supplier),
			coalesce(c.quantity, l.quantity), o.currency, l.need_by, coalesce(c.promised_day, l.need_by), x.kind, x.message, x.occurred_at
		FROM orders o JOIN order_lines l USING (number)
		JOIN LATERAL (`+supplierWord+`) x ON true
		LEFT JOIN LATERAL (`+confirmedAs+`) c ON true
		LEFT JOIN items i USING (item) LEFT JOIN suppliers s ON s.supplier = o.supplier
		WHERE o.state IN ('open', 'confirmed', 'shipped') AND o.kind = 'purchase'
			AND NOT coalesce(o.state IN ('open', 'confirmed') AND (c.quantity < l.quantity OR c.promised_day > l.need_by + $1::int), false)
		ORDER BY l.number, l.line LIMIT $2`, lateDays, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, w *SupplierWord) error {
		return row.Scan(&w.Number, &w.Line, &w.Item, &w.DC, &w.Supplier, &w.Description, &w.Unit, &w.Name,
			&w.Quantity, &w.Currency, &w.NeedBy, &w.Promised, &w.Kind, &w.Message, &w.SaidAt)
	})
}
