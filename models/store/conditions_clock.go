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

// ClockDrift is a source whose clock has been a little ahead all the time.
type ClockDrift struct {
	Source string
	Since  time.Time     // the first minute of it
	Least  time.Duration // by how much it is ahead at least, in each minute
	Events int64         // that came since
}

// ClocksDrifting finds the sources of whose events some came in each minute more than
// an allowance before they had happened by the source's own clock, at a stretch for
// over at least, of which at least so many events came. A minute in which events came and none so ends it.
func (c *Conditions) ClocksDrifting(ctx context.Context, now time.Time, allowance, over time.Duration, events int64) ([]ClockDrift, error) {
	const what = "look for clocks that are a little ahead"
	rows, err := c.db.Pool.Query(ctx, `
		WITH minutes AS (
			SELECT source, minute, max(ahead_us) * interval '1 microsecond' AS ahead, sum(events)::bigint AS events FROM accept_rollups
			WHERE minute >= $1::timestamptz - 2 * $3::interval AND minute <= $1 GROUP BY source, minute
		)
		SELECT source, min(minute), min(ahead), sum(events)::bigint FROM minutes m
		WHERE NOT EXISTS (SELECT FROM minutes r WHERE r.source = m.source AND r.minute >= m.minute AND r.ahead <= $2)
		GROUP BY source HAVING min(minute) <= $1 - $3::interval AND max(minute) > $1 - $3::interval AND sum(events) >= $4
		ORDER BY source LIMIT $5`, now, allowance, over, events, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, d *ClockDrift) error {
		return row.Scan(&d.Source, &d.Since, &d.Least, &d.Events)
	})
}
