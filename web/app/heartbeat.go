package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/heartbeat"
	"throughline/sync/route"
)

// heartbeatTimeout bounds a call to the watcher outside.
const heartbeatTimeout = 10 * time.Second

// startHeartbeat tells the watcher outside, where one is named.
func (p *Program) startHeartbeat(ctx context.Context) error {
	if p.cfg.HeartbeatURL == "" {
		return nil
	}
	client, err := route.Client(p.cfg.HeartbeatURL, p.cfg.AllowPrivate, heartbeatTimeout)
	if err != nil {
		return err
	}
	heart, err := heartbeat.New(heartbeat.Config{
		URL: p.cfg.HeartbeatURL, Every: p.cfg.HeartbeatEvery, Healthy: p.well, Client: client, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	p.metrics.gauge("heartbeat_last_success_timestamp_seconds", "When the watcher outside was last told that the tower is well; 0 before that.",
		func() float64 { return float64(max(heart.Last().Unix(), 0)) })
	return p.startService(ctx, "heartbeat", heart)
}

// well is nil while the tower does its work: what /readyz asks, and the books balance.
func (p *Program) well(ctx context.Context) error {
	for _, check := range p.checks() {
		if _, err := check.Run(ctx); err != nil {
			return err
		}
	}
	books, err := store.NewBooks(p.db).Read(ctx)
	if err != nil {
		return err
	}
	if missing := books.Total.Missing(); missing != 0 {
		return models.Errorf(models.CodeUnavailable, "The books do not balance: %d events are missing.", missing)
	}
	return nil
}
