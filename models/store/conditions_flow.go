package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Oldest is how long the oldest event of each lane that is not paused waits.
func (c *Conditions) Oldest(ctx context.Context, now time.Time) ([]models.LaneLag, error) {
	lanes, err := NewLag(c.db).Oldest(ctx)
	if err != nil {
		return nil, err
	}
	pauses, err := NewPauses(c.db).Pauses(ctx, now)
	if err != nil {
		return nil, err
	}
	paused := map[string]bool{}
	for _, p := range pauses {
		if p.Kind == models.PauseLane {
			paused[p.Name] = true
		}
	}
	var moving []models.LaneLag
	for _, l := range lanes {
		if !paused[string(l.Lane)] {
			moving = append(moving, l)
		}
	}
	return moving, nil
}

// ParkedGrowth is how many of the events that are parked were parked, or tried
// again in vain, in a window, and in the window before it.
type ParkedGrowth struct {
	Now, Before int64
	Causes      int64 // of those of now
	Newest      int64 // seq
	Since       time.Time
}

// ParkedGrowth reads it for the window that ends at a real instant.
func (c *Conditions) ParkedGrowth(ctx context.Context, now time.Time, window time.Duration) (ParkedGrowth, error) {
	var g ParkedGrowth
	err := c.db.Pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE updated_at > $1::timestamptz - $2::interval), count(*) FILTER (WHERE updated_at <= $1::timestamptz - $2::interval),
			count(DISTINCT fingerprint) FILTER (WHERE updated_at > $1::timestamptz - $2::interval),
			coalesce(max(seq), 0), coalesce(min(updated_at) FILTER (WHERE updated_at > $1::timestamptz - $2::interval), $1)
		FROM unsettled_events WHERE state = 'parked' AND updated_at > $1::timestamptz - 2 * $2::interval AND updated_at <= $1`, now, window).
		Scan(&g.Now, &g.Before, &g.Causes, &g.Newest, &g.Since)
	if err != nil {
		return g, fmt.Errorf("read how the parked events grow: %w", err)
	}
	return g, nil
}

// Spell is something that a source did in some minutes of a window.
type Spell struct {
	Source  string
	Count   int64
	Minutes int64
	FirstAt time.Time
	Errors  []byte // of the newest refused envelope, JSON [{"pointer","message"}]
}

// Overtaken reads of whom events were superseded since a real instant, without what
// happened before a source, or its DC, was no longer polled: what it could not send
// comes late and is known.
func (c *Conditions) Overtaken(ctx context.Context, since time.Time) ([]Spell, error) {
	return c.spells(ctx, "read what was superseded", `
		SELECT source, count(*), count(DISTINCT date_trunc('minute', settled_at)), min(settled_at), '[]'::bytea
		FROM settled_events s WHERE outcome = 'superseded' AND settled_at > $1 AND NOT EXISTS (
			SELECT FROM catch_ups u JOIN exceptions x ON x.id = u.exception_id
			JOIN events e ON e.shard = s.shard AND e.seq = s.seq AND e.received_at > $1::timestamptz - interval '1 hour'
			WHERE x.source = s.source AND x.dc IN ('', e.dc) AND u.came > 0 AND coalesce(u.ended_at > greatest($1, e.occurred_at), true))
		GROUP BY source ORDER BY source LIMIT $2`, since)
}

// BadEnvelopes reads of whom events were refused unread since a real instant:
// what carries them is wrong, not what they say.
func (c *Conditions) BadEnvelopes(ctx context.Context, since time.Time) ([]Spell, error) {
	return c.spells(ctx, "read which envelopes were refused", `
		SELECT r.source, r.count, r.minutes, r.first_at, coalesce(s.errors::text, '[]')::bytea
		FROM (SELECT source, sum(count)::bigint AS count, count(DISTINCT minute) AS minutes, min(minute) + interval '1 minute' AS first_at
			FROM rejected_counts WHERE code = 'API-06' AND minute >= date_trunc('minute', $1::timestamptz) GROUP BY source) r
		LEFT JOIN LATERAL (SELECT errors FROM rejected_samples s WHERE s.source = r.source AND s.code = 'API-06' ORDER BY id DESC LIMIT 1) s ON true
		ORDER BY r.source LIMIT $2`, since)
}

func (c *Conditions) spells(ctx context.Context, what, query string, since time.Time) ([]Spell, error) {
	rows, err := c.db.Pool.Query(ctx, query, since, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, s *Spell) error {
		return row.Scan(&s.Source, &s.Count, &s.Minutes, &s.FirstAt, &s.Errors)
	})
}
