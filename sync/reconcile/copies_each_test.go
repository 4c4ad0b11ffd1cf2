package reconcile_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector/rest"
	"throughline/sync/reconcile"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecasting"
)

// withForecasting adds a forecasting system that holds a copy, and gives it what took effect.
func (w *copyWorld) withForecasting() {
	w.t.Helper()
	fail := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	data, err := demodata.Load()
	fail(err)
	data.Items = data.Items[:1]
	clock, err := calendar.Load(w.t.Context(), w.sim, 24*time.Hour, time.Now)
	fail(err)
	board, err := fault.NewBoard(w.t.Context(), w.sim, nil, time.Now, slog.New(slog.DiscardHandler))
	fail(err)
	system, err := forecasting.New(forecasting.Config{DB: w.sim, Data: data, Clock: clock, Board: board, Secret: copySecret, Logger: slog.New(slog.DiscardHandler)})
	fail(err)
	server := httptest.NewServer(system.Handler())
	w.t.Cleanup(server.Close)
	fail(w.router.Ensure(w.t.Context(), models.Subscription{
		Name: "forecasting", URL: server.URL + "/webhooks", Secret: copySecret, Types: []models.EventType{models.TypeBalance},
	}))
	engine, err := rest.NewReplenishment(rest.Config{BaseURL: w.url})
	fail(err)
	forecasts, err := rest.NewForecasting(rest.Config{BaseURL: server.URL})
	fail(err)
	w.Reconciler, err = reconcile.New(reconcile.Config{
		Source: "erp", Owner: w.erp, Intake: reconcile.ThroughLog(w.appender, shards), Reconciles: store.NewReconciles(w.db),
		Copies: []reconcile.Copy{
			{System: "replenishment", Holds: engine, Deliver: w.router}, {System: "forecasting", Holds: forecasts, Deliver: w.router},
		},
		SecondLook: time.Millisecond, Page: 2, Logger: slog.New(slog.DiscardHandler),
	})
	fail(err)
	w.delivers()
}

// Each system's copy is compared by itself, stands in a place of its own beside the
// owner's stock, and is delivered again without the others.
func TestEachSystemsCopyIsComparedByItself(t *testing.T) {
	w := newCopyWorld(t)
	w.withForecasting()
	w.sends(w.erp.changes("C", 60, 2, 10*time.Minute))
	w.delivers()
	if _, err := w.sim.Exec(t.Context(), `UPDATE held_stock SET on_hand = 100, version = 1 WHERE item = 'C'`); err != nil {
		t.Fatal(err)
	}
	w.compare()
	if run := w.compareCopy(); run.Matched != 5 {
		t.Errorf("what replenishment holds: %+v", run)
	}
	run, err := w.RunNow(t.Context(), "forecasting", "test")
	if err != nil || run.Drifted != 1 || run.Healed != 1 || run.Matched != 4 {
		t.Fatalf("what forecasting holds: %+v, %v", run, err)
	}
	if d := w.drifts(); len(d) != 1 || !d[0].IsCopy || d[0].Source != "forecasting" || d[0].Cause != models.DriftMissingEvent {
		t.Fatalf("%+v", d)
	}
	_, rows := w.truths(models.StockTruthFilter{})
	if s := rows["C"].Systems; len(s) != 4 || s[2].System != "forecasting" || !is(s[2].Figure.OnHand, 100) || s[3].System != "replenishment" || !is(s[3].Figure.OnHand, 60) {
		t.Errorf("%+v", s)
	}
	if run, err = w.RunNow(t.Context(), "forecasting", "test"); err != nil || run.Matched != 5 {
		t.Errorf("after it was delivered again: %+v, %v", run, err)
	}
	if isCopy, err := w.Resync(t.Context(), "forecasting", "D", "LON"); !isCopy || err != nil {
		t.Errorf("delivered again by hand: %t, %v", isCopy, err)
	}
}
