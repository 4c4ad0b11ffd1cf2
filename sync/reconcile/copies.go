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

// Deliverer delivers an event to one system once more. It writes nothing into
// the owner and nothing into our stock.
type Deliverer interface {
	Resend(ctx context.Context, subscription string, e models.Event) error
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
	if unknown(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.told(ctx, holds); err != nil {
		return err
	}
	theirs, err := c.Owner.Balance(ctx, k.Item, k.DC)
	if unknown(err) {
		return nil
	}
	if err != nil {
		return err
	}
	ours, pending, err := c.Reconciles.OurStock(ctx, []store.ItemDC{k})
	if err != nil {
		return err
	}
	_, waits := pending[k]
	seen := models.DriftEvidence{
		Theirs: figure(theirs), Ours: figure(holds), Tolerance: c.tolerance, Still: holds.Version == s.row,
		Pending: waits || ours[k].Version != theirs.Version || delivered < ours[k].Version,
	}
	switch cause, _ := seen.Cause(); cause {
	case models.DriftAgrees:
		return c.agrees(ctx, k, seen)
	case models.DriftInFlight:
		c.found.InFlight++
		return nil // the delivery is under way, or its event on the way to us
	}
	return c.explainCopy(ctx, held, k, seen, theirs)
}

func (c *comparison) explainCopy(ctx context.Context, held Copy, k store.ItemDC, seen models.DriftEvidence, theirs connector.Balance) error {
	facts, err := c.Reconciles.KeyFacts(ctx, k)
	if err != nil {
		return err
	}
	seen.Pack, seen.OurLines = facts.Pack, facts.Lines
	cause, why := seen.Cause()
	parted, err := c.parted(ctx, k, seen)
	if err != nil {
		return err
	}
	c.found.Drifted++
	c.found.Called(cause)
	inVain, err := c.run.Call(ctx, models.Drift{
		IsCopy: true, Item: k.Item, DC: k.DC, Cause: cause, Why: why, Theirs: seen.Theirs, Ours: seen.Ours, Parted: parted,
	}, c.Now())
	if err != nil || !cause.Rereadable() || inVain >= models.HealTries {
		return err
	}
	if err := c.resync(ctx, held, theirs); err != nil {
		return err
	}
	c.found.Healed++
	return c.run.Healed(ctx, k, c.Now())
}

// resync delivers the owner's figure again. It is the figure that we hold too,
// or the key would be in flight.
func (c *Config) resync(ctx context.Context, held Copy, theirs connector.Balance) error {
	e, err := c.event(theirs)
	if err != nil {
		return err
	}
	return held.Deliver.Resend(ctx, held.System, e)
}
