package reconcile_test

import (
	"errors"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/reconcile"
)

func TestWhatAgreesIsNoDrift(t *testing.T) {
	w := newWorld(t)
	run := w.compare()
	if run.State != "finished" || run.Compared != 5 || run.Matched != 5 || run.Drifted+run.InFlight+run.Healed != 0 || run.AskedBy != "test" {
		t.Errorf("%+v", run)
	}
	if d := w.drifts(); len(d) != 0 {
		t.Errorf("drifts: %+v", d)
	}
}

func TestWhatIsOnItsWayClearsByItself(t *testing.T) {
	w := newWorld(t)
	sent := w.erp.changes("C", 90, 2, time.Second) // a second ago: its event may still come
	w.heard()
	if run := w.compare(); run.InFlight != 1 || run.Drifted != 0 || len(w.drifts()) != 0 {
		t.Fatalf("%+v, %+v", run, w.drifts())
	}
	w.sends(sent)
	if run := w.compare(); run.Matched != 5 || run.InFlight != 0 {
		t.Errorf("%+v", run)
	}
}

// While a DC sends nothing at all, what it changed is on its way and not lost.
func TestASilentDCIsNoDrift(t *testing.T) {
	w := newWorld(t)
	w.erp.changes("C", 90, 2, 10*time.Minute)
	w.heard()
	w.sql(`UPDATE freshness SET occurred_at = now() - interval '20 minutes'`)
	if run := w.compare(); run.InFlight != 1 || run.Drifted != 0 {
		t.Errorf("%+v", run)
	}
}

func TestALostBalanceIsReadAgain(t *testing.T) {
	w := newWorld(t)
	w.erp.changes("C", 60, 2, 10*time.Minute)
	w.heard()
	run := w.compare()
	if run.Drifted != 1 || run.Healed != 1 || run.InFlight != 0 || !is(run.DriftValue["GBP"], 80) {
		t.Fatalf("%+v", run)
	}
	drifts := w.drifts()
	if len(drifts) != 1 || drifts[0].Cause != models.DriftMissingEvent || drifts[0].Theirs.Version != 2 || drifts[0].Ours.Version != 1 ||
		!drifts[0].Ours.OnHand.Equal(decimal.NewFromInt(100)) || drifts[0].ClearedAt != nil {
		t.Fatalf("%+v", drifts)
	}
	w.has("C", 60)
	var movements int
	if err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM stock_movements WHERE item = 'C' AND version = 2 AND on_hand_delta = -40`).Scan(&movements); err != nil || movements != 1 {
		t.Errorf("%d movements in the ledger, %v", movements, err)
	}
	if run.Causes[models.DriftMissingEvent] != 1 || len(run.Causes) != 1 || run.Cleared != 0 {
		t.Errorf("it called %v and cleared %d", run.Causes, run.Cleared)
	}
	if run = w.compare(); run.Matched != 5 || len(run.DriftValue) != 0 || run.Cleared != 1 {
		t.Errorf("after it was read again: %+v", run)
	}
	if d := w.drifts(); len(d) != 1 || d[0].ClearedAt == nil || d[0].ClearedHow != "read again from its owner" {
		t.Errorf("not cleared: %+v", d)
	}
	books, err := store.NewBooks(w.db).Read(t.Context())
	if err != nil || books.Total.Received != 6 || books.Total.Missing() != 0 {
		t.Errorf("books %+v, %v", books, err)
	}
}

// A source is silent while only the tower's own questions bring news of it.
func TestWhatWasReadAgainIsNoWordOfItsSource(t *testing.T) {
	w := newWorld(t)
	w.heard()
	said := func() (told string) {
		w.eventually("the rollups", func() bool {
			var unread int
			err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM changes JOIN consumer_cursors c USING (shard) WHERE c.consumer = 'rollups' AND changes.pos > c.pos`).Scan(&unread)
			return err == nil && unread == 0
		})
		err := w.db.Pool.QueryRow(t.Context(), `SELECT concat_ws(' ', (SELECT sum(events) FROM freshness), (SELECT max(applied_at) FROM freshness),
			(SELECT sum(events) FROM arrivals), (SELECT count(*) FROM latency_rollups))`).Scan(&told)
		if err != nil {
			t.Fatal(err)
		}
		return told
	}
	before := said()
	w.erp.changes("C", 60, 2, 10*time.Minute)
	if _, err := w.Reread(t.Context(), "C", "LON", true); err != nil {
		t.Fatal(err)
	}
	w.has("C", 60)
	if after := said(); after != before {
		t.Errorf("the source is told as heard: %s, want %s", after, before)
	}
}

func TestAFigureThatWasReadAgainTwiceIsOneEvent(t *testing.T) {
	w := newWorld(t)
	w.erp.changes("C", 60, 2, 10*time.Minute)
	for range 3 {
		if _, err := w.Reread(t.Context(), "C", "LON", true); err != nil {
			t.Fatal(err)
		}
	}
	w.has("C", 60)
	books, err := store.NewBooks(w.db).Read(t.Context())
	if err != nil || books.Total.Received != 6 || books.Total.Duplicate != 2 {
		t.Errorf("books %+v, %v", books, err)
	}
}

func TestAFigureChangedByHandIsUnexplained(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE positions SET on_hand = 70 WHERE item = 'D'`)
	w.heard()
	if run := w.compare(); run.Drifted != 1 || run.Healed != 0 || !is(run.UnexplainedValue["GBP"], 60) {
		t.Fatalf("%+v", run)
	}
	if d := w.drifts(); len(d) != 1 || d[0].Cause != models.DriftUnexplained {
		t.Fatalf("%+v", d)
	}
	if run := w.compare(); run.Drifted != 1 || len(w.drifts()) != 1 {
		t.Errorf("a drift that stands was called twice: %+v", run)
	}
	standing, err := store.NewReconciles(w.db).Standing(t.Context())
	if err != nil || len(standing) != 1 || !standing[0].Value.Equal(decimal.NewFromInt(60)) {
		t.Errorf("standing: %+v, %v", standing, err)
	}
	w.sql(`UPDATE positions SET on_hand = 100 WHERE item = 'D'`)
	w.compare()
	if d := w.drifts(); d[0].ClearedAt == nil || d[0].ClearedHow != "agrees again by itself" {
		t.Errorf("not cleared: %+v", d)
	}
}

func TestWhatWaitsHereIsInFlight(t *testing.T) {
	w := newWorld(t)
	b := w.erp.changes("C", 90, 2, 10*time.Minute)
	w.pends("C", b.AsOf)
	w.heard()
	if run := w.compare(); run.InFlight != 1 || run.Drifted != 0 {
		t.Fatalf("%+v", run)
	}
	if d := w.drifts(); len(d) != 1 || d[0].Cause != models.DriftInFlight {
		t.Errorf("%+v", d)
	}
}

func TestOneLookIsNoDrift(t *testing.T) {
	w := newWorld(t)
	b := w.erp.changes("C", 60, 2, 10*time.Minute)
	w.heard()
	w.erp.between = func() { // it arrives between the looks
		w.erp.between = nil
		w.sends(b)
	}
	if run := w.compare(); run.Drifted != 0 || run.Matched != 5 {
		t.Errorf("%+v", run)
	}
}

// However few are looked at together, none is left out: what stands and nothing
// mends must not hide what comes after it.
func TestEveryDifferenceIsJudgedInOneRun(t *testing.T) {
	w := newWorld(t, func(c *reconcile.Config) { c.Suspects = 2 })
	w.sql(`UPDATE positions SET allocated = 7 WHERE item IN ('A', 'B', 'C')`)
	w.erp.changes("D", 60, 2, 10*time.Minute)
	w.erp.deletes("E")
	w.heard()
	run := w.compare()
	if run.Compared != 5 || run.Drifted != 5 || run.Healed != 1 || run.Causes[models.DriftAllocationRule] != 3 || run.Causes[models.DriftOnlyHere] != 1 {
		t.Errorf("%+v", run)
	}
	if d := w.drifts(); len(d) != 5 {
		t.Errorf("%+v", d)
	}
}

func TestAnOwnerThatIsDownFailsTheRun(t *testing.T) {
	w := newWorld(t)
	w.erp.down = errors.New("connection refused")
	run, err := w.RunNow(t.Context(), "erp", "test")
	if err == nil || run.State != "failed" || run.Error == "" {
		t.Fatalf("%+v, %v", run, err)
	}
	w.erp.down = nil
	w.compare()
	runs, err := store.NewReconciles(w.db).Runs(t.Context(), models.Part{Limit: 10})
	if err != nil || len(runs) != 2 || runs[0].State != "finished" {
		t.Errorf("%+v, %v", runs, err)
	}
}

func TestOneRunAtATime(t *testing.T) {
	w := newWorld(t)
	running, err := store.NewReconciles(w.db).Begin(t.Context(), models.Comparison{}, "erp", "somebody", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.RunNow(t.Context(), "erp", "test"); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second run: %v", err)
	}
	if _, err := running.End(t.Context(), models.ReconcileRun{}, nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	w.compare()
	if _, err := w.RunNow(t.Context(), "wms", "test"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("an unknown source: %v", err)
	}
}

// Nobody declares rates: what stands is told in each currency by itself.
func TestARunTellsWhatStandsInEachCurrency(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE items SET currency = 'EUR' WHERE item = 'E'`)
	w.sql(`UPDATE positions SET on_hand = 70 WHERE item IN ('D', 'E')`)
	w.heard()
	run := w.compare()
	if !is(run.DriftValue["GBP"], 60) || !is(run.DriftValue["EUR"], 60) || !is(run.UnexplainedValue["EUR"], 60) || len(run.DriftValue) != 2 {
		t.Errorf("ended with %v and %v", run.DriftValue, run.UnexplainedValue)
	}
	if stored := w.runs()[0]; !is(stored.DriftValue["EUR"], 60) || !is(stored.UnexplainedValue["GBP"], 60) {
		t.Errorf("keeps %v and %v", stored.DriftValue, stored.UnexplainedValue)
	}
}
