package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
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
	var runs []models.ReconcileRun
	if err := w.db.Gorm.WithContext(w.t.Context()).Table("reconcile_runs").Order("id DESC").Find(&runs).Error; err != nil {
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

// What is due while the owner is paused, and what was asked for before, is made when
// the pause is over; who asks meanwhile is told why not.
func TestAComparisonWaitsForTheEndOfAPause(t *testing.T) {
	var paused atomic.Bool
	var looks atomic.Int64
	why := models.Errorf(models.CodePrecondition, "erp is paused.")
	w := newWorld(t, func(c *reconcile.Config) {
		c.Every, c.Window = time.Hour, 20*time.Millisecond
		c.Paused = func(source string) error {
			looks.Add(1)
			if paused.Load() && source == "erp" {
				return why
			}
			return nil
		}
	})
	if err := w.Ask("erp", "ann"); err != nil {
		t.Fatal(err)
	}
	paused.Store(true)
	if err := w.Ask("erp", "bob"); !errors.Is(err, why) {
		t.Errorf("who asks is told %v", err)
	}
	if _, err := w.RunNow(t.Context(), "erp", "bob"); !errors.Is(err, why) {
		t.Errorf("who has it compared is told %v", err)
	}
	asked := looks.Load()
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	w.eventually("two looks while it is paused", func() bool { return looks.Load() > asked+1 })
	if n := len(w.runs()); n != 0 {
		t.Errorf("paused, it was compared %d times", n)
	}
	paused.Store(false)
	w.eventually("the comparison that was asked for", func() bool { runs := w.runs(); return len(runs) == 1 && runs[0].AskedBy == "ann" })
}

// Only who asks for a comparison has one made while its calendar rests.
func TestAComparisonRestsOutsideItsCalendar(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	now := at(6, 17, 30) // a Friday
	office := &models.Calendar{
		Zone: time.UTC, Days: [7]bool{time.Monday: true, time.Tuesday: true, time.Wednesday: true, time.Thursday: true, time.Friday: true},
		Opens: 8 * time.Hour, Closes: 18 * time.Hour,
	}
	w := newWorld(t, func(c *reconcile.Config) {
		c.Now = func() time.Time { return now }
		c.Comparisons = []models.Comparison{{Name: "office", Owner: "erp", Copies: []string{models.CopyHere}, Every: 30 * time.Minute, Calendar: office}}
	})
	w.PlanFirst()
	until := func(end time.Time) (compared []string) {
		before := len(w.runs())
		for ; now.Before(end); now = now.Add(20 * time.Second) {
			if err := w.Scheduled(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		runs := w.runs()
		for _, run := range runs[:len(runs)-before] {
			compared = append(compared, run.StartedAt.UTC().Format("Mon 15:04 ")+run.AskedBy)
		}
		return compared
	}
	if made := until(at(8, 12, 0)); len(made) != 0 {
		t.Errorf("over the weekend: %v", made)
	}
	if err := w.Ask("erp", "ann"); err != nil {
		t.Fatal(err)
	}
	if made := until(at(9, 8, 0)); !slices.Equal(made, []string{"Sun 12:00 ann"}) {
		t.Errorf("until it opens: %v", made)
	}
	if made := until(at(9, 8, 45)); !slices.Equal(made, []string{"Mon 08:30 schedule", "Mon 08:00 schedule"}) {
		t.Errorf("after it has opened: %v", made)
	}
}

// The tower's own copy and another one are judged each by the tolerance of its comparison.
func TestEachCopyHasItsOwnTolerance(t *testing.T) {
	w := newCopyWorld(t)
	w.comparisons = []models.Comparison{
		{Name: "ledger", Owner: "erp", Copies: []string{models.CopyHere}, Every: time.Millisecond},
		{Name: "planning", Owner: "erp", Copies: []string{"replenishment"}, Every: time.Millisecond, Tolerance: models.DriftTolerance{Units: decimal.NewFromInt(5)}},
	}
	w.spoils("D", "97", "1")
	w.spoils("C", "90", "1")
	w.sql(`UPDATE positions SET on_hand = 97 WHERE item = 'A'`)
	w.PlanFirst()
	w.eventually("both comparisons", func() bool {
		if err := w.Scheduled(t.Context()); err != nil {
			t.Fatal(err)
		}
		return len(w.runs()) >= 2
	})
	of := map[string]models.ReconcileRun{}
	for _, run := range w.runs() {
		of[run.Comparison] = run
	}
	if run := of["ledger"]; run.Source != "erp" || run.Within != 0 || run.Drifted != 1 || run.Tolerance.String() != "none" {
		t.Errorf("our own copy: %+v", run)
	}
	if run := of["planning"]; run.Source != "replenishment" || run.Within != 1 || run.Drifted != 1 || run.Tolerance.String() != "±5 units" {
		t.Errorf("the copy of replenishment: %+v", run)
	}
	for _, d := range w.drifts() {
		if d.IsCopy != (d.Item == "C") || !d.IsCopy && d.Item != "A" {
			t.Errorf("called is %+v", d)
		}
	}
}

// stalls is a copy whose snapshot does not come before its run is told to end.
type stalls struct{ *ledger }

func (stalls) Balances(ctx context.Context, _ string, _ int) (connector.BalancePage, error) {
	<-ctx.Done()
	return connector.BalancePage{}, ctx.Err()
}

// besideACopy is a world in which a copy is compared by the same comparison.
func besideACopy(t *testing.T, holds func(c *reconcile.Config) connector.Balances, every time.Duration) *world {
	t.Helper()
	return newWorld(t, func(c *reconcile.Config) {
		c.Every, c.Copies = every, []reconcile.Copy{{System: "planning", Holds: holds(c)}}
	})
}

func TestACopyThatTakesLongHoldsUpNoOther(t *testing.T) {
	w := besideACopy(t, func(*reconcile.Config) connector.Balances { return stalls{} }, 20*time.Millisecond)
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	finished := func() (of map[string]int) {
		of = map[string]int{}
		for _, run := range w.runs() {
			of[run.Source+" "+run.State]++
		}
		return of
	}
	w.eventually("the owner's runs while the copy's goes on", func() bool {
		of := finished()
		return of["planning running"] == 1 && of["erp finished"] >= 2
	})
	if err := w.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if of := finished(); of["planning running"] != 0 {
		t.Errorf("after the stop: %v", of)
	}
}

func TestAFailureRepeatsTheRunsOfNoOther(t *testing.T) {
	now := time.Now()
	copied := &ledger{}
	w := besideACopy(t, func(c *reconcile.Config) connector.Balances {
		c.Now = func() time.Time { return now }
		return copied
	}, time.Hour)
	copied.down = errors.New("connection refused")
	w.PlanFirst()
	now = now.Add(time.Hour)
	for range 3 {
		if err := w.Scheduled(t.Context()); err == nil {
			t.Fatal("the copy is down and nobody says so")
		}
	}
	of := map[string]int{}
	for _, run := range w.runs() {
		of[run.Source+" "+run.State]++
	}
	if of["erp finished"] != 1 || of["planning failed"] != 3 {
		t.Errorf("runs: %v", of)
	}
}
