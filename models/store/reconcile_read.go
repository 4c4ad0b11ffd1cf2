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

// driftSorts are what a reader may sort the differences by.
var driftSorts = map[string]string{
	"item": "d.item", "dc": "d.dc", "held": "d.source", "why": "d.cause", "theirs": "d.their_on_hand", "copy": "d.our_on_hand",
	"difference": "abs(d.their_on_hand - d.our_on_hand)", "worth": "value", "allocated": "abs(d.their_allocated - d.our_allocated)", "found": "d.found_at",
}

// Drifts reads the differences that match.
func (r *Reconciles) Drifts(ctx context.Context, f models.DriftFilter) (models.DriftPage, error) {
	standing, order := "d.cleared_at IS NULL", orderBy(f.By, driftSorts, "value DESC", "d.id")
	if f.Cleared {
		standing, order = "d.cleared_at IS NOT NULL", orderBy(f.By, driftSorts, "d.id DESC", "d.id")
	}
	matching := r.valued(ctx).Where(standing)
	if f.DC != "" {
		matching = matching.Where("d.dc = ?", f.DC)
	}
	if f.Cause != "" {
		matching = matching.Where("d.cause = ?", f.Cause)
	}
	var page models.DriftPage
	if err := matching.Order(order).Offset(f.Skip).Limit(f.Limit).Find(&page.Rows).Error; err != nil {
		return page, fmt.Errorf("read the drifts: %w", err)
	}
	sums := matching.Session(&gorm.Session{}).Offset(-1).Limit(-1)
	err := r.db.Gorm.WithContext(ctx).Table("(?) AS d", sums).Select("count(*), coalesce(sum(value), 0)").Row().Scan(&page.All, &page.Value)
	if err != nil {
		return page, fmt.Errorf("count the drifts: %w", err)
	}
	return page, nil
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
