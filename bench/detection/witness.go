package main

import (
	"context"
	"errors"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/simulator/erp"
)

const (
	lookEvery    = time.Second
	settleWithin = 4 * time.Minute
	// calmBefore is how long the systems have had little to send when the series begins.
	calmBefore = 30 * time.Second
	littleLeft = 500
)

// alarm is an exception from its opening, or opening anew, until it cleared.
type alarm struct {
	store.Raised
	at, until time.Time
	// grew is when the number of occurrences was first seen at least so high.
	grew map[int]time.Time
}

// gap is an order line that differs in the ERP's own books.
type gap struct {
	erp.Gap
	from, until time.Time
}

// witness looks at both sides: at what the systems say is wrong and at what
// the tower says.
type witness struct {
	tower      *tower
	exceptions *store.Exceptions
	conditions *store.Conditions
	clock      models.BusinessClock
	began      time.Time
	looked     time.Time

	broken time.Time // since when things are broken; before it all is well

	alarms []*alarm
	open   map[int64]*alarm
	gaps   []*gap
	differ map[erp.Gap]*gap
	parked map[string][]store.ParkedEvent // by fingerprint
	stale  staleness
}

func newWitness(t *tower, clock models.BusinessClock) *witness {
	now := time.Now()
	return &witness{
		tower: t, exceptions: store.NewExceptions(t.DB), conditions: store.NewConditions(t.DB), clock: clock, began: now,
		open: map[int64]*alarm{}, differ: map[erp.Gap]*gap{}, stale: newStaleness(),
	}
}

// settle waits until the first state of the systems has been taken in.
func (w *witness) settle(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	began := time.Now()
	for busy := began; time.Since(began) < settleWithin; {
		if err := w.look(ctx); err != nil {
			return err
		}
		unsent, err := w.tower.Unsent(ctx)
		if err != nil {
			return err
		}
		if unsent > littleLeft {
			busy = time.Now()
		}
		if time.Since(busy) >= calmBefore {
			w.broken = time.Now()
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return errors.New("the demo does not come to rest")
}

// finish looks once more at all, so that what the tower has just raised is beside
// what the systems said after it.
func (w *witness) finish(ctx context.Context) error {
	w.stale.looked = time.Time{}
	return w.look(ctx)
}

// look reads both sides once.
func (w *witness) look(ctx context.Context) error {
	truth, err := w.tower.truth(ctx)
	if err != nil {
		return err
	}
	w.noteGaps(truth.Gaps, time.Now())
	if err := w.lookAtOffers(ctx, time.Now()); err != nil {
		return err
	}
	parked, err := w.conditions.ParkedEvents(ctx)
	if err != nil {
		return err
	}
	raised, err := w.exceptions.Raised(ctx, w.began)
	if err != nil {
		return err
	}
	w.parked = map[string][]store.ParkedEvent{}
	for _, p := range parked {
		w.parked[p.Fingerprint] = append(w.parked[p.Fingerprint], p)
	}
	w.looked = time.Now()
	for _, r := range raised {
		w.noteAlarm(r, w.looked)
	}
	return nil
}

func (w *witness) noteGaps(gaps []erp.Gap, now time.Time) {
	for _, found := range gaps {
		g := w.differ[found]
		if g == nil || now.Sub(g.until) > 3*lookEvery {
			g = &gap{Gap: found, from: now}
			w.differ[found] = g
			w.gaps = append(w.gaps, g)
		}
		g.until = now
	}
}

// noteAlarm begins an alarm at the time that the tower wrote down, or, when it
// opened an old one anew, when that was seen.
func (w *witness) noteAlarm(r store.Raised, now time.Time) {
	a := w.open[r.ID]
	if a == nil {
		a = &alarm{at: r.OpenedAt, grew: map[int]time.Time{}}
		switch {
		case !w.knows(r.ID):
		case r.Standing:
			a.at = now
		default:
			return
		}
		w.alarms = append(w.alarms, a)
		w.open[r.ID] = a
	}
	if a.Occurrences != r.Occurrences {
		a.grew[r.Occurrences] = now
	}
	a.Raised, a.until = r, now
	if !r.Standing {
		delete(w.open, r.ID)
	}
}

func (w *witness) knows(id int64) bool {
	for _, a := range w.alarms {
		if a.ID == id {
			return true
		}
	}
	return false
}
