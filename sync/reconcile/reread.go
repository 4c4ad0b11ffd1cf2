package reconcile

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
)

const rereadPoll = 20 * time.Millisecond

// Reread reads one key again from the owner, as a person asks for it, and says
// what came of it: it waits for a patience until that is decided, real time.
func (r *Reconciler) Reread(ctx context.Context, item, dc string) (models.Reread, error) {
	result := models.Reread{Item: item, DC: dc}
	theirs, err := r.cfg.Owner.Balance(ctx, item, dc)
	if err != nil {
		return result, err
	}
	result.Theirs = models.StockFigure{OnHand: theirs.OnHand, Allocated: theirs.Allocated, Unit: theirs.Unit, Version: theirs.Version, AsOf: &theirs.AsOf}
	e, err := r.cfg.event(theirs)
	if err != nil {
		return result, err
	}
	seq, err := r.cfg.Intake.Accept(ctx, e)
	if err != nil {
		return result, err
	}
	if result.Outcome, err = r.decided(ctx, seq); err != nil {
		return result, err
	}
	result.Ours, err = r.cfg.Reconciles.Held(ctx, store.ItemDC{Item: item, DC: dc})
	return result, err
}

// decided is what came of an event, pending while nothing has within the patience.
func (r *Reconciler) decided(ctx context.Context, seq int64) (models.ReplayResult, error) {
	deadline := time.NewTimer(r.cfg.Patience)
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
