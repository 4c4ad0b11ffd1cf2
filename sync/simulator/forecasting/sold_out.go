package forecasting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// outOn are the items of which, for a part of a business day at least, nothing was
// available at a DC. What was over before that day is forgotten.
func outOn(ctx context.Context, tx pgx.Tx, dc string, day time.Time) (map[string]bool, error) {
	const what = "read what was sold out"
	if _, err := tx.Exec(ctx, `DELETE FROM stockouts WHERE dc = $1 AND last < $2`, dc, day); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT item FROM stockouts WHERE dc = $1 AND first <= $2`, dc, day)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	items, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	out := make(map[string]bool, len(items))
	for _, item := range items {
		out[item] = true
	}
	return out, nil
}
