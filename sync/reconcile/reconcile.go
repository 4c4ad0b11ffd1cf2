// Package reconcile compares the stock of its owner, page by page, with our
// copy, says why they differ, and reads again from the owner what it never sent.
package reconcile

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/service"
)

// Intake accepts an event as if its source had sent it: the log is the only
// way into our stock, so books and ledger stay true. seq is its place in the log,
// or that of the known one when it was accepted before.
type Intake interface {
	Accept(ctx context.Context, e models.Event) (seq int64, err error)
}

// Config says what is compared with what.
type Config struct {
	Source     string              // owner of the balances, the source of its events
	Owner      connector.Balances  // its snapshot
	Ledger     connector.Movements // its own stock ledger; nil when it tells none
	Copies     []Copy              // what other systems hold of it
	Intake     Intake
	Reconciles *store.Reconciles
	Changed    func() // called when a run begins and when it has ended; default nothing

	// Paused says why a source is not compared now, since a person has stopped what
	// that needs; nil never does. What the schedule has due waits.
	Paused func(source string) error

	Comparisons []models.Comparison // default one named stock, of the tower and all Copies
	Unconnected []string            // systems whose copies are declared and that nothing connected reads: what is known of them stays

	Every      time.Duration // real, between two runs of a comparison that does not say; default 5 min
	Window     time.Duration // real, within which an event may still be on its way from the owner; default 30 s
	SecondLook time.Duration // real, from the first look at a difference to the second; default 5 s
	Patience   time.Duration // real, of one who has a key read again, until that is decided; default 5 s
	Page       int           // rows of a page; default 500
	Suspects   int           // differences that are looked at a second time together; default 1,000
	Now        func() time.Time
	Logger     *slog.Logger

	onStep func(step string) // tests stop the process at a step
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Source == "" || c.Owner == nil || c.Intake == nil || c.Reconciles == nil {
		return errors.New("reconcile: an owner with its name, an intake and a store are needed")
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&c.Every, 5 * time.Minute}, {&c.Window, 30 * time.Second}, {&c.SecondLook, 5 * time.Second}, {&c.Patience, 5 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.standard
		}
		if *d.value < 0 {
			return errors.New("reconcile: the waits must be positive")
		}
	}
	if c.Page == 0 {
		c.Page = 500
	}
	if c.Suspects == 0 {
		c.Suspects = 1000
	}
	if c.Page < 0 || c.Suspects < 0 {
		return errors.New("reconcile: the bounds must be positive")
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Paused == nil {
		c.Paused = func(string) error { return nil }
	}
	if c.onStep == nil {
		c.onStep = func(string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c.validateComparisons()
}

// Reconciler compares one owner with our copy. Its methods are safe for
// concurrent use, in any number of processes: one run of a source at a time gets
// through. A run holds one connection and reads through one more at a time, so
// that all together take two for each source at most.
type Reconciler struct {
	cfg       Config
	schedules []*schedule
}

// New makes a Reconciler that has not started.
func New(cfg Config) (*Reconciler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &Reconciler{cfg: cfg}
	for _, of := range r.cfg.Comparisons {
		for _, source := range r.cfg.sources(of) {
			s, err := newSchedule(r, of, source)
			if err != nil {
				return nil, err
			}
			r.schedules = append(r.schedules, s)
		}
	}
	return r, nil
}

// Start begins the schedules; the first runs follow after a whole interval, when
// what was on its way at the start has arrived. What is known of systems that are
// no longer declared goes first.
func (r *Reconciler) Start(ctx context.Context) error {
	if err := r.cfg.Reconciles.KeepTold(ctx, append(r.Sources(), r.cfg.Unconnected...), r.cfg.Now()); err != nil {
		return err
	}
	r.planFirst()
	return r.loops().Start(ctx)
}

// planFirst leaves out the poll of the start.
func (r *Reconciler) planFirst() {
	for _, s := range r.schedules {
		s.plan()
	}
}

// Stop ends the schedules and the runs that they had begun.
func (r *Reconciler) Stop(ctx context.Context) error { return r.loops().StopTogether(ctx) }

func (r *Reconciler) loops() service.Group {
	loops := make(service.Group, len(r.schedules))
	for i, s := range r.schedules {
		loops[i] = s.loop
	}
	return loops
}

// Sources are what can be compared: the owner, and the systems that hold a copy.
func (r *Reconciler) Sources() []string {
	sources := make([]string, len(r.schedules))
	for i, s := range r.schedules {
		sources[i] = s.source
	}
	return sources
}

// Ask has the schedule compare a source as soon as it can, and does not wait for
// it. An ask is kept in memory: one that a stop overtakes is for the next
// schedule. A source that nothing is compared with is CodeNotFound, one that is
// paused what Config.Paused says.
func (r *Reconciler) Ask(source, actor string) error {
	i := slices.Index(r.Sources(), source)
	if i < 0 {
		return errNothingCompared(source)
	}
	if err := r.cfg.Paused(source); err != nil {
		return err
	}
	r.schedules[i].ask(actor)
	return nil
}

func errNothingCompared(source string) error {
	return models.Errorf(models.CodeNotFound, "Nothing is compared with %s.", source)
}

// RunNow compares everything of the owner, or of a system that holds a copy,
// and returns the finished run. A run of the same source that is under way is
// CodeConflict, another source CodeNotFound, a paused one what Config.Paused says.
func (r *Reconciler) RunNow(ctx context.Context, source, actor string) (models.ReconcileRun, error) {
	of, ok := r.cfg.comparisonOf(source)
	if !ok {
		return models.ReconcileRun{}, errNothingCompared(source)
	}
	if err := r.cfg.Paused(source); err != nil {
		return models.ReconcileRun{}, err
	}
	held, isCopy := r.copyOf(source)
	run, err := r.cfg.Reconciles.Begin(ctx, of, source, actor, r.cfg.Now())
	if err != nil {
		return models.ReconcileRun{}, err
	}
	r.cfg.Changed()
	c := &comparison{Config: &r.cfg, tolerance: of.Tolerance, run: run, snapshot: r.cfg.Owner, isCopy: isCopy}
	c.again = c.owner
	if isCopy {
		c.snapshot, c.again = held.Holds, func(ctx context.Context, s suspect) error { return c.copied(ctx, held, s) }
	}
	failure := c.all(ctx)
	c.found.Compared = c.found.Matched + c.found.InFlight + c.found.Drifted
	r.cfg.onStep("judged")
	found, err := run.End(ctx, c.found, failure, r.cfg.Now())
	r.tell(ctx, found)
	return found, errors.Join(failure, err)
}

// Resync delivers the owner's figure of one key again to a system that holds a
// copy; false when source is none. What the owner answers is told as by Reread.
func (r *Reconciler) Resync(ctx context.Context, source, item, dc string) (bool, error) {
	held, ok := r.copyOf(source)
	if !ok {
		return false, r.knows(source)
	}
	balance, err := r.cfg.Owner.Balance(ctx, item, dc)
	if err != nil {
		return true, unanswered(err, r.cfg.Source, item, dc)
	}
	return true, r.cfg.resync(ctx, held, balance)
}

// knows refuses a system that neither owns the stock nor holds a copy of it; empty
// stands for the owner.
func (r *Reconciler) knows(source string) error {
	if _, isCopy := r.copyOf(source); isCopy || source == "" || source == r.cfg.Source {
		return nil
	}
	return models.Errorf(models.CodeInvalid, "%s neither owns the stock nor holds a copy of it that is read.", source)
}

func (r *Reconciler) copyOf(system string) (Copy, bool) {
	for _, held := range r.cfg.Copies {
		if held.System == system {
			return held, true
		}
	}
	return Copy{}, false
}

func (r *Reconciler) tell(ctx context.Context, found models.ReconcileRun) {
	if found.Drifted+found.Healed > 0 || found.State != "finished" {
		r.cfg.Logger.InfoContext(ctx, "reconciled", slog.String("source", found.Source), slog.String("actor", found.AskedBy),
			slog.String("state", found.State), slog.Int64("compared", found.Compared), slog.Int64("in_flight", found.InFlight),
			slog.Int64("drifted", found.Drifted), slog.Int64("healed", found.Healed))
	}
	r.cfg.Changed()
}
