package route

import (
	"context"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/circuit"
)

// wakeLook is the time between two looks whether somebody cut a pause short.
const wakeLook = time.Second

// enter waits until the target may be called. A pass that came in time for a
// subscription that takes no more is given back.
func (r *Router) enter(ctx context.Context, to *target, name string) (models.Subscription, *circuit.Pass, error) {
	for {
		s, err := r.active(ctx, name)
		if err != nil {
			return s, nil, err
		}
		pass, wait, changed := to.gate.Enter()
		if pass != nil {
			changed = nil // its turn does not come sooner
		}
		if err := r.pause(ctx, to, s, wait, changed); err != nil {
			if pass != nil {
				pass.Drop()
			}
			return s, nil, err
		}
		if pass != nil {
			return s, pass, nil
		}
	}
}

// pause waits until somebody asks for the next attempt, the subscription takes
// no more, or cut is closed.
func (r *Router) pause(ctx context.Context, to *target, s models.Subscription, wait time.Duration, cut <-chan struct{}) error {
	for wait > 0 {
		step := min(wait, wakeLook)
		select {
		case <-r.cfg.After(step):
		case <-cut:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
		if wait -= step; wait <= 0 {
			return nil
		}
		now, err := r.active(ctx, s.Name)
		if err != nil {
			return err
		}
		if now.Wakes != s.Wakes {
			to.gate.Hasten()
			return nil
		}
	}
	return nil
}

// after leaves out what a person skipped.
func after(seen store.ShardChanges, skipped store.ChangePoint) store.ShardChanges {
	if skipped.Pos > seen.After {
		seen.Changes = slices.DeleteFunc(slices.Clone(seen.Changes), func(c store.Change) bool { return !beyond(c, skipped) })
	}
	return seen
}

func beyond(c store.Change, skipped store.ChangePoint) bool {
	return c.Pos > skipped.Pos || c.Pos == skipped.Pos && c.Seq > skipped.Seq
}
