package apply

import (
	"context"
	"errors"
	"slices"
)

// Drain runs every worker and the sweeper by hand until there is nothing left to do.
func Drain(ctx context.Context, en *Engine) error {
	for _, w := range en.workers {
		for more := true; more; {
			var err error
			if more, err = w.runOnce(ctx); err != nil {
				return err
			}
		}
	}
	for {
		woken, err := en.store.Woken(ctx, en.cfg.Now(), 1)
		if err != nil || len(woken) == 0 {
			return errors.Join(err, FoldAll(ctx, en))
		}
		if _, err := en.sweepOnce(ctx); err != nil {
			return err
		}
	}
}

// FoldAll folds everything that was measured.
func FoldAll(ctx context.Context, en *Engine) error {
	f := newFolder(en.cfg.DB, nil)
	for {
		if more, err := f.runOnce(ctx); err != nil || !more {
			return err
		}
	}
}

// RunShard is one round of the worker that the shard belongs to.
func RunShard(ctx context.Context, en *Engine, shard int16) (bool, error) {
	i := slices.IndexFunc(en.workers, func(w *worker) bool { return slices.Contains(w.shards, shard) })
	return en.workers[i].runOnce(ctx)
}

// Sweep is one round of the sweeper.
func Sweep(ctx context.Context, en *Engine) error {
	_, err := en.sweepOnce(ctx)
	return err
}

// OnStep calls step at each step of a transaction.
func OnStep(step func(string)) func(*Config) {
	return func(c *Config) { c.onStep = step }
}
