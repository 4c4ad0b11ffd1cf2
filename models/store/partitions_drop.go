package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Older gives the days before a day that still have a partition, the oldest first.
func (p *Partitions) Older(ctx context.Context, before time.Time) ([]time.Time, error) {
	rows, err := p.db.Pool.Query(ctx, `
		SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::timestamptz AS day
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'events'::regclass AND to_date(right(c.relname, 8), 'YYYYMMDD') < $1::date
		ORDER BY day`, startOfDay(before))
	if err != nil {
		return nil, fmt.Errorf("list the event log's partitions: %w", err)
	}
	days, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return nil, fmt.Errorf("list the event log's partitions: %w", err)
	}
	return days, nil
}

// Drop takes a day out of the log, with its part of the change log, and keeps
// its counts for the audit. It does nothing and gives false while a shard or a
// consumer of the change log has not passed the day; a disabled subscription is
// not waited for. Parked, held and waiting events keep their own
// payload, and a stub stays of what took effect in a chain.
func (p *Partitions) Drop(ctx context.Context, day time.Time) (dropped bool, err error) {
	err = pgx.BeginFunc(ctx, p.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(partitionLock)); err != nil {
			return err
		}
		if dropped, err = passed(ctx, tx, startOfDay(day)); err != nil || !dropped {
			return err
		}
		return dropDay(ctx, tx, startOfDay(day))
	})
	if err != nil {
		return false, fmt.Errorf("drop the partition of %s: %w", day.Format(time.DateOnly), err)
	}
	return dropped, nil
}

// activeCursors are those that retention may not pass.
const activeCursors = `(
	SELECT c.shard, c.pos FROM consumer_cursors c
	LEFT JOIN subscriptions s ON c.consumer = 'route:' || s.name WHERE s.state IS DISTINCT FROM 'disabled')`

// passed says that every shard has applied the day's events and every consumer has seen them.
func passed(ctx context.Context, tx pgx.Tx, day time.Time) (bool, error) {
	var ok bool
	err := tx.QueryRow(ctx, `
		SELECT NOT EXISTS (
			SELECT FROM shard_cursors c JOIN events e ON e.shard = c.shard AND e.seq > c.seq
			WHERE e.received_at >= $1 AND e.received_at < $2
		) AND NOT EXISTS (
			SELECT FROM `+activeCursors+` cc JOIN changes ch ON ch.shard = cc.shard AND ch.pos > cc.pos
			WHERE ch.kind = 'batch' AND ch.first_received < $2
		)`, day, day.AddDate(0, 0, 1)).Scan(&ok)
	return ok, err
}

func dropDay(ctx context.Context, tx pgx.Tx, day time.Time) error {
	end := day.AddDate(0, 0, 1)
	b := &pgx.Batch{}
	// Readers and appenders wait while the partition goes: better try again later than hold them up.
	b.Queue(`SET LOCAL lock_timeout = '2s'`)
	partition := `events_` + day.Format(dayFormat)
	b.Queue(`
		INSERT INTO event_stubs (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, extensions, refs)
		SELECT seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, extensions, jsonb_strip_nulls(jsonb_build_object(
			'recommendation', d -> 'recommendation', 'order', d -> 'order', 'revision', d -> 'revision', 'item', d -> 'item', 'dc', d -> 'dc'))
		FROM `+partition+` e CROSS JOIN LATERAL (SELECT CASE WHEN e.data LIKE '%\\u0000%' THEN '{}' ELSE e.data::jsonb END AS d OFFSET 0) payload
		WHERE type = ANY ($1) AND NOT EXISTS (SELECT FROM settled_events s WHERE s.seq = e.seq AND s.outcome <> 'applied')
			AND NOT EXISTS (SELECT FROM unsettled_events u WHERE u.seq = e.seq) AND NOT EXISTS (SELECT FROM settled_payloads p WHERE p.seq = e.seq)
		ON CONFLICT DO NOTHING`, models.LineageTypes())
	b.Queue(`
		WITH day AS (SELECT * FROM events WHERE received_at >= $1 AND received_at < $2),
		superseded AS (
			DELETE FROM settled_events s USING day d
			WHERE s.seq = d.seq AND s.outcome = 'superseded' AND NOT EXISTS (SELECT FROM settled_payloads p WHERE p.seq = s.seq)
			RETURNING s.source
		),
		counted (source, received, applied, superseded) AS (
			SELECT source, count(*), 0, 0 FROM day GROUP BY source
			UNION ALL
			SELECT e.source, 0, count(*), 0
			FROM changes ch `+eventsOfChange+`
			WHERE ch.kind = 'batch' AND ch.first_received < $2 AND ch.last_received >= $1 AND e.received_at >= $1 AND e.received_at < $2
			GROUP BY e.source
			UNION ALL
			SELECT source, 0, 0, count(*) FROM superseded GROUP BY source
		)
		INSERT INTO books_retired AS r (source, received, applied, superseded)
		SELECT source, sum(received), sum(applied), sum(superseded) FROM counted GROUP BY source
		ON CONFLICT (source) DO UPDATE SET received = r.received + EXCLUDED.received, applied = r.applied + EXCLUDED.applied,
			superseded = r.superseded + EXCLUDED.superseded`, day, end)
	b.Queue(`
		INSERT INTO retired_days (day, events, first_seq, last_seq, stubs, bytes)
		SELECT $1::date, count(*), min(seq), max(seq), count(*) FILTER (WHERE EXISTS (SELECT FROM event_stubs s WHERE s.seq = e.seq)),
			pg_total_relation_size('`+partition+`') FROM `+partition+` e
		ON CONFLICT (day) DO UPDATE SET events = retired_days.events + EXCLUDED.events, stubs = retired_days.stubs + EXCLUDED.stubs, dropped_at = now()`, day)
	b.Queue(`
		INSERT INTO retired_entities AS r (day, entity, events)
		SELECT $1::date, split_part(type, '.', 2), count(*) FROM `+partition+` GROUP BY 2
		ON CONFLICT (day, entity) DO UPDATE SET events = r.events + EXCLUDED.events`, day)
	b.Queue(`DROP TABLE ` + partition)
	// A replay carries its payload, so that only its own age takes it away.
	b.Queue(`
		WITH gone AS (
			DELETE FROM changes ch WHERE ch.last_received < $1 AND (ch.kind = 'batch' OR ch.applied_at < $1) AND NOT EXISTS (
				SELECT FROM `+activeCursors+` cc WHERE cc.shard = ch.shard AND cc.pos < ch.pos)
			RETURNING shard, pos
		)
		INSERT INTO change_horizons AS h (shard, pos)
		SELECT shard, max(pos) FROM (
			SELECT shard, pos FROM gone UNION ALL
			SELECT shard, pos FROM changes WHERE kind = 'batch' AND first_received < $1
		) AS passed GROUP BY shard
		ON CONFLICT (shard) DO UPDATE SET pos = greatest(h.pos, EXCLUDED.pos)`, end)
	return tx.SendBatch(ctx, b).Close()
}
