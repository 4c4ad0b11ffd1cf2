package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const (
	laneLookEvery = 10 * time.Second // however many processes look
	laneLooksKept = time.Minute
)

// LaneLooks gives how long the oldest event of a lane waited at the looks of the
// last minute, this one the last, and keeps this one for the next. Those of the
// future go: the clock was set back, and they would keep all others from being kept.
func (c *Conditions) LaneLooks(ctx context.Context, lane models.Lane, now models.LaneLook) ([]models.LaneLook, error) {
	const what = "read how a lane's backlog grew"
	rows, err := c.db.Pool.Query(ctx, `
		WITH gone AS (DELETE FROM lane_looks WHERE lane = $1 AND (at < $2::timestamptz - $4::interval OR at > $2)),
		kept AS (INSERT INTO lane_looks SELECT $1, $2, $3
			WHERE NOT EXISTS (SELECT FROM lane_looks WHERE lane = $1 AND at > $2::timestamptz - $5::interval AND at <= $2) ON CONFLICT DO NOTHING)
		SELECT at, age_ms FROM lane_looks WHERE lane = $1 AND at >= $2::timestamptz - $4::interval AND at < $2 ORDER BY at`,
		lane, now.At, now.Age.Milliseconds(), laneLooksKept, laneLookEvery)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	looks, err := collect(rows, what, func(row pgx.CollectableRow, one *models.LaneLook) error {
		var age int64
		err := row.Scan(&one.At, &age)
		one.Age = time.Duration(age) * time.Millisecond
		return err
	})
	return append(looks, now), err
}

// Stands says whether a condition stood at the last report of a sweep.
func (c *Conditions) Stands(ctx context.Context, dedupeKey string) (bool, error) {
	var stands bool
	err := c.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM exceptions WHERE dedupe_key = $1 AND standing)`, dedupeKey).Scan(&stands)
	if err != nil {
		return false, fmt.Errorf("read whether a condition stands: %w", err)
	}
	return stands, nil
}

// slowStepOver is the time over which the longest step is looked for.
const slowStepOver = 5 * time.Minute

// SlowestStep is the step of apply in which the events of the last five minutes
// spent the longest time. Its stage is empty when nothing took effect in them.
func (c *Conditions) SlowestStep(ctx context.Context, now time.Time) (models.LatencyCell, error) {
	steps := []models.LatencyStage{models.LatencyTransform, models.LatencyReference, models.LatencyApply}
	cells, err := NewLatency(c.db).Matrix(ctx, models.LatencyQuery{Period: models.Period{From: now.Add(-slowStepOver).Truncate(time.Minute), To: now}, Stages: steps})
	if err != nil {
		return models.LatencyCell{}, err
	}
	var slowest models.LatencyCell
	for _, step := range steps {
		sum := models.LatencyCell{Stage: step}
		for _, cell := range cells {
			if cell.Stage == step {
				sum.Spread.Merge(cell.Spread)
			}
		}
		if sum.Spread.Count() > 0 && sum.Spread.Quantile(0.95) >= slowest.Spread.Quantile(0.95) {
			slowest = sum
		}
	}
	return slowest, nil
}
