package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// ControlTotals holds what sources say that they sent. It is safe for concurrent use.
type ControlTotals struct{ db *DB }

// NewControlTotals works on db.
func NewControlTotals(db *DB) *ControlTotals { return &ControlTotals{db: db} }

// controlClock is by how much an event may bear a later time than that of its reception.
const controlClock = "1 hour"

// countControl counts the accepted events of $source and $type that a total is
// about. A second content under a known id is the same event.
const countControl = `(SELECT count(*) FROM events e WHERE NOT e.conflict
	AND e.source = t.source AND e.type = t.type AND (t.dc = '' OR e.dc = t.dc)
	AND e.occurred_at >= t.since AND e.occurred_at < t.until AND e.received_at >= t.since - interval '` + controlClock + `')`

// State keeps totals, the later word of a source on the same events instead of
// the earlier one, and returns them counted.
func (c *ControlTotals) State(ctx context.Context, totals []models.ControlTotal) ([]models.ControlTotal, error) {
	stated := slices.Clone(totals)
	// Two requests about the same totals take them in one order, or each could
	// wait for the other.
	order := make([]int, len(totals))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := totals[a], totals[b]
		return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.DC, y.DC), x.Since.Compare(y.Since), x.Until.Compare(y.Until))
	})
	err := pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		for _, i := range order {
			total := &stated[i]
			err := tx.QueryRow(ctx, `
				INSERT INTO control_totals AS c (source, type, dc, since, until, events, stated_at, counted, counted_at)
				SELECT t.source, t.type, t.dc, t.since, t.until, $6::bigint, $7::timestamptz, `+countControl+`, $7
				FROM (VALUES ($1::text, $2::text, $3::text, $4::timestamptz, $5::timestamptz)) t(source, type, dc, since, until)
				ON CONFLICT (source, type, dc, since, until) DO UPDATE SET events = EXCLUDED.events,
					stated_at = CASE WHEN c.events = EXCLUDED.events THEN c.stated_at ELSE EXCLUDED.stated_at END,
					counted = EXCLUDED.counted, counted_at = EXCLUDED.counted_at
				RETURNING counted`,
				total.Source, total.Type, total.DC, total.Since, total.Until, total.Events, total.StatedAt).Scan(&total.Counted)
			if err != nil {
				return err
			}
			total.CountedAt = total.StatedAt
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep control totals: %w", err)
	}
	return stated, nil
}

// recountAfter is how long, in real time, a total that is short is left between two counts.
const recountAfter = time.Minute

// recounts bounds how many totals one look counts: each reads a part of the log.
const recounts = 10

// Short counts what was short anew and returns the totals that still are, of
// those stated before a real instant and not too old to be counted.
func (c *ControlTotals) Short(ctx context.Context, now, statedBefore time.Time) ([]models.ControlTotal, error) {
	const what = "count what control totals miss"
	_, err := c.db.Pool.Exec(ctx, `
		WITH t AS (
			SELECT * FROM control_totals WHERE counted < events AND counted_at < $2 AND since > $3
			ORDER BY counted_at LIMIT $4 FOR UPDATE SKIP LOCKED)
		UPDATE control_totals c SET counted = n.now_counted, counted_at = $1
		FROM (SELECT t.*, `+countControl+` AS now_counted FROM t) AS n
		WHERE (c.source, c.type, c.dc, c.since, c.until) = (n.source, n.type, n.dc, n.since, n.until)`,
		now, now.Add(-recountAfter), now.Add(-models.MaxControlAge), recounts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := c.db.Pool.Query(ctx, `
		SELECT source, type, dc, since, until, events, stated_at, counted, counted_at FROM control_totals
		WHERE counted < events AND stated_at < $1 AND since > $2 ORDER BY stated_at, source, type, dc, since LIMIT $3`,
		statedBefore, now.Add(-models.MaxControlAge), conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, t *models.ControlTotal) error {
		return row.Scan(&t.Source, &t.Type, &t.DC, &t.Since, &t.Until, &t.Events, &t.StatedAt, &t.Counted, &t.CountedAt)
	})
}
