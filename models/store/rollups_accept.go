package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// acceptKey is a row of the first hop's rollups, within a shard.
type acceptKey struct {
	minute             time.Time
	source, dc, entity string
}

// addAccepted merges how long the events of the batches took from their source
// to the log, and by how much the newest of them was dated later than it took effect.
// Rollups.Add has locked the shard's rows before.
func addAccepted(ctx context.Context, tx pgx.Tx, shard int16, batches []markRow) error {
	add, ahead := map[acceptKey]*models.Histogram{}, map[acceptKey]time.Duration{}
	for _, b := range batches {
		for i := range b.marks {
			m := &b.marks[i]
			if !m.Sent() {
				continue
			}
			key := acceptKey{b.appliedAt.UTC().Truncate(time.Minute), m.Source, m.DC, m.Entity}
			if add[key] == nil {
				add[key] = &models.Histogram{}
			}
			add[key].Merge(m.Accept)
			ahead[key] = max(ahead[key], m.Newest.Sub(b.appliedAt))
		}
	}
	keys := slices.SortedFunc(maps.Keys(add), func(x, y acceptKey) int {
		return cmp.Or(x.minute.Compare(y.minute), cmp.Compare(x.source, y.source), cmp.Compare(x.dc, y.dc), cmp.Compare(x.entity, y.entity))
	})
	if len(keys) == 0 {
		return nil
	}
	if err := mergeAccepted(ctx, tx, shard, keys, add); err != nil {
		return fmt.Errorf("read the first hop's rollups: %w", err)
	}
	hists, events, aheads := make([][]byte, len(keys)), make([]int64, len(keys)), make([]int64, len(keys))
	for i, key := range keys {
		var err error
		events[i], aheads[i] = int64(add[key].Count()), ahead[key].Microseconds()
		if hists[i], err = add[key].MarshalBinary(); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO accept_rollups AS a (minute, source, dc, entity, shard, hist, events, ahead_us)
		SELECT u.minute, u.source, u.dc, u.entity, $5, u.hist, u.events, u.ahead_us
		FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $6::bytea[], $7::bigint[], $8::bigint[]) AS u (minute, source, dc, entity, hist, events, ahead_us)
		ON CONFLICT (minute, source, dc, entity, shard) DO UPDATE SET hist = EXCLUDED.hist, events = EXCLUDED.events, ahead_us = greatest(a.ahead_us, EXCLUDED.ahead_us)`,
		append(acceptArgs(keys, shard), hists, events, aheads)...)
	if err != nil {
		return fmt.Errorf("write the first hop's rollups: %w", err)
	}
	return nil
}

func acceptArgs(keys []acceptKey, shard int16) []any {
	return []any{
		column(keys, func(k *acceptKey) time.Time { return k.minute }),
		column(keys, func(k *acceptKey) string { return k.source }), column(keys, func(k *acceptKey) string { return k.dc }),
		column(keys, func(k *acceptKey) string { return k.entity }), shard,
	}
}

func mergeAccepted(ctx context.Context, tx pgx.Tx, shard int16, keys []acceptKey, add map[acceptKey]*models.Histogram) error {
	rows, err := tx.Query(ctx, `
		SELECT k.n, a.hist FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS k (minute, source, dc, entity, n)
		JOIN accept_rollups a ON (a.minute, a.source, a.dc, a.entity, a.shard) = (k.minute, k.source, k.dc, k.entity, $5)`, acceptArgs(keys, shard)...)
	if err != nil {
		return err
	}
	var n int
	var encoded []byte
	_, err = pgx.ForEachRow(rows, []any{&n, &encoded}, func() error { return mergeInto(add[keys[n-1]], encoded) })
	return err
}
