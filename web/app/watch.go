package app

import (
	"context"

	"throughline/sync/watch"
)

// startWatch turns what is late, missing or wrong into exceptions.
func (p *Program) startWatch(ctx context.Context) error {
	watcher, err := watch.New(watch.Config{
		DB: p.db, Clock: *p.clock.Load(), Windows: p.windows(p.declared.Windows), Teams: p.declared.Teams, Reported: p.notifier.Touch, Logger: p.cfg.Log,
	})
	if err != nil {
		return err
	}
	if p.runbooks, err = watch.LoadRunbooks(); err != nil {
		return err
	}
	p.watcher = watcher
	p.onApplied(watcher.Wake)
	if err := p.startService(ctx, "watch", watcher); err != nil {
		return err
	}
	return p.startRetuning(ctx, watcher)
}
