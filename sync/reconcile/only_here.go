package reconcile

import (
	"context"

	"throughline/models"
	"throughline/models/store"
)

// onlyHere judges a key that the owner knows nothing of when it is asked for it
// alone. Nothing here is nothing there; what we hold beyond that is never taken
// back by ourselves, since only the owner can say that it is gone.
func (c *comparison) onlyHere(ctx context.Context, k store.ItemDC) error {
	ours, pending, err := c.Reconciles.OurStock(ctx, []store.ItemDC{k})
	if err != nil {
		return err
	}
	_, waits := pending[k]
	return c.judgeGone(ctx, k, models.DriftEvidence{Ours: ours[k], Tolerance: c.tolerance, Pending: waits, Gone: true})
}

// judgeGone judges what the owner does not have, on our side or in a copy.
func (c *comparison) judgeGone(ctx context.Context, k store.ItemDC, seen models.DriftEvidence) error {
	another, err := c.Reconciles.OfAnother(ctx, c.Source, k)
	if err != nil {
		return err
	}
	if another {
		return c.leaveOut(ctx, k, "belongs to another source")
	}
	switch cause, _ := seen.Cause(); cause {
	case models.DriftAgrees:
		return c.agrees(ctx, k, seen)
	case models.DriftInFlight:
		c.found.InFlight++
		return nil
	}
	c.found.Drifted++
	_, err = c.call(ctx, k, seen, models.Divergence{})
	return err
}
