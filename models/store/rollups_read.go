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

// LatencyCut says which rollups to read; an empty text means all.
type LatencyCut struct {
	DC, Entity, Stage string
	From, To          time.Time // To is not included
}

// LatencyGroup says what latencies stay apart. Step 0 takes the whole period as one.
type LatencyGroup struct {
	ByDC, ByEntity, ByStage bool
	Step                    time.Duration // a minute or a multiple
}

// LatencyStat is the latency of one group; DC, Entity and Stage are empty and
// Start is zero where the group does not keep them apart.
type LatencyStat struct {
	Start             time.Time
	DC, Entity, Stage string
	Count             uint64
	P50, P95, Max     time.Duration
}

// Latency reads the rollups of a cut, grouped and in the order of start, DC,
// entity and stage. Quantiles are exact to 1 %. The stages are accept (source
// to log), queue, transform, reference, apply, deliver, and total (source to
// applied).
func (r *Rollups) Latency(ctx context.Context, cut LatencyCut, by LatencyGroup) ([]LatencyStat, error) {
	rows, err := r.db.Pool.Query(ctx, `
		SELECT minute, dc, entity, stage, hist FROM latency_rollups
		WHERE minute >= $1 AND minute < $2 AND ($3 = '' OR dc = $3) AND ($4 = '' OR entity = $4) AND ($5 = '' OR stage = $5)`,
		cut.From, cut.To, cut.DC, cut.Entity, cut.Stage)
	if err != nil {
		return nil, fmt.Errorf("read latencies: %w", err)
	}
	groups := map[LatencyKey]*models.Histogram{}
	var key LatencyKey
	var encoded []byte
	_, err = pgx.ForEachRow(rows, []any{&key.Minute, &key.DC, &key.Entity, &key.Stage, &encoded}, func() error {
		var h models.Histogram
		if err := h.UnmarshalBinary(encoded); err != nil {
			return err
		}
		group := by.of(key)
		if groups[group] == nil {
			groups[group] = &models.Histogram{}
		}
		groups[group].Merge(h)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read latencies: %w", err)
	}
	return latencyStats(groups), nil
}

func (g LatencyGroup) of(key LatencyKey) LatencyKey {
	var group LatencyKey
	if g.Step > 0 {
		group.Minute = key.Minute.UTC().Truncate(g.Step)
	}
	if g.ByDC {
		group.DC = key.DC
	}
	if g.ByEntity {
		group.Entity = key.Entity
	}
	if g.ByStage {
		group.Stage = key.Stage
	}
	return group
}

func latencyStats(groups map[LatencyKey]*models.Histogram) []LatencyStat {
	stats := make([]LatencyStat, 0, len(groups))
	for key, h := range groups {
		stats = append(stats, LatencyStat{
			Start: key.Minute, DC: key.DC, Entity: key.Entity, Stage: key.Stage,
			Count: h.Count(), P50: h.Quantile(0.5), P95: h.Quantile(0.95), Max: h.Max(),
		})
	}
	slices.SortFunc(stats, func(x, y LatencyStat) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.DC, y.DC), cmp.Compare(x.Entity, y.Entity), cmp.Compare(x.Stage, y.Stage))
	})
	return stats
}
