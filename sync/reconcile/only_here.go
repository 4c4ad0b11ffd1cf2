package reconcile

import (
	"context"

	"throughline/models"
	"throughline/models/store"
)

// findOnlyHere suspects what we hold and the owner's pages did not name. What
// changed here since the run began may be newer than the pages.
func (c *comparison) findOnlyHere(ctx context.Context) error {
	room := c.Suspects - len(c.suspects)
	if c.isCopy || room <= 0 {
		return nil
	}
	keys, err := c.run.Unseen(ctx, c.began, room)
	for _, k := range keys {
		c.suspects = append(c.suspects, suspect{ItemDC: k})
	}
	return err
}

// onlyHere judges a key that the owner knows nothing of when it is asked for it
// alone. Nothing here is nothing there; what we hold beyond that is never taken
// back by ourselves, since only the owner can say that it is gone.
func (c *comparison) onlyHere(ctx context.Context, k store.ItemDC) error {
	ours, pending, err := c.Reconciles.OurStock(ctx, []store.ItemDC{k})
	if err != nil {
		return err
	}
	_, waits := pending[k]
	seen := models.DriftEvidence{Ours: ours[k], Tolerance: c.tolerance, Pending: waits, Gone: true}
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
