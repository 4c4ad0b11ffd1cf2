package reconcile

import (
	"context"
	"errors"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// comparison is one run. It holds one page and as many suspects as are judged at
// a time, whatever the size of the snapshot and however much of it differs.
type comparison struct {
	*Config
	tolerance models.DriftTolerance
	snapshot  connector.Balances // whose pages are compared with our copy
	again     func(ctx context.Context, s suspect) error
	run       *store.ReconcileRun
	found     models.ReconcileRun
	standing  bool // something was known to differ before this run
	suspects  []suspect
	began     time.Time
	isCopy    bool
	closed    bool                 // the copy is asked to take nothing more in this run
	heard     map[string]time.Time // how far the owner's events have come, by DC
}

// suspect is a key that differed at the first look.
type suspect struct {
	store.ItemDC
	ours, row int64 // versions, then
}

// all looks at every page and at what no page named, and a second time at what
// differs.
func (c *comparison) all(ctx context.Context) error {
	standing, err := c.run.Standing(ctx)
	if err != nil {
		return err
	}
	c.standing = standing
	c.began = c.Now()
	if err := c.pages(ctx); err != nil {
		return err
	}
	if err := c.run.DropUntold(ctx); err != nil {
		return err
	}
	if err := c.unseen(ctx); err != nil {
		return err
	}
	return c.lookAgain(ctx)
}

func (c *comparison) pages(ctx context.Context) error {
	for after := ""; ; {
		page, err := c.snapshot.Balances(ctx, after, c.Page)
		if err != nil {
			return err
		}
		if err := c.page(ctx, page.Rows); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		after = page.Next
	}
}

// page compares a page and suspects what differs. Keys that agree again clear.
// An owner that names nothing is rather a fault than an empty stock; a copy that
// names nothing has lost it all.
func (c *comparison) page(ctx context.Context, rows []connector.Balance) error {
	if len(rows) == 0 && !c.isCopy {
		return nil
	}
	keys := make([]store.ItemDC, len(rows))
	for i, b := range rows {
		keys[i] = keyOf(b)
	}
	ours, _, err := c.Reconciles.OurStock(ctx, keys)
	if err != nil {
		return err
	}
	if err := c.run.Saw(ctx, keys); err != nil {
		return err
	}
	if err := c.told(ctx, rows...); err != nil {
		return err
	}
	var agree []store.ItemDC
	for i, b := range rows {
		mine, have := ours[keys[i]]
		if have && c.passes(figure(b), mine) {
			c.match(figure(b), mine)
			agree = append(agree, keys[i])
			continue
		}
		if err := c.suspect(ctx, suspect{keys[i], mine.Version, b.Version}); err != nil {
			return err
		}
	}
	return c.clear(ctx, agree, "")
}

// unseen suspects what the source should have and its pages did not name.
func (c *comparison) unseen(ctx context.Context) error {
	return c.run.Unseen(ctx, c.isCopy, c.Source, c.began, c.Page, func(keys []store.ItemDC) error {
		for _, k := range keys {
			if err := c.suspect(ctx, suspect{ItemDC: k}); err != nil {
				return err
			}
		}
		return nil
	})
}

// suspect remembers a key for the second look, which comes when there are as
// many as are judged at a time: none is left out, and no list of all is held.
func (c *comparison) suspect(ctx context.Context, s suspect) error {
	c.suspects = append(c.suspects, s)
	if len(c.suspects) < c.Suspects {
		return nil
	}
	return c.lookAgain(ctx)
}

// told keeps what the compared system says, for those who ask between the runs.
func (c *comparison) told(ctx context.Context, rows ...connector.Balance) error {
	told := make([]models.StockTold, len(rows))
	for i, b := range rows {
		told[i] = models.StockTold{Item: b.Item, DC: b.DC, StockFigure: figure(b)}
	}
	return c.run.Told(ctx, c.isCopy, told)
}

// passes reports whether a row of a page needs no second look. A copy is held
// against ours here and judged by the owner's figure: two tolerances must not add up.
func (c *comparison) passes(row, ours models.StockFigure) bool {
	if c.isCopy {
		return row.Same(ours)
	}
	return c.tolerance.Covers(row, ours)
}

func (c *comparison) match(owner, held models.StockFigure) {
	c.found.Matched++
	if !owner.Same(held) {
		c.found.Within++
	}
}

// clear closes what was known to differ among keys that agree, or that are no
// longer compared as how says. It asks the database for each page, so that the
// run holds no list of what differs.
func (c *comparison) clear(ctx context.Context, keys []store.ItemDC, how string) error {
	if len(keys) == 0 || !c.standing {
		return nil
	}
	n, err := c.run.Clear(ctx, keys, how, c.Now())
	c.found.Cleared += n
	return err
}

// leaveOut is for a key that the run is not about.
func (c *comparison) leaveOut(ctx context.Context, k store.ItemDC, why string) error {
	return c.clear(ctx, []store.ItemDC{k}, why)
}

// lookAgain waits, and reads each suspect anew on both sides. Only what still
// differs, and what nothing on its way explains, is called a drift.
func (c *comparison) lookAgain(ctx context.Context) error {
	if len(c.suspects) == 0 {
		return nil
	}
	if err := wait(ctx, c.SecondLook); err != nil {
		return err
	}
	heard, err := c.Reconciles.Heard(ctx, c.Source)
	if err != nil {
		return err
	}
	c.heard = heard
	for _, s := range c.suspects {
		if err := c.again(ctx, s); err != nil {
			return err
		}
	}
	c.suspects = c.suspects[:0]
	return nil
}

func keyOf(b connector.Balance) store.ItemDC { return store.ItemDC{Item: b.Item, DC: b.DC} }

func figure(b connector.Balance) models.StockFigure {
	return models.StockFigure{OnHand: b.OnHand, Allocated: b.Allocated, Version: b.Version, Unit: b.Unit, AsOf: &b.AsOf}
}

func unknown(err error) bool {
	var failed *connector.Error
	return errors.As(err, &failed) && failed.Code == connector.CodeNotFound
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
