package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"throughline/bench/demo"
	"throughline/bench/program"
	"throughline/models"
	"throughline/models/store"
)

const (
	lookEvery    = time.Second
	settleWithin = 4 * time.Minute
	// calmFor is how long the systems have had little to send when an interval begins.
	calmFor    = 10 * time.Second
	littleLeft = 500
	// drainWithin is how long after an interval what came in it may still take effect.
	drainWithin = 20 * time.Second
	// foldAfter is longer than the tower takes to fold a batch into its measures.
	foldAfter = 3 * time.Second
	// flowPeriod only bounds what the flow counts; what waits does not depend on it.
	flowPeriod = 10 * time.Second
)

// witness looks at the tower through its own measures.
type witness struct {
	tower   *demo.Demo
	flow    *store.Flow
	latency *store.Latency
	books   *store.Books
	clock   models.BusinessClock
	began   time.Time
	verbose bool
}

func newWitness(ctx context.Context, t *demo.Demo, verbose bool) (*witness, error) {
	clock, err := t.Clock(ctx)
	return &witness{
		tower: t, flow: store.NewFlow(t.DB), latency: store.NewLatency(t.DB), books: store.NewBooks(t.DB),
		clock: clock, began: time.Now(), verbose: verbose,
	}, err
}

// each looks once a second until done says so.
func (w *witness) each(ctx context.Context, start time.Time, done func(sample) (bool, error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s, err := w.look(ctx, start)
		if err != nil {
			return err
		}
		if finished, err := done(s); finished || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.tower.Ended():
			return program.ErrEnded
		case <-tick.C:
		}
	}
}

func (w *witness) look(ctx context.Context, start time.Time) (sample, error) {
	now := time.Now()
	s := sample{at: now.Sub(start)}
	flow, err := w.flow.Map(ctx, models.Period{From: now.Add(-flowPeriod), To: now}, models.FlowCut{})
	if err != nil {
		return s, err
	}
	var before []models.Hop
	for _, hop := range flow.Hops {
		if hop.Kind == models.HopSource || hop.Kind == models.HopApply {
			before = append(before, hop)
			s.backlog += hop.Backlog
		}
	}
	s.hop, s.age = constraint(flow.Hops, now)
	s.before, _ = constraint(before, now)
	s.unsent, err = w.tower.Unsent(ctx)
	if w.verbose {
		fmt.Fprintf(os.Stderr, "%s business %s: %+v\n", now.Format(time.TimeOnly), w.clock.At(now).Format("Mon 2006-01-02 15:04"), s)
	}
	return s, err
}

// constraint names the hop that holds up the others and says how long its first
// event has waited; empty while nothing waits for long.
func constraint(hops []models.Hop, now time.Time) (string, time.Duration) {
	i := models.Constraint(hops, now)
	if i < 0 {
		return "", 0
	}
	return strings.TrimSpace(string(hops[i].Kind) + " " + hops[i].Name), hops[i].Age(now)
}

// settle waits until the demo has little to send and, where the scenario asks
// for it, for the next Monday morning.
func (w *witness) settle(ctx context.Context, s scenario) error {
	start := time.Now()
	busy := start
	day := w.clock.At(start)
	return w.each(ctx, start, func(seen sample) (bool, error) {
		if seen.unsent+seen.backlog > littleLeft {
			busy = time.Now()
		}
		calm := time.Since(busy) >= calmFor
		if !calm && time.Since(start) > settleWithin {
			return false, errors.New("the demo does not come to rest")
		}
		before := day
		day = w.clock.At(time.Now())
		return calm && (!s.week || monday(before, day)), nil
	})
}

// monday reports whether a business week began between two business times.
func monday(before, now time.Time) bool {
	const morning = 5 * time.Hour
	return now.Add(-morning).Weekday() == time.Monday && before.Add(-morning).Weekday() != time.Monday
}

// measure watches a scenario and then waits for what came in it.
func (w *witness) measure(ctx context.Context, s scenario) (*outcome, error) {
	o := &outcome{scenario: s}
	start, lasts := time.Now(), w.clock.Duration(time.Duration(s.days)*24*time.Hour)
	before, err := w.books.Read(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.read(ctx, o, func(s *spread, h models.Histogram) { s.before = h }); err != nil {
		return nil, err
	}
	err = w.each(ctx, start, func(seen sample) (bool, error) {
		o.samples = append(o.samples, seen)
		if time.Since(start) >= lasts {
			return true, nil
		}
		return false, s.press(ctx, w.tower, time.Since(start), o)
	})
	if err != nil {
		return nil, err
	}
	after, err := w.books.Read(ctx)
	if err != nil {
		return nil, err
	}
	o.took = time.Since(start)
	o.received = after.Total.Received - before.Total.Received
	o.applied = after.Total.Applied + after.Total.Superseded - before.Total.Applied - before.Total.Superseded
	o.balanced = balanced(after)
	if err := w.drain(ctx, o); err != nil {
		return nil, err
	}
	return o, w.read(ctx, o, func(s *spread, h models.Histogram) { s.after = h })
}

// drain waits until nearly nothing waits, then until that is in the measures.
func (w *witness) drain(ctx context.Context, o *outcome) error {
	start := time.Now()
	var calm time.Time
	return w.each(ctx, start, func(seen sample) (bool, error) {
		switch waits := seen.unsent + seen.backlog; {
		case waits <= littleLeft && calm.IsZero():
			calm = time.Now()
		case calm.IsZero() && time.Since(start) > drainWithin:
			o.unfinished = waits
			return true, nil
		}
		return !calm.IsZero() && time.Since(calm) >= foldAfter, nil
	})
}

// read takes the distributions as they have grown since the demo began.
func (w *witness) read(ctx context.Context, o *outcome, keep func(*spread, models.Histogram)) error {
	steps := measured()
	period := models.Period{From: w.began.Add(-time.Hour), To: time.Now().Add(time.Hour)}
	cells, err := w.latency.Matrix(ctx, models.LatencyQuery{Period: period, Stages: append(steps, models.LatencyTotal)})
	if err != nil {
		return err
	}
	grown := map[models.LatencyStage]models.Histogram{}
	for _, cell := range cells {
		h := grown[cell.Stage]
		h.Merge(cell.Spread)
		grown[cell.Stage] = h
	}
	keep(&o.total, grown[models.LatencyTotal])
	for i, stage := range steps {
		if len(o.steps) <= i {
			o.steps = append(o.steps, step{hop: hopOf(stage)})
		}
		keep(&o.steps[i].spread, grown[stage])
	}
	return nil
}

// measured are the steps up to the effect.
func measured() []models.LatencyStage {
	return slices.DeleteFunc(models.LatencyStages(), func(s models.LatencyStage) bool { return s == models.LatencyDeliver })
}

// hopOf names the hop of the flow that a stage belongs to.
func hopOf(stage models.LatencyStage) string {
	if stage == models.LatencyAccept {
		return string(models.HopSource)
	}
	return string(models.HopApply)
}

// audit recounts the books from the effects, once for all that was measured.
func (w *witness) audit(ctx context.Context, all []*outcome) error {
	books, err := w.books.Audit(ctx)
	for _, o := range all {
		o.recounts = balanced(books)
	}
	return err
}

func balanced(books models.Books) bool {
	for _, s := range books.Sources {
		if s.Missing() != 0 {
			return false
		}
	}
	return len(books.Sources) > 0
}
