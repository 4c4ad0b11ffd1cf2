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

// Rollups count latency by minute, DC, entity and stage. It is safe for concurrent use.
type Rollups struct {
	db      *DB
	targets func() models.Targets
}

// NewRollups makes the store of the rollups; targets are those that hold now, by
// which an event is late, and nil declares none.
func NewRollups(db *DB, targets func() models.Targets) *Rollups {
	if targets == nil {
		targets = func() models.Targets { return nil }
	}
	return &Rollups{db: db, targets: targets}
}

// LatencyKey is a row of the rollups. Shard keeps writers apart.
type LatencyKey struct {
	Minute            time.Time
	DC, Entity, Stage string
	Shard             int16
}

func compareLatency(x, y LatencyKey) int {
	return cmp.Or(x.Minute.Compare(y.Minute), cmp.Compare(x.DC, y.DC), cmp.Compare(x.Entity, y.Entity),
		cmp.Compare(x.Stage, y.Stage), cmp.Compare(x.Shard, y.Shard))
}

// rollupLock makes the writers of a shard's rows merge one after the other.
const rollupLock = 0x726f6c6c

// Add merges histograms into the rollups, in tx. All keys must be of one shard.
func (r *Rollups) Add(ctx context.Context, tx Tx, add map[LatencyKey]*models.Histogram) error {
	if len(add) == 0 {
		return nil
	}
	keys := make([]LatencyKey, 0, len(add))
	for key := range add {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareLatency)
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1::int, $2::int)`, rollupLock, int32(keys[0].Shard)); err != nil {
		return fmt.Errorf("lock the rollups: %w", err)
	}
	if err := r.addHours(ctx, tx, add); err != nil {
		return fmt.Errorf("count what is late: %w", err)
	}
	if err := mergeStored(ctx, tx, keys, add); err != nil {
		return fmt.Errorf("read the rollups: %w", err)
	}
	if err := writeRollups(ctx, tx, keys, add); err != nil {
		return fmt.Errorf("write the rollups: %w", err)
	}
	return nil
}

const unnestLatency = `unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::smallint[]`

func latencyArgs(keys []LatencyKey) []any {
	type row = LatencyKey
	return []any{
		column(keys, func(k *row) time.Time { return k.Minute }), column(keys, func(k *row) string { return k.DC }),
		column(keys, func(k *row) string { return k.Entity }), column(keys, func(k *row) string { return k.Stage }),
		column(keys, func(k *row) int16 { return k.Shard }),
	}
}

func mergeStored(ctx context.Context, tx Tx, keys []LatencyKey, add map[LatencyKey]*models.Histogram) error {
	rows, err := tx.Query(ctx, `SELECT k.n, l.hist FROM `+unnestLatency+`) WITH ORDINALITY AS k (minute, dc, entity, stage, shard, n)
		JOIN latency_rollups l USING (minute, dc, entity, stage, shard)`, latencyArgs(keys)...)
	if err != nil {
		return err
	}
	var n int
	var encoded []byte
	_, err = pgx.ForEachRow(rows, []any{&n, &encoded}, func() error {
		var stored models.Histogram
		if err := stored.UnmarshalBinary(encoded); err != nil {
			return err
		}
		add[keys[n-1]].Merge(stored)
		return nil
	})
	return err
}

func writeRollups(ctx context.Context, tx Tx, keys []LatencyKey, add map[LatencyKey]*models.Histogram) error {
	hists := make([][]byte, len(keys))
	counts, sums, maxes := make([]int64, len(keys)), make([]int64, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		h := add[key]
		encoded, err := h.MarshalBinary()
		if err != nil {
			return err
		}
		hists[i], counts[i], sums[i], maxes[i] = encoded, int64(h.Count()), int64(h.SumMicroseconds()), h.Max().Microseconds()
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO latency_rollups (minute, dc, entity, stage, shard, count, sum_us, max_us, hist)
		SELECT * FROM `+unnestLatency+`, $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[])
		ON CONFLICT (minute, dc, entity, stage, shard) DO UPDATE SET count = EXCLUDED.count, sum_us = EXCLUDED.sum_us,
			max_us = EXCLUDED.max_us, hist = EXCLUDED.hist`,
		append(latencyArgs(keys), counts, sums, maxes, hists)...)
	return err
}
