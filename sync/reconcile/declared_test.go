package reconcile_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/reconcile"
)

// within is a world that lets two units or one percent pass.
func within(t *testing.T) *world {
	return newWorld(t, func(c *reconcile.Config) {
		c.Comparisons = []models.Comparison{{
			Name: "ledger", Owner: "erp", Copies: []string{models.CopyHere}, Tolerance: models.DriftTolerance{Units: decimal.NewFromInt(2), Percent: decimal.NewFromInt(1)},
		}}
	})
}

func TestADifferenceWithinTheToleranceAgrees(t *testing.T) {
	w := within(t)
	w.erp.changes("A", 98, 2, 10*time.Minute)
	w.erp.changes("C", 97, 2, 10*time.Minute)
	w.heard()
	run := w.compare()
	if run.Matched != 4 || run.Within != 1 || run.Drifted != 1 || run.Comparison != "ledger" || run.Tolerance.String() != "±2 units or 1 %" {
		t.Errorf("%+v", run)
	}
	if d := w.drifts(); len(d) != 1 || d[0].Item != "C" {
		t.Errorf("called are %+v", d)
	}
	w.has("A", 100) // it is not read again either
	if stored := w.runs()[0]; stored.Within != 1 || stored.Tolerance.String() != run.Tolerance.String() || stored.Comparison != "ledger" {
		t.Errorf("the run keeps %+v", stored)
	}
}

func TestTheSecondLookKnowsTheTolerance(t *testing.T) {
	w := within(t)
	w.erp.changes("C", 60, 2, 10*time.Minute)
	w.heard()
	w.erp.between = func() { w.erp.changes("C", 99, 3, 10*time.Minute) }
	if run := w.compare(); run.Matched != 5 || run.Within != 1 || run.Drifted != 0 {
		t.Errorf("%+v", run)
	}
}

func TestEachComparisonKeepsItsOwnTime(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(c *reconcile.Config) {
		c.Now = func() time.Time { return now }
		c.Copies = []reconcile.Copy{{System: "planning", Holds: c.Owner}}
		c.Comparisons = []models.Comparison{
			{Name: "ledger", Owner: "erp", Copies: []string{models.CopyHere}, Every: time.Hour},
			{Name: "planning", Owner: "erp", Copies: []string{"planning"}, Every: 3 * time.Hour},
		}
	})
	w.PlanFirst()
	for range 6 {
		now = now.Add(time.Hour)
		if err := w.Scheduled(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	of := map[string]int{}
	for _, run := range w.runs() {
		of[run.Source+" by "+run.Comparison]++
	}
	if of["erp by ledger"] != 6 || of["planning by planning"] != 2 {
		t.Errorf("runs: %v", of)
	}
}

func TestWhatIsNotConnectedCannotBeCompared(t *testing.T) {
	w := newWorld(t)
	for _, c := range []models.Comparison{
		{Name: "a", Owner: "sap", Copies: []string{models.CopyHere}},
		{Name: "a", Owner: "erp", Copies: []string{"wms"}},
	} {
		cfg := reconcile.Config{Source: "erp", Owner: w.erp, Intake: &deaf{}, Reconciles: store.NewReconciles(w.db), Comparisons: []models.Comparison{c}}
		if _, err := reconcile.New(cfg); err == nil {
			t.Errorf("%+v is compared", c)
		}
	}
}
