package app

import (
	"context"

	"throughline/sync/watch"
)

// startWatch turns what is late, missing or wrong into exceptions.
func (p *Program) startWatch(ctx context.Context) error {
	watcher, err := watch.New(watch.Config{
		DB: p.db, Clock: *p.clock.Load(), Windows: watch.Windows{BasisAge: p.basisWindow()}, Reported: p.notifier.Touch, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	if p.runbooks, err = watch.LoadRunbooks(); err != nil {
		return err
	}
	p.onApplied(watcher.Wake)
	return p.startService(ctx, "watch", watcher)
}
