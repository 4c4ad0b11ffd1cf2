package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/watch"
)

func TestOtherWindowsAndTeamsHoldFromTheNextLook(t *testing.T) {
	w := newWorld(t, func(c *watch.Config) { c.Windows.Waiting = time.Minute })
	w.sweep()
	w.unsettled("waiting", "TRF-03", "item:X")
	w.wait(12 * time.Second)
	w.sweep()
	if e := w.unknownReference(); e != nil {
		t.Fatalf("an event waits too long before its window of a minute has passed: %s", e.Title)
	}
	toPlanners := map[models.ExceptionCode]models.Team{models.ExceptionUnknownReference: models.TeamPlanner}
	if err := w.watch.Retune(watch.Windows{Waiting: 10 * time.Second}, toPlanners); err != nil {
		t.Fatal(err)
	}
	w.sweep()
	if e := w.unknownReference(); e == nil || e.Team != models.TeamPlanner {
		t.Errorf("want one unknown reference, with the planners:%s", briefly(w.open()))
	}
	if err := w.watch.Retune(watch.Windows{Ordered: -time.Minute}, nil); err == nil {
		t.Error("a negative window is taken over")
	}
}

// An item that nobody announced matters as soon as stock of it moves or a customer
// wants it, whatever else waits for it.
func TestDemandBehindAnUnknownItemCounts(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	for i, c := range []struct {
		more models.EventType
		want models.Consequence
		says string
	}{
		{models.TypeForecastRevision, models.ConsequenceNuisance, ""},
		{models.TypeSalesOrder, models.ConsequenceEffect, "Demand of customers is behind it: 1 event."},
		{models.TypeBalance, models.ConsequenceEffect, ""},
	} {
		w.unsettled("waiting", "TRF-03", "item:X")
		w.sql(`UPDATE unsettled_events SET type = $1`, string(models.TypeForecastRevision))
		w.sql(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint, waits_for, created_at)
			SELECT seq + 1, shard, received_at, occurred_at, source, 'more', $1, 'more', item, dc, data, state, stage, code, reason, fingerprint, waits_for, created_at FROM unsettled_events`, string(c.more))
		w.wait(12 * time.Second)
		w.sweep()
		e := w.unknownReference()
		if e == nil || e.Consequence != c.want || c.says != "" && !strings.Contains(e.Happened, c.says) || !strings.HasPrefix(e.Happened, "Forecast revision") {
			t.Fatalf("%d: behind %s stands %+v", i, c.more, e)
		}
		w.sql(`DELETE FROM unsettled_events`)
		w.sweep()
	}
}

func (w *world) unknownReference() *models.Exception {
	for _, e := range w.open() {
		if e.Code == models.ExceptionUnknownReference {
			return &e
		}
	}
	return nil
}
