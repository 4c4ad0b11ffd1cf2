package route

import (
	"context"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// wakeLook is the time between two looks whether somebody cut a pause short.
const wakeLook = time.Second

// pause waits before the next attempt, until somebody asks for it or the
// subscription takes no more.
func (r *Router) pause(ctx context.Context, s models.Subscription, wait time.Duration) error {
	for wait > 0 {
		step := min(wait, wakeLook)
		select {
		case <-time.After(step):
		case <-ctx.Done():
			return ctx.Err()
		}
		if wait -= step; wait <= 0 {
			return nil
		}
		now, err := r.active(ctx, s.Name)
		if err != nil || now.Wakes != s.Wakes {
			return err
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
