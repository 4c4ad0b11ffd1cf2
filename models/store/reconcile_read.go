package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"throughline/models"
)

// lastOfFailures leaves out a failed run r after which the next of its source failed too.
const lastOfFailures = `r.state <> 'failed' OR coalesce((SELECT n.state FROM reconcile_runs n WHERE n.source = r.source AND n.id > r.id ORDER BY n.id LIMIT 1), '') <> 'failed'`

// Runs reads a part of the runs of all sources, the newest first. Of those of a
// source that failed in a row only the last is listed, with how many they are.
func (r *Reconciles) Runs(ctx context.Context, part models.Part) ([]models.ReconcileRun, error) {
	var runs []models.ReconcileRun
	err := r.db.Gorm.WithContext(ctx).Raw(`
		SELECT r.*, coalesce(f.failures, 0) AS failures, f.failing_at
		FROM (SELECT * FROM reconcile_runs r WHERE `+lastOfFailures+` ORDER BY id DESC OFFSET ? LIMIT ?) r
		LEFT JOIN LATERAL (SELECT count(*) AS failures, min(started_at) AS failing_at FROM reconcile_runs q WHERE q.source = r.source AND q.id <= r.id
			AND q.id > coalesce((SELECT b.id FROM reconcile_runs b WHERE b.source = r.source AND b.id < r.id AND b.state <> 'failed' ORDER BY b.id DESC LIMIT 1), 0)
		) f ON r.state = 'failed'
		ORDER BY r.id DESC`, part.Offset, part.Limit).Scan(&runs).Error
	if err != nil {
		return nil, fmt.Errorf("read the reconciliations: %w", err)
	}
	return runs, nil
}

// RunCount counts what Runs lists.
func (r *Reconciles) RunCount(ctx context.Context) (n int64, err error) {
	if err := r.db.Gorm.WithContext(ctx).Table("reconcile_runs r").Where(lastOfFailures).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count the reconciliations: %w", err)
	}
	return n, nil
}

// NewestRuns reads the newest finished run of each source, in the order of the
// sources. It steps from source to source, since there may be a year of runs.
func (r *Reconciles) NewestRuns(ctx context.Context) ([]models.ReconcileRun, error) {
	var runs []models.ReconcileRun
	err := r.db.Gorm.WithContext(ctx).Raw(`
		WITH RECURSIVE sources AS (
			SELECT min(source) AS source FROM reconcile_runs
			UNION ALL
			SELECT (SELECT min(source) FROM reconcile_runs r WHERE r.source > s.source) FROM sources s WHERE s.source IS NOT NULL
		)
		SELECT newest.* FROM sources s CROSS JOIN LATERAL (
			SELECT * FROM reconcile_runs r WHERE r.source = s.source AND r.state = 'finished' ORDER BY id DESC LIMIT 1
		) newest ORDER BY newest.source`).Find(&runs).Error
	if err != nil {
		return nil, fmt.Errorf("read the newest reconciliations: %w", err)
	}
	return runs, nil
}

// Run reads one; CodeNotFound when there is none of that id.
func (r *Reconciles) Run(ctx context.Context, id int64) (models.ReconcileRun, error) {
	var run models.ReconcileRun
	err := r.db.Gorm.WithContext(ctx).Table("reconcile_runs").Where("id = ?", id).Take(&run).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return run, models.Errorf(models.CodeNotFound, "There is no run %d.", id)
	}
	if err != nil {
		return run, fmt.Errorf("read run %d: %w", id, err)
	}
	return run, nil
}

// driftSorts are what a reader may sort the differences by.
var driftSorts = map[string]string{
	"item": "d.item", "dc": "d.dc", "held": "d.source", "why": "d.cause", "theirs": "d.their_on_hand", "copy": "d.our_on_hand",
	"difference": "abs(d.their_on_hand - d.our_on_hand)", "worth": "value", "allocated": "abs(d.their_allocated - d.our_allocated)", "found": "d.found_at",
}

// Drifts reads a part of the differences that match, the dearest of the standing
// and the newest of the cleared first.
func (r *Reconciles) Drifts(ctx context.Context, f models.DriftFilter, part models.Part) ([]models.Drift, error) {
	order := orderBy(f.By, driftSorts, "value DESC", "d.id")
	if f.Cleared {
		order = orderBy(f.By, driftSorts, "d.id DESC", "d.id")
	}
	var drifts []models.Drift
	if err := r.matching(ctx, f).Order(order).Offset(part.Offset).Limit(part.Limit).Find(&drifts).Error; err != nil {
		return nil, fmt.Errorf("read the drifts: %w", err)
	}
	return drifts, nil
}

// DriftSum counts and values what Drifts lists.
func (r *Reconciles) DriftSum(ctx context.Context, f models.DriftFilter) (sum models.DriftSum, err error) {
	err = r.db.Gorm.WithContext(ctx).Raw(`
		SELECT coalesce(sum(n), 0) AS "all", coalesce(jsonb_object_agg(currency, value), '{}') AS value
		FROM (SELECT currency, count(*) AS n, sum(value) AS value FROM (?) AS d GROUP BY currency) AS each`, r.matching(ctx, f)).Scan(&sum).Error
	if err != nil {
		return sum, fmt.Errorf("count the drifts: %w", err)
	}
	return sum, nil
}

func (r *Reconciles) matching(ctx context.Context, f models.DriftFilter) *gorm.DB {
	standing := "d.cleared_at IS NULL"
	if f.Cleared {
		standing = "d.cleared_at IS NOT NULL"
	}
	matching := r.valued(ctx).Where(standing)
	if f.DC != "" {
		matching = matching.Where("d.dc = ?", f.DC)
	}
	if f.Cause != "" {
		matching = matching.Where("d.cause = ?", f.Cause)
	}
	return matching
}

// valued are the differences with what they are worth.
func (r *Reconciles) valued(ctx context.Context) *gorm.DB {
	return r.db.Gorm.WithContext(ctx).Table("drifts d").Joins("LEFT JOIN items i USING (item)").
		Select("d.*, " + driftValue + " AS value, coalesce(i.currency, '" + models.FallbackCurrency + "') AS currency")
}

// Drift reads one; CodeNotFound when there is none of that id.
func (r *Reconciles) Drift(ctx context.Context, id int64) (models.Drift, error) {
	var d models.Drift
	err := r.valued(ctx).Where("d.id = ?", id).Take(&d).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return d, models.Errorf(models.CodeNotFound, "There is no difference %d.", id)
	}
	if err != nil {
		return d, fmt.Errorf("read drift %d: %w", id, err)
	}
	return d, nil
}
