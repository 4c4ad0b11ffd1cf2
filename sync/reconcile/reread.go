package reconcile

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

const (
	rereadPatience = 5 * time.Second // until a figure that was read again has been decided
	rereadPoll     = 20 * time.Millisecond
)

// Reread reads one key again from the owner, as a person asks for it, and says
// what came of it: it waits a few seconds until that is decided, real time.
func (r *Reconciler) Reread(ctx context.Context, item, dc string) (models.Reread, error) {
	e, err := r.reread(ctx, store.ItemDC{Item: item, DC: dc})
	if err != nil {
		return models.Reread{}, err
	}
	seq, err := r.cfg.Intake.Accept(ctx, e)
	if err != nil {
		return models.Reread{}, err
	}
	result := models.Reread{Item: item, DC: dc}
	if result.Outcome, err = r.decided(ctx, seq); err != nil {
		return result, err
	}
	held, err := r.cfg.Reconciles.Held(ctx, store.ItemDC{Item: item, DC: dc})
	result.Ours = held.StockFigure
	return result, err
}

// reread is the owner's figure as an event. Our side is read first: what the
// owner had sent by then it must know when it is asked, so a version of ours
// that is ahead of its answer was never sent, and the event takes it back. A
// version that took effect within the window may come from an owner that answers
// from a copy of itself, and stands.
func (r *Reconciler) reread(ctx context.Context, k store.ItemDC) (models.Event, error) {
	held, err := r.cfg.Reconciles.Held(ctx, k)
	if err != nil {
		return models.Event{}, err
	}
	settled := r.cfg.Now().Sub(held.ChangedAt) >= r.cfg.Window
	theirs, err := r.cfg.Owner.Balance(ctx, k.Item, k.DC)
	if err != nil {
		return models.Event{}, err
	}
	e, err := r.cfg.event(theirs)
	if err == nil && held.Version > theirs.Version && settled {
		e.ID += fmt.Sprintf(":%d", held.Seq) // the same figure without it may be known, and superseded
		e.TakeBack(held.Seq)
	}
	return e, err
}

// decided is what came of an event, pending while nothing has within the patience.
func (r *Reconciler) decided(ctx context.Context, seq int64) (models.ReplayResult, error) {
	deadline := time.NewTimer(rereadPatience)
	defer deadline.Stop()
	poll := time.NewTicker(rereadPoll)
	defer poll.Stop()
	for {
		result, err := r.cfg.Reconciles.Outcome(ctx, seq)
		if err != nil || result.State != "pending" {
			return result, err
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			return result, nil
		case <-ctx.Done():
			return result, ctx.Err()
		}
	}
}
