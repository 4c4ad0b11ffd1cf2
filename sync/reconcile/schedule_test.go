package reconcile_test

import (
	"errors"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/reconcile"
)

// scheduled is a world in which only the test moves the clock of the schedule.
func scheduled(t *testing.T) (*world, *time.Time) {
	now := time.Now()
	w := newWorld(t, func(c *reconcile.Config) {
		c.Every, c.Now = time.Hour, func() time.Time { return now }
	})
	w.PlanFirst()
	return w, &now
}

func (w *world) runs() []models.ReconcileRun {
	w.t.Helper()
	runs, err := store.NewReconciles(w.db).Runs(w.t.Context(), models.Part{Limit: 10})
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}

// Polls are spread by a fifth, so the first may come early: it has to count, or
// the first comparison is a whole interval late.
func TestAFirstPollThatComesEarlyCompares(t *testing.T) {
	w, now := scheduled(t)
	if err := w.Scheduled(t.Context()); err != nil || len(w.runs()) != 0 {
		t.Fatalf("at the start: %d runs, %v", len(w.runs()), err)
	}
	*now = now.Add(48 * time.Minute)
	if err := w.Scheduled(t.Context()); err != nil || len(w.runs()) != 1 {
		t.Errorf("at the first poll: %d runs, %v", len(w.runs()), err)
	}
}

func TestAFailedComparisonIsMadeAgainAtTheNextTry(t *testing.T) {
	w, now := scheduled(t)
	*now = now.Add(time.Hour)
	w.erp.down = errors.New("connection refused")
	if err := w.Scheduled(t.Context()); err == nil {
		t.Fatal("the owner is down and nobody says so")
	}
	w.erp.down = nil
	*now = now.Add(time.Second)
	if err := w.Scheduled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if runs := w.runs(); len(runs) != 2 || runs[0].State != "finished" {
		t.Errorf("runs %+v", runs)
	}
}

func TestAComparisonThatIsAskedForDoesNotWaitForTheSchedule(t *testing.T) {
	w, _ := scheduled(t)
	if err := w.Ask("wms", "ann"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("an unknown source: %v", err)
	}
	if err := w.Ask("erp", "ann"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second has nothing left to do
		if err := w.Scheduled(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if runs := w.runs(); len(runs) != 1 || runs[0].AskedBy != "ann" || runs[0].State != "finished" {
		t.Errorf("runs %+v", runs)
	}
}
