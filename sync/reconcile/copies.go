package reconcile

import (
	"context"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// Copy is what a system holds of the owner's stock, by what we delivered to it.
// Its pages are compared with our own figures first, since those that agree with
// a copy that agrees with us need no question to the owner; what differs is
// judged by the owner's figure.
type Copy struct {
	System  string             // name of its subscription
	Holds   connector.Balances // its snapshot
	Deliver Deliverer
}

// Deliverer delivers to the systems that hold copies. It writes nothing into the
// owner and nothing into our stock.
type Deliverer interface {
	// Resend delivers an event to one system once more.
	Resend(ctx context.Context, subscription string, e models.Event) error

	// Holds reports whether a system is meant to hold what an event states.
	Holds(ctx context.Context, subscription string, e models.Event) (bool, error)
}

// copied judges a key of a copy. What was delivered is read before the copy, so
// that a delivery in between makes the copy newer than we think, never older.
func (c *comparison) copied(ctx context.Context, held Copy, s suspect) error {
	k := s.ItemDC
	delivered, err := c.Reconciles.Delivered(ctx, held.System, k)
	if err != nil {
		return err
	}
	holds, err := held.Holds.Balance(ctx, k.Item, k.DC)
	lost := unknown(err)
	if err != nil && !lost {
		return err
	}
	if !lost {
		if err := c.told(ctx, holds); err != nil {
			return err
		}
	}
	theirs, err := c.Owner.Balance(ctx, k.Item, k.DC)
	gone := unknown(err)
	if err != nil && !gone {
		return err
	}
	ours, pending, err := c.Reconciles.OurStock(ctx, []store.ItemDC{k})
	if err != nil {
		return err
	}
	_, waits := pending[k]
	seen := models.DriftEvidence{
		Tolerance: c.tolerance, Still: holds.Version == s.row, Lost: lost, Gone: gone,
		Pending: waits, Undelivered: delivered < ours[k].Version, Behind: !gone && ours[k].Version != theirs.Version,
	}
	if !lost {
		seen.Ours = figure(holds)
	}
	if gone {
		return c.judgeGone(ctx, k, seen)
	}
	seen.Theirs = figure(theirs)
	return c.judgeCopy(ctx, held, k, seen, theirs)
}

// judgeCopy judges what the owner has. What its route leaves out, the copy need
// not hold.
func (c *comparison) judgeCopy(ctx context.Context, held Copy, k store.ItemDC, seen models.DriftEvidence, theirs connector.Balance) error {
	e, err := c.event(theirs, models.RereadID)
	if err != nil {
		return err
	}
	meant, err := held.Deliver.Holds(ctx, held.System, e)
	if err != nil {
		return err
	}
	if !meant {
		return c.leaveOut(ctx, k, "left out by its route")
	}
	switch cause, _ := seen.Cause(); cause {
	case models.DriftAgrees:
		return c.agrees(ctx, k, seen)
	case models.DriftInFlight:
		c.found.InFlight++
		if !seen.Pending && !seen.Undelivered {
			return nil // the owner's own comparison says what becomes of it
		}
		_, err := c.call(ctx, k, seen, models.Divergence{})
		return err
	}
	return c.explainCopy(ctx, held, k, seen, e)
}

func (c *comparison) explainCopy(ctx context.Context, held Copy, k store.ItemDC, seen models.DriftEvidence, e models.Event) error {
	facts, err := c.Reconciles.KeyFacts(ctx, k)
	if err != nil {
		return err
	}
	seen.Pack, seen.OurLines = facts.Pack, facts.Lines
	parted, err := c.parted(ctx, k, seen)
	if err != nil {
		return err
	}
	c.found.Drifted++
	inVain, err := c.call(ctx, k, seen, parted)
	if err != nil {
		return err
	}
	if cause, _ := seen.Cause(); !cause.Rereadable() || inVain >= models.HealTries || c.closed {
		return nil
	}
	c.onStep("called")
	// The owner's figure is the one that we hold too, or the key would be in flight.
	err = held.Deliver.Resend(ctx, held.System, e)
	switch {
	case err == nil:
		return c.healed(ctx, k)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	c.found.Error = err.Error()
	if models.CodeOf(err) == models.CodeConflict { // it refuses this key: a try in vain, and no reason to stop
		return c.run.Healed(ctx, k, c.Now())
	}
	c.closed = true // it is compared all the same
	return nil
}

// resync delivers the owner's figure again.
func (c *Config) resync(ctx context.Context, held Copy, theirs connector.Balance) error {
	e, err := c.event(theirs, models.RereadID)
	if err != nil {
		return err
	}
	return held.Deliver.Resend(ctx, held.System, e)
}
