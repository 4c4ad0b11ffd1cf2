package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// lookLimit bounds each detector's look.
const lookLimit = 10 * time.Second

// Detector finds the conditions of its codes that stand at a look. It returns
// signals and does nothing else.
type Detector interface {
	Codes() []models.ExceptionCode
	// What it gives beside an error stands, and is not the whole.
	Detect(ctx context.Context, l Look) ([]models.Signal, error)
}

// detection is a detector with the time of its next look.
type detection struct {
	Detector
	every time.Duration
	due   time.Time
}

// detectors lists every detector; each code belongs to one.
func detectors(cfg Config, seen *sight) []detection {
	conditions, w := store.NewConditions(cfg.DB), cfg.Windows
	troubles := store.NewKeyTroubles(cfg.DB, func() time.Duration { return w.TurnedAway })
	var all []detection
	for _, d := range []Detector{
		sourceSilent{conditions, w},
		together{targetFails{conditions, w}, keyTroubled{troubles, w}, keyExpiring{conditions}},
		targetRejects{conditions, w}, contractViolation{conditions, w},
		badEnvelope{conditions, w}, sequenceGap{conditions, w}, tokenExpired{store.NewPolls(cfg.DB), w}, clockAhead{conditions, w}, unknownReference{conditions, w}, parked{conditions, w}, noInfluence{conditions, w}, staleBasis{conditions, w},
		notOrdered{conditions, w}, duplicateOrder{conditions, w}, unacknowledged{conditions, w}, unconfirmed{conditions, w},
		together{lateInbound{conditions, w}, supplierWord{models.ExceptionLateInbound, conditions, w}},
		drift{store.NewReconciles(cfg.DB), w}, stuckDrift{conditions, w},
	} {
		all = append(all, detection{Detector: d})
	}
	for _, d := range []Detector{stockout{conditions, w}, implausible{conditions, w},
		together{confirmationGap{conditions, w}, supplierWord{models.ExceptionConfirmationGap, conditions, w}}, overtaken{conditions, w}, completeness{store.NewControlTotals(cfg.DB), conditions, w}, backlog{conditions, w},
		parkedGrowth{conditions, w}, healsFailing{conditions, w}, fullShelf{conditions, w}, booksOff{cfg.Books, w}} {
		all = append(all, detection{Detector: d, every: cfg.SlowEvery})
	}
	machines := store.NewMachines(cfg.DB)
	// blind is first, since a look at the others may use up the time of all.
	unwell := together{blind{seen, store.NewWatchLooks(cfg.DB)}, machine{machines, conditions, w}, replica{machines, conditions, w}}
	return append(all, detection{Detector: unwell}) // last: it tells of the others
}

// Retune takes over other windows and owner teams from the next look on.
func (w *Watch) Retune(windows Windows, teams map[models.ExceptionCode]models.Team) error {
	if err := windows.Validate(); err != nil {
		return err
	}
	w.sweeping.Lock()
	defer w.sweeping.Unlock()
	w.cfg.Windows, w.cfg.Teams = windows, teams
	w.windows.Store(&windows)
	w.detectors = detectors(w.cfg, w.sight)
	return nil
}

// Sweep looks with every detector now and reports what it found.
func (w *Watch) Sweep(ctx context.Context) (models.SweepOutcome, error) {
	outcome, blind, err := w.sweep(ctx, func(*detection, time.Time) bool { return true })
	return outcome, errors.Join(blind, err)
}

// Look looks for one kind of exception now and reports what it found.
func (w *Watch) Look(ctx context.Context, code models.ExceptionCode) error {
	_, blind, err := w.sweep(ctx, func(d *detection, _ time.Time) bool { return slices.Contains(d.Codes(), code) })
	return errors.Join(blind, err)
}

// sweepDue fails only when nothing at all can be reported: one look that fails
// has an exception of its own, and is no reason to take the tower out of service.
func (w *Watch) sweepDue(ctx context.Context) (bool, error) {
	_, _, err := w.sweep(ctx, func(d *detection, now time.Time) bool { return !now.Before(d.due) })
	return false, err
}

// sweep reports what the chosen detectors see. One that fails closes nothing: what
// it saw before stands until it can look again, and blind says which.
func (w *Watch) sweep(ctx context.Context, chosen func(*detection, time.Time) bool) (outcome models.SweepOutcome, blind, err error) {
	w.sweeping.Lock()
	defer w.sweeping.Unlock()
	now := w.cfg.Now()
	pauses, err := store.NewPauses(w.cfg.DB).Pauses(ctx, now)
	if err != nil {
		return outcome, nil, err
	}
	over, err := store.NewPauses(w.cfg.DB).Ended(ctx, now)
	if err != nil {
		return outcome, nil, err
	}
	owners, err := store.NewOwners(w.cfg.DB).List(ctx)
	if err != nil {
		return outcome, nil, err
	}
	look := Look{Pauses: pauses, Ended: over, Owners: owners, Real: now, Business: w.cfg.Clock.At(now), Started: w.started, Clock: w.cfg.Clock}
	if err := w.milestones.TrackApprovals(ctx, now, w.cfg.Windows.due(models.PromiseOrdered, w.cfg.Windows.Ordered)); err != nil {
		return outcome, nil, err
	}
	if err := store.NewConditions(w.cfg.DB).MarkUseful(ctx); err != nil {
		return outcome, nil, err
	}
	report := models.SweepReport{At: now, Clocks: w.cfg.Windows.Escalations}
	var failures []error
	for i := range w.detectors {
		d := &w.detectors[i]
		if !chosen(d, now) {
			continue
		}
		signals, whole, err := w.look(ctx, d, look)
		if ended(ctx, err) {
			return outcome, nil, err
		}
		w.sight.note(ctx, d.Codes(), err, w.cfg.Logger)
		d.due = now.Add(d.every) // one that fails is not tried at each sweep if it is costly
		if err != nil {
			failures = append(failures, err)
		}
		if whole && (d.Codes()[0] != models.ExceptionTowerUnwell || !w.blinkered(now)) { // else what was not seen may stand as well as have cleared
			report.Codes = append(report.Codes, d.Codes()...)
		}
		for _, s := range signals {
			if team, declared := w.cfg.Teams[s.Code]; declared {
				s.Team = team
			}
			report.Signals = append(report.Signals, models.AssessedSignal{Signal: s, Severity: w.cfg.Thresholds.Assess(s.Risk, look.Business)})
		}
	}
	blind = errors.Join(failures...)
	if outcome, err = w.cfg.Exceptions.Report(ctx, report); err != nil {
		return outcome, blind, err
	}
	w.tell(ctx, outcome, len(report.Signals), now)
	_, err = w.cfg.Exceptions.Escalate(ctx, now, w.cfg.Windows.Escalations)
	return outcome, blind, err
}

// ended tells a shutdown and a database that is away, which end the whole sweep,
// from a look that fails or takes too long by itself.
func ended(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || store.IsUnavailable(err) && !errors.Is(err, context.DeadlineExceeded))
}

// look is what a detector sees, and whether that is the whole of it.
func (w *Watch) look(ctx context.Context, d *detection, l Look) (signals []models.Signal, whole bool, err error) {
	name := fmt.Sprintf("the look for %s", d.Codes())
	ctx, extent := store.WithExtent(ctx)
	err = service.Within(ctx, name, lookLimit, func(ctx context.Context) error {
		signals, err = d.Detect(ctx, l)
		return err
	})
	if err != nil {
		return signals, false, fmt.Errorf("%s: %w", name, err)
	}
	if extent.Cut() {
		w.cfg.Logger.WarnContext(ctx, "a look saw as many conditions as it may; none of its exceptions is closed", slog.Any("codes", d.Codes()))
	}
	return signals, !extent.Cut(), nil
}

// tell says what a sweep changed; silence when nothing did.
func (w *Watch) tell(ctx context.Context, o models.SweepOutcome, signals int, began time.Time) {
	if o == (models.SweepOutcome{}) {
		return
	}
	if o.Opened+o.Reopened+o.Closed+o.Linked+o.Shelved+o.Returned+o.Waited > 0 {
		w.cfg.Logger.InfoContext(ctx, "exceptions changed",
			slog.Int("standing", signals), slog.Int("opened", o.Opened), slog.Int("reopened", o.Reopened), slog.Int("closed", o.Closed), slog.Int("linked", o.Linked),
			slog.Int("shelved", o.Shelved), slog.Int("returned", o.Returned), slog.Int("waited", o.Waited),
			slog.Int64("duration_ms", w.cfg.Now().Sub(began).Milliseconds()))
	}
	if o.Opened+o.Reopened+o.Closed > 0 {
		w.cfg.Reported(models.TopicApprovals) // what waits may be held for a late feed, or no longer
	}
	w.cfg.Reported(models.TopicExceptions, models.TopicOverview,
		models.TopicTeam(models.TeamPlanner), models.TopicTeam(models.TeamProcurement), models.TopicTeam(models.TeamIT))
}
