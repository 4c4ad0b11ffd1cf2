package reconcile

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// linesRead and ledgerPages bound how far the owner's ledger is walked for one key: as
// far as ours is read, and as far again, since ours may leave lines out.
const linesRead, ledgerPages = 1000, 2

// owner asks the owner for a suspect once more.
func (c *comparison) owner(ctx context.Context, s suspect) error {
	theirs, err := c.Owner.Balance(ctx, s.Item, s.DC)
	if unknown(err) {
		return c.onlyHere(ctx, s.ItemDC)
	}
	if err != nil {
		return err
	}
	if err := c.told(ctx, theirs); err != nil {
		return err
	}
	return c.judge(ctx, s, theirs)
}

// judge reads our side after the owner's, so that what is applied in between
// makes us newer and never older.
func (c *comparison) judge(ctx context.Context, s suspect, theirs connector.Balance) error {
	k := s.ItemDC
	ours, pending, err := c.Reconciles.OurStock(ctx, []store.ItemDC{k})
	if err != nil {
		return err
	}
	unheard, err := c.unheard(ctx, ours, k, theirs)
	if err != nil {
		return err
	}
	here := explains(pending, k, theirs.AsOf.Add(-c.Window))
	seen := models.DriftEvidence{
		Theirs: figure(theirs), Ours: ours[k], Unheard: unheard, Tolerance: c.tolerance, Still: ours[k].Version == s.ours, Pending: here,
		Young: c.Now().Sub(theirs.AsOf) < c.Window || !c.heard[k.DC].After(theirs.AsOf),
	}
	switch cause, _ := seen.Cause(); cause {
	case models.DriftAgrees:
		return c.agrees(ctx, k, seen)
	case models.DriftInFlight:
		if passed, err := c.overtaken(ctx, k, seen, theirs, pending[k]); passed || err != nil {
			return err
		}
		c.found.InFlight++
		if !here {
			return nil // young: the next run sees whether it came
		}
		_, err := c.call(ctx, k, seen, models.Divergence{})
		return err
	}
	return c.explain(ctx, k, seen, theirs)
}

// unheard reports whether the owner has a position that never came, be it of nothing:
// an item that has run out is not one of which no stock is known. Of an item or a DC that
// is unknown here, the owner may keep what it has none of any more.
func (c *comparison) unheard(ctx context.Context, ours map[store.ItemDC]models.StockFigure, k store.ItemDC, theirs connector.Balance) (bool, error) {
	if _, have := ours[k]; have || theirs.Version == 0 {
		return false, nil
	}
	return c.Reconciles.Knows(ctx, k)
}

// overtaken explains a difference that looks as if it were on its way where a change
// of before was passed over: one that is neither young nor as new as what is still on
// its way here. Both ledgers are read only where ours leaves a version out.
func (c *comparison) overtaken(ctx context.Context, k store.ItemDC, seen models.DriftEvidence, theirs connector.Balance, pending store.PendingSpan) (bool, error) {
	ours, err := c.Reconciles.KeyFacts(ctx, k)
	if err != nil || !leavesOut(ours) {
		return false, err
	}
	seen.Settled = c.Now().Add(-c.Window)
	if first := pending.First; !first.IsZero() && first.Before(seen.Settled) {
		seen.Settled = first
	}
	if err := c.readLedgers(ctx, k, &seen, ours, theirs); err != nil {
		return false, err
	}
	if cause, _ := seen.Cause(); cause != models.DriftMissingEvent {
		return false, nil
	}
	return true, c.differs(ctx, k, seen, theirs)
}

// leavesOut reports whether versions are missing between the lines of our ledger, or
// the balance that they rest on.
func leavesOut(ours store.KeyFacts) bool {
	for i := 1; i < len(ours.Lines); i++ {
		if ours.Lines[i].Version > ours.Lines[i-1].Version+1 {
			return true
		}
	}
	return ours.Base == 0
}

func (c *comparison) agrees(ctx context.Context, k store.ItemDC, seen models.DriftEvidence) error {
	c.match(seen.Theirs, seen.Ours)
	return c.clear(ctx, []store.ItemDC{k}, "")
}

// explain looks into both ledgers for why the key differs and since when.
func (c *comparison) explain(ctx context.Context, k store.ItemDC, seen models.DriftEvidence, theirs connector.Balance) error {
	ours, err := c.Reconciles.KeyFacts(ctx, k)
	if err != nil {
		return err
	}
	if err := c.readLedgers(ctx, k, &seen, ours, theirs); err != nil {
		return err
	}
	return c.differs(ctx, k, seen, theirs)
}

func (c *comparison) readLedgers(ctx context.Context, k store.ItemDC, seen *models.DriftEvidence, ours store.KeyFacts, theirs connector.Balance) (err error) {
	seen.TheirUnit, seen.OurUnit, seen.Pack, seen.OurLines, seen.OurBase = theirs.Unit, ours.Unit, ours.Pack, ours.Lines, ours.Base
	seen.TheirLines, err = c.theirLines(ctx, k, ours)
	return err
}

// differs records a difference by what both ledgers show, and mends it where that can help.
func (c *comparison) differs(ctx context.Context, k store.ItemDC, seen models.DriftEvidence, theirs connector.Balance) error {
	parted, err := c.parted(ctx, k, seen)
	if err != nil {
		return err
	}
	c.found.Drifted++
	inVain, err := c.call(ctx, k, seen, parted)
	if err != nil {
		return err
	}
	if cause, _ := seen.Cause(); cause.Rereadable() && inVain < models.HealTries {
		return c.heal(ctx, k, theirs)
	}
	return nil
}

// theirLines reads the owner's ledger from where ours begins, or whole where ours
// rests on no balance.
func (c *comparison) theirLines(ctx context.Context, k store.ItemDC, ours store.KeyFacts) ([]models.StockLine, error) {
	if c.Ledger == nil {
		return nil, nil
	}
	var from int64
	if len(ours.Lines) > 0 && ours.Base > 0 {
		from = ours.Lines[0].Version - 1
	}
	var all []models.StockLine
	for range ledgerPages {
		lines, err := c.Ledger.Movements(ctx, k.Item, k.DC, from, linesRead)
		if unknown(err) {
			return nil, nil // it keeps none for this key
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, lines...); len(lines) < linesRead {
			break
		}
		from = lines[len(lines)-1].Version
	}
	return all, nil
}

// parted is where the two sides went apart: by both ledgers, or, where the
// owner tells none, by the last run that called no difference.
func (c *comparison) parted(ctx context.Context, k store.ItemDC, seen models.DriftEvidence) (models.Divergence, error) {
	if d, ok := models.FirstDivergence(seen.TheirLines, seen.OurLines); ok {
		return d, nil
	}
	agreed, err := c.run.LastAgreed(ctx, k)
	if err != nil || agreed.IsZero() {
		return models.Divergence{}, err
	}
	return models.SinceAgreement(agreed, seen.OurLines), nil
}

// call records the difference, and says how many tries in a row to mend it did
// not help.
func (c *comparison) call(ctx context.Context, k store.ItemDC, seen models.DriftEvidence, parted models.Divergence) (inVain int, err error) {
	cause, why := seen.Cause()
	c.found.Called(cause)
	return c.run.Call(ctx, models.Drift{
		IsCopy: c.isCopy, Item: k.Item, DC: k.DC, Cause: cause, Why: why, Theirs: seen.Theirs, Ours: seen.Ours, Parted: parted,
	}, c.Now())
}

// heal takes the owner's figure in through the log. The drift clears when the
// next run finds both sides equal.
func (c *comparison) heal(ctx context.Context, k store.ItemDC, theirs connector.Balance) error {
	c.onStep("called")
	if err := c.accept(ctx, theirs); err != nil {
		return err
	}
	return c.healed(ctx, k)
}

// healed notes a try after it was made: one that a crash keeps from being noted
// is made once more, and the same event or figure twice changes nothing.
func (c *comparison) healed(ctx context.Context, k store.ItemDC) error {
	c.onStep("mended")
	c.found.Healed++
	err := c.run.Healed(ctx, k, c.Now())
	c.onStep("noted")
	return err
}

// explains reports whether an event that waits here is as new as the owner's figure.
func explains(pending map[store.ItemDC]store.PendingSpan, k store.ItemDC, asOf time.Time) bool {
	span, waits := pending[k]
	return waits && !span.Last.Before(asOf)
}
