package reconcile_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/reconcile"
)

func (w *world) truths(f models.StockTruthFilter) (models.StockTruthTotals, map[string]models.StockTruth) {
	w.t.Helper()
	read := store.NewStockTruths(w.db)
	totals, err := read.Totals(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	rows, err := read.Truths(w.t.Context(), f, models.Part{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	byItem := map[string]models.StockTruth{}
	for _, r := range rows {
		byItem[r.Item] = r
	}
	return totals, byItem
}

func is(d decimal.Decimal, n int64) bool { return d.Equal(decimal.NewFromInt(n)) }

func TestEachSystemsStockStandsBesideItsOwners(t *testing.T) {
	w := newCopyWorld(t)
	w.compare()
	w.compareCopy()
	totals, rows := w.truths(models.StockTruthFilter{})
	if totals.Keys != 5 || totals.Differing != 0 || len(rows) != 5 {
		t.Fatalf("%+v, %+v", totals, rows)
	}
	if s := rows["A"].Systems; len(s) != 3 || s[0].System != "erp" || !s[0].IsOwner || s[1].System != "" || s[2].System != "replenishment" || !is(s[2].Figure.OnHand, 100) {
		t.Fatalf("%+v", s)
	}

	w.spoils("D", "73", "1")
	w.compareCopy()
	w.sends(w.erp.changes("C", 60, 2, 10*time.Minute))
	totals, rows = w.truths(models.StockTruthFilter{Differing: true})
	if totals.Keys != 5 || totals.Differing != 2 || !is(totals.Value["GBP"], 54) || len(rows) != 2 {
		t.Fatalf("%+v, %+v", totals, rows)
	}
	if d := rows["D"]; !is(d.Difference, 27) || !is(d.Unexplained, 27) || !is(d.Value, 54) || d.Systems[2].Drift == 0 || d.Systems[2].Cause != models.DriftUnexplained {
		t.Errorf("spoiled: %+v", d)
	}
	if c := rows["C"]; !is(c.Difference, 40) || !is(c.Explained(), 40) || c.Systems[1].Cause != models.DriftInFlight || c.Systems[2].Cause != models.DriftAgrees {
		t.Errorf("newer here than the owner was when it was asked: %+v", c)
	}
	w.compare()
	if _, rows = w.truths(models.StockTruthFilter{Item: "C", DC: "LON"}); rows["C"].Systems[1].Cause != models.DriftAgrees || rows["C"].Systems[2].Cause != models.DriftInFlight {
		t.Errorf("after the owner was asked again: %+v", rows["C"])
	}
}

func TestWhatTheOwnerNamesNoMoreIsNotItsWordAnyLonger(t *testing.T) {
	w := newWorld(t)
	w.compare()
	w.erp.rows = slices.DeleteFunc(w.erp.rows, func(b connector.Balance) bool { return b.Item == "E" })
	w.compare()
	_, rows := w.truths(models.StockTruthFilter{Item: "E"})
	if s := rows["E"].Systems; len(s) != 1 || s[0].System != "" || s[0].Cause != models.DriftOnlyHere || !is(rows["E"].Explained(), 100) {
		t.Errorf("%+v", rows["E"])
	}
}

func TestDifferencesAreToldByTheQuantityThatWasAskedFor(t *testing.T) {
	w := newWorld(t)
	w.compare()
	w.sql(`UPDATE positions SET allocated = 30 WHERE item = 'B'`)
	for measure, n := range map[models.StockMeasure]int64{models.MeasureOnHand: 0, models.MeasureAllocated: 30, models.MeasureAvailable: 30} {
		totals, rows := w.truths(models.StockTruthFilter{Measure: measure, Differing: true})
		if totals.Differing != min(n, 1) || !is(rows["B"].Difference, n) || !is(rows["B"].Unexplained, n) {
			t.Errorf("%s: %+v, %+v", measure, totals, rows)
		}
	}
}

// The stock of all systems is judged as the comparison judges it.
func TestADifferenceThatTheComparisonLetsPassIsExplained(t *testing.T) {
	w := within(t)
	w.erp.changes("A", 98, 1, 10*time.Minute) // the same version: nothing is on its way
	w.erp.changes("C", 97, 1, 10*time.Minute)
	w.heard()
	w.compare()
	totals, rows := w.truths(models.StockTruthFilter{})
	if totals.Differing != 1 || len(rows) != 5 {
		t.Fatalf("%+v, %+v", totals, rows)
	}
	if a := rows["A"]; a.Systems[1].Cause != models.DriftTolerated || !is(a.Difference, 2) || !is(a.Explained(), 2) || !a.Value.IsZero() {
		t.Errorf("within the tolerance: %+v", a)
	}
	if c := rows["C"]; c.Systems[1].Cause != models.DriftUnexplained || !is(c.Unexplained, 3) {
		t.Errorf("beyond it: %+v", c)
	}
	if _, rows = w.truths(models.StockTruthFilter{Differing: true}); len(rows) != 1 {
		t.Errorf("differing are %+v", rows)
	}
}

// startsWithoutTheCopy runs the program once without what reads the copy.
func (w *copyWorld) startsWithoutTheCopy(declared ...string) {
	w.t.Helper()
	alone, err := reconcile.New(reconcile.Config{
		Source: "erp", Owner: w.erp, Intake: &deaf{}, Reconciles: store.NewReconciles(w.db), Unconnected: declared, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := alone.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := alone.Stop(context.WithoutCancel(w.t.Context())); err != nil {
		w.t.Fatal(err)
	}
}

func TestACopyThatCannotBeComparedNowIsKept(t *testing.T) {
	w := newCopyWorld(t)
	w.compare()
	w.spoils("D", "73", "1")
	w.compareCopy()
	w.startsWithoutTheCopy("replenishment")
	totals, rows := w.truths(models.StockTruthFilter{})
	if d := rows["D"]; totals.Differing != 1 || len(d.Systems) != 3 || d.Systems[2].System != "replenishment" {
		t.Errorf("%+v, %+v", totals, d)
	}
	if called := w.drifts(); len(called) != 1 || called[0].ClearedAt != nil {
		t.Errorf("called are %+v", called)
	}
}

func TestACopyThatIsNoLongerDeclaredIsForgotten(t *testing.T) {
	w := newCopyWorld(t)
	w.compare()
	w.spoils("D", "73", "1")
	w.compareCopy()
	w.startsWithoutTheCopy()
	totals, rows := w.truths(models.StockTruthFilter{})
	if d := rows["D"]; totals.Differing != 0 || len(rows) != 5 || len(d.Systems) != 2 || d.Systems[0].System != "erp" {
		t.Errorf("%+v, %+v", totals, rows)
	}
	if called := w.drifts(); len(called) != 1 || called[0].ClearedAt == nil || called[0].ClearedHow != "no longer compared" {
		t.Errorf("called are %+v", called)
	}
}
