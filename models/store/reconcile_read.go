package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"throughline/models"
)

// Runs reads the newest runs of all sources.
func (r *Reconciles) Runs(ctx context.Context, limit int) ([]models.ReconcileRun, error) {
	var runs []models.ReconcileRun
	err := r.db.Gorm.WithContext(ctx).Table("reconcile_runs").Order("id DESC").Limit(limit).Find(&runs).Error
	if err != nil {
		return nil, fmt.Errorf("read the reconciliations: %w", err)
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

// Drifts reads the newest drifts, cleared ones included.
func (r *Reconciles) Drifts(ctx context.Context, limit int) ([]models.Drift, error) {
	var drifts []models.Drift
	err := r.db.Gorm.WithContext(ctx).Table("drifts").Order("id DESC").Limit(limit).Find(&drifts).Error
	if err != nil {
		return nil, fmt.Errorf("read the drifts: %w", err)
	}
	return drifts, nil
}

// Drift reads one; CodeNotFound when there is none of that id.
func (r *Reconciles) Drift(ctx context.Context, id int64) (models.Drift, error) {
	var d models.Drift
	err := r.db.Gorm.WithContext(ctx).Table("drifts").Where("id = ?", id).Take(&d).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return d, models.Errorf(models.CodeNotFound, "There is no difference %d.", id)
	}
	if err != nil {
		return d, fmt.Errorf("read drift %d: %w", id, err)
	}
	return d, nil
}
