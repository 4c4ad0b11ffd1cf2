package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Heals is how mending the stock of one owner, or of one copy, by itself fares.
type Heals struct {
	Source   string
	IsCopy   bool
	Helped   int64     // differences that cleared after a try, in the window
	InVain   int64     // tries that did not help, in the window and of what still differs
	Standing int64     // differences that a try did not help
	Worst    int64     // of the tries in a row that did not help one of them
	Item, DC string    // of that one
	Since    time.Time // when it was found
}

// Heals reads it of whom something stands that a try did not help, for the
// window since a real instant.
func (c *Conditions) Heals(ctx context.Context, since time.Time) ([]Heals, error) {
	const what = "read whether mending helps"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT d.source, d.is_copy, d.helped, d.in_vain, d.standing, worst.heals_in_vain, worst.item, worst.dc, worst.found_at
		FROM (SELECT source, bool_or(is_copy) AS is_copy,
				count(*) FILTER (WHERE cleared_at IS NOT NULL) AS helped, sum(heals_in_vain)::bigint AS in_vain,
				count(*) FILTER (WHERE cleared_at IS NULL AND heals_in_vain > 0) AS standing
			FROM drifts WHERE healed_at IS NOT NULL AND (cleared_at IS NULL OR cleared_at > $1) GROUP BY source) d
		CROSS JOIN LATERAL (SELECT heals_in_vain, item, dc, found_at FROM drifts w
			WHERE w.source = d.source AND w.cleared_at IS NULL ORDER BY heals_in_vain DESC, id LIMIT 1) worst
		WHERE d.standing > 0 ORDER BY d.source LIMIT $2`, since, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, h *Heals) error {
		return row.Scan(&h.Source, &h.IsCopy, &h.Helped, &h.InVain, &h.Standing, &h.Worst, &h.Item, &h.DC, &h.Since)
	})
}

// VainWaking is what waits for a record that is here and was tried again in vain.
type VainWaking struct {
	Events  int64
	First   int64     // seq of the oldest
	FirstAt time.Time // real, when it began to wait
}

// VainWaking reads it of the events that were tried more than a number of times
// and that nobody holds at now.
func (c *Conditions) VainWaking(ctx context.Context, now time.Time, attempts int) (VainWaking, error) {
	var v VainWaking
	err := c.db.Pool.QueryRow(ctx, `
		SELECT count(*), coalesce(min(seq), 0), coalesce(min(created_at), 'epoch') FROM (
			SELECT seq, created_at, waits_for AS ref FROM unsettled_events e WHERE waits_for IS NOT NULL AND state = 'waiting' AND attempts > $1
				AND NOT EXISTS (SELECT FROM event_holds h WHERE h.seq = e.seq AND h.ends > $2)
		) u WHERE `+referenceExists, attempts, now).Scan(&v.Events, &v.First, &v.FirstAt)
	if err != nil {
		return v, fmt.Errorf("read what was tried again in vain: %w", err)
	}
	return v, nil
}
