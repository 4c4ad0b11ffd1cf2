package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// foldConsumer is the name under which the rollups read the change log.
const foldConsumer = "rollups"

// markRow is what a batch says about its latency and freshness.
type markRow struct {
	pos                         int64
	appliedAt                   time.Time
	transform, reference, apply time.Duration
	marks                       []models.Mark
}

// Fold takes up to limit batches of a shard from the change log into the
// rollups and the freshness, exactly once, and says how many it took.
func (r *Rollups) Fold(ctx context.Context, shard int16, limit int) (folded int, err error) {
	err = pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		var after int64
		const lock = `SELECT pos FROM consumer_cursors WHERE consumer = $1 AND shard = $2 FOR UPDATE`
		if err := tx.QueryRow(ctx, lock, foldConsumer, shard).Scan(&after); err != nil {
			return err
		}
		batches, err := readMarks(ctx, tx, shard, after, limit)
		if err != nil || len(batches) == 0 {
			return err
		}
		folded = len(batches)
		if err := r.Add(ctx, tx, latencies(shard, batches)); err != nil {
			return err
		}
		if err := addAccepted(ctx, tx, shard, batches); err != nil {
			return err
		}
		if err := addArrivals(ctx, tx, batches); err != nil {
			return err
		}
		if err := writeFreshness(ctx, tx, shard, batches); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE consumer_cursors SET pos = $3, updated_at = now() WHERE consumer = $1 AND shard = $2`,
			foldConsumer, shard, batches[len(batches)-1].pos)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("fold shard %d into the rollups: %w", shard, err)
	}
	return folded, nil
}

// Unfolded registers the rollups with the change log and says which shards have news for them.
func (r *Rollups) Unfolded(ctx context.Context) ([]int16, error) {
	if err := NewChanges(r.db).Register(ctx, foldConsumer, false); err != nil {
		return nil, err
	}
	rows, err := r.db.Pool.Query(ctx, `
		SELECT shard FROM consumer_cursors cc
		WHERE consumer = $1 AND EXISTS (SELECT FROM changes ch WHERE ch.shard = cc.shard AND ch.pos > cc.pos)
		ORDER BY shard`, foldConsumer)
	if err != nil {
		return nil, fmt.Errorf("look for batches to fold: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int16])
}

func readMarks(ctx context.Context, tx pgx.Tx, shard int16, after int64, limit int) ([]markRow, error) {
	rows, err := tx.Query(ctx, `
		SELECT pos, applied_at, transform_us, reference_us, apply_us, marks FROM changes
		WHERE shard = $1 AND pos > $2 ORDER BY pos LIMIT $3`, shard, after, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (markRow, error) {
		var m markRow
		var transform, reference, apply int64
		var encoded []byte
		err := row.Scan(&m.pos, &m.appliedAt, &transform, &reference, &apply, &encoded)
		if err != nil {
			return m, err
		}
		m.transform, m.reference, m.apply = micros(transform), micros(reference), micros(apply)
		m.marks, err = models.DecodeMarks(encoded)
		return m, err
	})
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

func latencies(shard int16, batches []markRow) map[LatencyKey]*models.Histogram {
	sums := map[LatencyKey]*models.Histogram{}
	for _, b := range batches {
		for i := range b.marks {
			m := &b.marks[i]
			if !m.Sent() {
				continue
			}
			at := func(stage string) *models.Histogram {
				key := LatencyKey{Minute: b.appliedAt.UTC().Truncate(time.Minute), DC: m.DC, Entity: m.Entity, Stage: stage, Shard: shard}
				if sums[key] == nil {
					sums[key] = &models.Histogram{}
				}
				return sums[key]
			}
			at("accept").Merge(m.Accept)
			at("queue").Merge(m.Queue)
			at("transform").AddN(b.transform, m.Total.Count())
			at("reference").AddN(b.reference, m.Total.Count())
			at("apply").AddN(b.apply, m.Total.Count())
			at("total").Merge(m.Total)
		}
	}
	return sums
}

type freshRow struct {
	models.MarkKey
	occurredAt, appliedAt time.Time
	events                int64
}

func writeFreshness(ctx context.Context, tx pgx.Tx, shard int16, batches []markRow) error {
	type row = freshRow
	newest := map[models.MarkKey]row{}
	for _, b := range batches {
		for i := range b.marks {
			m := &b.marks[i]
			f := newest[m.MarkKey]
			f.MarkKey = m.MarkKey
			if m.Sent() {
				f.appliedAt = b.appliedAt
			}
			f.events += int64(m.Total.Count())
			if m.Newest.After(f.occurredAt) {
				f.occurredAt = m.Newest
			}
			newest[m.MarkKey] = f
		}
	}
	rows := slices.Collect(maps.Values(newest))
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		if rows[i].appliedAt.IsZero() { // only read again, and never sent perhaps
			rows[i].appliedAt = rows[i].occurredAt
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO freshness AS f (source, entity, dc, shard, occurred_at, applied_at, events)
		SELECT source, entity, dc, $1, occurred_at, applied_at, events
		FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bigint[])
			AS u (source, entity, dc, occurred_at, applied_at, events)
		ON CONFLICT (source, entity, dc, shard) DO UPDATE SET occurred_at = greatest(f.occurred_at, EXCLUDED.occurred_at),
			applied_at = CASE WHEN EXCLUDED.events > 0 THEN greatest(f.applied_at, EXCLUDED.applied_at) ELSE f.applied_at END, events = f.events + EXCLUDED.events`, shard,
		column(rows, func(r *row) string { return r.Source }), column(rows, func(r *row) string { return r.Entity }),
		column(rows, func(r *row) string { return r.DC }), column(rows, func(r *row) time.Time { return r.occurredAt }),
		column(rows, func(r *row) time.Time { return r.appliedAt }), column(rows, func(r *row) int64 { return r.events }))
	return err
}
