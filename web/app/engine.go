package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/sync/apply"
	"throughline/sync/retention"
)

// startEngine brings up what works on the events: those who follow the change
// log first, then what writes it, so that nobody misses a wake-up.
func (p *Program) startEngine(ctx context.Context) error {
	for _, start := range []func(context.Context) error{
		p.startRetention,
		p.startMachine,
		p.startNotify,
		p.startRoute,
		p.startWorkflow,
		p.startWatch,
		p.startLog,
		p.startReconcile,
		p.startCatchUp,
		p.startApply,
		p.startBulk,
		p.startIntake,
	} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startRetention makes the log's partitions before anything is written.
func (p *Program) startRetention(ctx context.Context) error {
	keeper, err := retention.New(retention.Config{DB: p.db, Keep: p.declared.Retain, Logger: p.cfg.Log})
	if err != nil {
		return err
	}
	return p.startService(ctx, "retention", keeper)
}

func (p *Program) startApply(ctx context.Context) error {
	engine, err := apply.New(ctx, apply.Config{
		DB: p.db, Now: time.Now, Signal: p.signal, Logger: p.cfg.Log, Applied: func(int16, int) { p.wakeFollowers() },
		Batch: p.metrics.applied, Tracer: p.tracer, Paused: p.pauses.Lane, Traffic: &p.traffic, Targets: p.targets, BatchLimit: p.declared.Lanes[models.LaneRealtime], BulkLimit: p.declared.Lanes[models.LaneBulk],
	})
	if err != nil {
		return err
	}
	p.apply = engine
	return p.startService(ctx, "apply", engine)
}

// onApplied registers who follows the change log. Only startEngine's parts call
// it, before apply starts.
func (p *Program) onApplied(wake func()) { p.followers = append(p.followers, wake) }

func (p *Program) wakeFollowers() {
	for _, wake := range p.followers {
		wake()
	}
}
