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
	SeenAt             time.Time // when the event came
	Replaced           bool      // the intake gave the event its own time instead
}

// rightFor is for how long a source must send nothing ahead, and something that is
// not, until its clock counts as set. It is longer than the intake leaves a skew
// unwritten whose event is in the log.
const rightFor = time.Minute

// forgottenSkew is after what silence it is no longer of interest that a clock was ahead.
const forgottenSkew = 24 * time.Hour

// ClocksAhead finds what each source says of the future: its furthest entity and
// DC. What is ahead by no more than the allowance is how clocks are.
func (c *Conditions) ClocksAhead(ctx context.Context, now time.Time, allowance time.Duration) ([]ClockAhead, error) {
	const what = "look for clocks that are ahead"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT DISTINCT ON (source) source, entity, dc, occurred_at, seen_at, replaced FROM (
			SELECT source, entity, dc, occurred_at, applied_at AS seen_at, false AS replaced FROM freshness
			WHERE occurred_at > $1::timestamptz + $2::interval
			UNION ALL
			SELECT source, entity, dc, seen_at + ahead, seen_at, true FROM clock_skews s
			WHERE ahead > $2 AND seen_at > $1 - $4::interval AND NOT EXISTS (SELECT FROM freshness f
				WHERE f.source = s.source AND f.entity = s.entity AND f.dc = s.dc AND f.occurred_at > s.seen_at + $5::interval)) a
		ORDER BY source, occurred_at DESC LIMIT $3`, now, allowance, conditionLimit, forgottenSkew, rightFor)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, a *ClockAhead) error {
		return row.Scan(&a.Source, &a.Entity, &a.DC, &a.OccurredAt, &a.SeenAt, &a.Replaced)
	})
}
