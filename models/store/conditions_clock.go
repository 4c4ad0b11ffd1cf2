package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ClockAhead is a source whose newest event happened, by its own clock, later
// than now.
type ClockAhead struct {
	Source, Entity, DC string
	OccurredAt         time.Time // the source's time
	AppliedAt          time.Time
}

// ClocksAhead finds what each source says of the future: its furthest entity and
// DC. What is ahead by no more than the allowance is how clocks are.
func (c *Conditions) ClocksAhead(ctx context.Context, now time.Time, allowance time.Duration) ([]ClockAhead, error) {
	const what = "look for clocks that are ahead"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT DISTINCT ON (source) source, entity, dc, occurred_at, applied_at FROM freshness
		WHERE occurred_at > $1::timestamptz + $2::interval ORDER BY source, occurred_at DESC LIMIT $3`, now, allowance, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, a *ClockAhead) error {
		return row.Scan(&a.Source, &a.Entity, &a.DC, &a.OccurredAt, &a.AppliedAt)
	})
}
