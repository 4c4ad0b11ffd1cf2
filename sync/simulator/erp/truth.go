package erp

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// LateDays is how many days a promise may lie after the day that was asked for.
const LateDays = 2

// Truth is what the ERP knows to be out of the ordinary at this moment,
// whoever caused it, so that others can be measured by it.
type Truth struct {
	// Gaps are the purchase lines on which supplier and buyer differ and of
	// which nothing has been sent.
	Gaps []Gap `json:"gaps"`
}

// Gap is an order line that was confirmed with less, or for a day too late.
type Gap struct {
	Order string `json:"order"`
	Line  int    `json:"line"`
	Item  string `json:"item"`
	DC    string `json:"dc"`
	// Short says that less was confirmed; else all of it comes, too late.
	Short  bool      `json:"short"`
	NeedBy time.Time `json:"need_by"` // business day
}

// Truth reads it from the ERP's own tables. An order of which no line will
// come is cancelled, and nothing of it differs any more.
func (e *ERP) Truth(ctx context.Context) (Truth, error) {
	rows, err := e.cfg.DB.Query(ctx, `
		SELECT l.number, l.line, l.item, o.dc, l.confirmed < l.quantity, l.need_by FROM order_lines l JOIN orders o USING (number)
		WHERE o.kind = 'purchase' AND l.confirmed IS NOT NULL AND l.shipped IS NULL
			AND (l.confirmed < l.quantity OR l.promised > l.need_by + $1::int)
			AND EXISTS (SELECT FROM order_lines a WHERE a.number = l.number AND a.confirmed IS DISTINCT FROM 0)
		ORDER BY l.number, l.line`, LateDays)
	if err != nil {
		return Truth{}, fmt.Errorf("read the truth: %w", err)
	}
	gaps, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Gap])
	if err != nil {
		return Truth{}, fmt.Errorf("read the truth: %w", err)
	}
	return Truth{Gaps: gaps}, nil
}
