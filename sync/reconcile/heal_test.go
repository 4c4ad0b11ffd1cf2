package reconcile_test

import (
	"context"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/reconcile"
)

// deaf takes what is read again for known, as the log does with an event that
// somebody discarded.
type deaf struct{ asked int }

func (d *deaf) Accept(context.Context, models.Event) (int64, error) {
	d.asked++
	return 0, nil
}

func (w *world) inVain() (worst, standing int64) {
	w.t.Helper()
	heals, err := store.NewConditions(w.db).Heals(w.t.Context(), time.Now().Add(-time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range heals {
		worst, standing = max(worst, h.Worst), standing+h.Standing
	}
	return worst, standing
}

func TestWhatReadingAgainDoesNotMendIsLeftToAPerson(t *testing.T) {
	w, door := newWorld(t), &deaf{}
	through := w.Reconciler
	deafened, err := reconcile.New(reconcile.Config{Source: "erp", Owner: w.erp, Intake: door, Reconciles: store.NewReconciles(w.db), SecondLook: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w.Reconciler = deafened
	w.erp.changes("C", 60, 2, 10*time.Minute)
	w.heard()
	w.compare()
	if worst, standing := w.inVain(); worst+standing != 0 {
		t.Errorf("a try that nobody has judged counts: %d, %d", worst, standing)
	}
	for range models.HealTries + 2 {
		w.compare()
	}
	if worst, standing := w.inVain(); door.asked != models.HealTries || worst != models.HealTries || standing != 1 {
		t.Errorf("tried %d times, %d in vain, %d stand", door.asked, worst, standing)
	}

	w.erp.changes("C", 50, 3, 9*time.Minute)
	w.compare()
	w.compare()
	if worst, _ := w.inVain(); door.asked != models.HealTries+1 || worst != models.HealTries {
		t.Errorf("a newer figure earns one try: %d tries, %d in vain", door.asked, worst)
	}

	w.Reconciler = through
	w.erp.changes("C", 40, 4, 8*time.Minute)
	w.compare()
	w.has("C", 40)
	w.compare()
	if worst, standing := w.inVain(); worst+standing != 0 {
		t.Errorf("after it helped: %d, %d", worst, standing)
	}
}

// givenUp is a world whose tries to mend the stock of C have all been in vain.
func givenUp(t *testing.T) (*world, *deaf) {
	t.Helper()
	w, door := newWorld(t), &deaf{}
	deafened, err := reconcile.New(reconcile.Config{Source: "erp", Owner: w.erp, Intake: door, Reconciles: store.NewReconciles(w.db), SecondLook: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w.Reconciler = deafened
	w.erp.changes("C", 60, 2, 10*time.Minute)
	w.heard()
	for range models.HealTries + 1 {
		w.compare()
	}
	if door.asked != models.HealTries {
		t.Fatalf("tried %d times", door.asked)
	}
	return w, door
}

func TestANewerFigureThatWasFirstOnItsWayEarnsATry(t *testing.T) {
	w, door := givenUp(t)
	b := w.erp.changes("C", 50, 3, 9*time.Minute)
	w.pends("C", b.AsOf)
	if run := w.compare(); run.InFlight != 1 || door.asked != models.HealTries {
		t.Fatalf("%+v after %d tries", run, door.asked)
	}
	w.sql(`DELETE FROM unsettled_events`)
	for range 3 {
		w.compare()
	}
	if door.asked != models.HealTries+1 {
		t.Errorf("tried %d times, want one more for the newer figure", door.asked-models.HealTries)
	}
}

func TestAnotherCauseBeginsItsOwnTries(t *testing.T) {
	w, door := givenUp(t)
	unit := func(u string) {
		for i := range w.erp.rows {
			w.erp.rows[i].Unit = u
		}
	}
	unit("CASE")
	if run := w.compare(); run.Causes[models.DriftUnitOfMeasure] != 1 {
		t.Fatalf("called %v", run.Causes)
	}
	if worst, standing := w.inVain(); worst+standing != 0 {
		t.Errorf("of the cause before count %d tries, %d stand", worst, standing)
	}
	unit("EA")
	for range models.HealTries + 2 {
		w.compare()
	}
	if door.asked != 2*models.HealTries {
		t.Errorf("tried %d times, want %d more", door.asked, models.HealTries)
	}
}

// One event lost after another is many faults, and mending helps with each.
func TestAFreshDifferenceIsNoVainTry(t *testing.T) {
	w := newWorld(t)
	for version := int64(2); version < 6; version++ {
		w.erp.changes("C", 100-version, version, 10*time.Minute)
		w.heard()
		if run := w.compare(); run.Healed != 1 {
			t.Fatalf("%+v", run)
		}
		w.has("C", 100-version)
	}
	if worst, standing := w.inVain(); worst+standing != 0 {
		t.Errorf("%d in vain, %d stand", worst, standing)
	}
}
