package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Conditions finds what may need a response, by statements over sets that stay
// cheap enough to be run every few seconds. It is safe for concurrent use.
type Conditions struct{ db *DB }

// NewConditions reads through db.
func NewConditions(db *DB) *Conditions { return &Conditions{db: db} }

// SourceActivity is when a source was last heard, as a whole and of each entity
// at each DC.
type SourceActivity struct {
	Source   string
	System   string
	Interval time.Duration // expected real time between useful rows, 0 for none
	Known    time.Time     // since when the source is known
	LastAt   time.Time     // zero when it was never heard
	Heard    []Heard       // by entity and DC
}

// Heard is when something useful was last heard of an entity at a DC.
type Heard struct {
	Entity string
	DC     string // empty for what belongs to none
	Owner  bool   // the source owns the entity, or nobody does
	At     time.Time
}

// Activity reads when each source was last heard.
func (c *Conditions) Activity(ctx context.Context) ([]SourceActivity, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT s.source, s.system, s.interval_s, s.created_at, coalesce(f.entity, ''), coalesce(f.dc, ''), coalesce(max(f.applied_at), 'epoch'),
			NOT EXISTS (SELECT FROM owners o WHERE o.entity = f.entity AND o.record = '' AND o.source <> s.source)
		FROM sources s LEFT JOIN freshness f USING (source)
		GROUP BY s.source, s.system, s.interval_s, s.created_at, f.entity, f.dc ORDER BY s.source, f.entity, f.dc`)
	if err != nil {
		return nil, fmt.Errorf("read when the sources were heard: %w", err)
	}
	var found []SourceActivity
	var one SourceActivity
	var seconds int64
	var h Heard
	_, err = pgx.ForEachRow(rows, []any{&one.Source, &one.System, &seconds, &one.Known, &h.Entity, &h.DC, &h.At, &h.Owner}, func() error {
		if len(found) == 0 || found[len(found)-1].Source != one.Source {
			one.Interval = time.Duration(seconds) * time.Second
			found = append(found, one)
		}
		a := &found[len(found)-1]
		if h.At.Unix() > 0 {
			if h.At.After(a.LastAt) {
				a.LastAt = h.At
			}
			a.Heard = append(a.Heard, h)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read when the sources were heard: %w", err)
	}
	return found, nil
}

// Rejections is what intake refused of one source and type, "" for every type
// that no contract has.
type Rejections struct {
	Source  string
	Type    string
	Count   int64
	FirstAt time.Time // real, the end of the first minute that counts
	Code    string    // of the newest
	Errors  []byte    // of the newest, JSON [{"pointer","message"}]
}

// Rejected reads what intake refused since a real instant.
func (c *Conditions) Rejected(ctx context.Context, since time.Time, known []string) ([]Rejections, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT r.source, r.type, r.count, r.first_at, coalesce(s.code, ''), coalesce(s.errors, '[]')
		FROM (SELECT source, CASE WHEN type = ANY ($2) THEN type ELSE '' END AS type, sum(count)::bigint AS count, min(minute) + interval '1 minute' AS first_at
			FROM rejected_counts WHERE code <> 'API-06' AND minute >= date_trunc('minute', $1::timestamptz) GROUP BY 1, 2) r
		LEFT JOIN LATERAL (SELECT code, errors FROM rejected_samples s
			WHERE s.source = r.source AND s.code <> 'API-06' AND (s.type = r.type OR r.type = '' AND NOT s.type = ANY ($2)) ORDER BY id DESC LIMIT 1) s ON true
		ORDER BY r.source, r.type LIMIT $3`, since, known, conditionLimit)
	if err != nil {
		return nil, fmt.Errorf("read what was refused: %w", err)
	}
	return collectBounded(ctx, rows, "read what was refused", func(row pgx.CollectableRow, r *Rejections) error {
		return row.Scan(&r.Source, &r.Type, &r.Count, &r.FirstAt, &r.Code, &r.Errors)
	})
}

// UnsettledGroup is a group of events that share what is wrong with them.
type UnsettledGroup struct {
	Group   string // the fingerprint, or the reference that is waited for
	Code    string // of parked events
	Reason  string
	Source  string
	Type    string   // of the first
	Types   []string // of all that wait for a reference
	Item    string
	DC      string
	Events  int
	Demand  int // how many of those that wait tell of what customers want
	Behind  int // further events held back by these
	First   int64
	FirstAt time.Time
}

// WaitingFor groups the events that have waited for a reference since before a
// real instant.
func (c *Conditions) WaitingFor(ctx context.Context, before time.Time) ([]UnsettledGroup, error) {
	return c.unsettled(ctx, "read what waits for references", `
		SELECT g.waits_for, first.code, first.reason, first.source, first.type, g.types, first.item, first.dc, g.events, g.demand, 0, g.seq, g.created_at
		FROM (
			SELECT waits_for, count(*) AS events, min(seq) AS seq, min(created_at) AS created_at, array_agg(DISTINCT type) AS types,
				count(*) FILTER (WHERE split_part(type, '.', 2) IN ('demand', 'allocation')) AS demand
			FROM unsettled_events WHERE state = 'waiting' AND created_at < $1
			GROUP BY waits_for ORDER BY count(*) DESC, waits_for LIMIT $2) g
		JOIN unsettled_events first USING (seq)
		ORDER BY g.events DESC, g.waits_for`, before, conditionLimit)
}

// Parked groups the parked events by fingerprint, each with its oldest event.
// Its cost grows with the groups and with what is held, not with what is parked.
func (c *Conditions) Parked(ctx context.Context) ([]UnsettledGroup, error) {
	return c.unsettled(ctx, "read what is parked", parkedGroups, conditionLimit)
}

const parkedGroups = `
		WITH groups AS (
			SELECT fingerprint, sum(events)::bigint AS events FROM unsettled_counts WHERE state = 'parked'
			GROUP BY fingerprint ORDER BY 2 DESC, 1 LIMIT $1
		), behind AS (
			SELECT p.fingerprint, sum(h.events)::bigint AS events
			FROM (SELECT shard, key, count(*) AS events FROM unsettled_events WHERE state = 'held' GROUP BY shard, key) h
			CROSS JOIN LATERAL (SELECT fingerprint, state FROM unsettled_events u
				WHERE u.holds_key AND u.shard = h.shard AND u.key = h.key ORDER BY u.seq LIMIT 1) p
			WHERE p.state = 'parked' GROUP BY p.fingerprint
		)
		SELECT g.fingerprint::text, first.code, first.reason, first.source, first.type, ARRAY[first.type], first.item, first.dc, g.events, 0,
			coalesce(behind.events, 0), first.seq, first.created_at
		FROM groups g LEFT JOIN behind USING (fingerprint)
		CROSS JOIN LATERAL (SELECT code, reason, source, type, item, dc, seq, created_at FROM unsettled_events u
			WHERE u.state = 'parked' AND u.fingerprint = g.fingerprint ORDER BY u.seq LIMIT 1) first
		ORDER BY g.events DESC, g.fingerprint`

func (c *Conditions) unsettled(ctx context.Context, what, query string, args ...any) ([]UnsettledGroup, error) {
	rows, err := c.db.Pool.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collectBounded(ctx, rows, what, func(row pgx.CollectableRow, u *UnsettledGroup) error {
		return row.Scan(&u.Group, &u.Code, &u.Reason, &u.Source, &u.Type, &u.Types, &u.Item, &u.DC, &u.Events, &u.Demand, &u.Behind, &u.First, &u.FirstAt)
	})
}

// collect reads all rows with scan and says what failed.
func collect[T any](rows pgx.Rows, what string, scan func(pgx.CollectableRow, *T) error) ([]T, error) {
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
		var one T
		err := scan(row, &one)
		return one, err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return all, nil
}
