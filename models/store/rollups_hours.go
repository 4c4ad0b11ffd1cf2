package store

import (
	"context"
	"slices"
	"time"

	"throughline/models"
)

// addHours counts the events of a shard of the real-time lane by the hour, and
// those of them that are late. It has to see what is added before what is stored
// already is merged into it.
func (r *Rollups) addHours(ctx context.Context, tx Tx, add map[LatencyKey]*models.Histogram) error {
	targets, hours := r.targets(), map[LatencyKey]models.LateShare{}
	for key, h := range add {
		if key.Stage != string(models.LatencyTotal) {
			continue
		}
		late := h.Longer(targets.Latency(key.Entity, key.DC))
		key.Minute = key.Minute.Truncate(time.Hour)
		sum := hours[key]
		hours[key] = models.LateShare{Events: sum.Events + int64(h.Count()), Late: sum.Late + int64(late)}
	}
	if len(hours) == 0 {
		return nil
	}
	keys := make([]LatencyKey, 0, len(hours))
	for key := range hours {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareLatency)
	_, err := tx.Exec(ctx, `
		INSERT INTO latency_hours AS h (hour, dc, entity, shard, events, late)
		SELECT k.minute, k.dc, k.entity, k.shard, k.events, k.late
		FROM `+unnestLatency+`, $6::bigint[], $7::bigint[]) AS k (minute, dc, entity, stage, shard, events, late)
		JOIN shard_cursors c ON c.shard = k.shard AND c.lane = 'realtime'
		ON CONFLICT (hour, dc, entity, shard) DO UPDATE SET events = h.events + EXCLUDED.events, late = h.late + EXCLUDED.late`,
		append(latencyArgs(keys),
			column(keys, func(k *LatencyKey) int64 { return hours[*k].Events }), column(keys, func(k *LatencyKey) int64 { return hours[*k].Late }))...)
	return err
}
