package watch_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/eventlog"
)

// calledSilent is the exception about the ERP as a whole, after a wait in which
// it is not heard.
func (w *world) calledSilent(wait time.Duration) *models.Exception {
	w.t.Helper()
	w.now = w.now.Add(wait)
	if _, err := w.watch.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for _, e := range w.open() {
		if e.Code == models.ExceptionSourceSilent && e.Subject.Source == "erp" && e.Subject.DC == "" {
			return &e
		}
	}
	return nil
}

func TestASourceThatSendsNothingOfUseIsUnhealthy(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.sql(`UPDATE books_received SET received = received + 5, duplicate = duplicate + 7 WHERE source = 'erp'`)
	w.sql(`UPDATE books_decided SET superseded = superseded + 2, parked = parked + 3 WHERE source = 'erp'`)
	e := w.calledSilent(20 * time.Second)
	if e == nil || e.Title != "erp sends, but nothing of it is useful" ||
		!strings.Contains(e.Happened, "sent 12 events since its last useful row") || !strings.Contains(e.Happened, "7 repeated, 2 superseded, 3 parked, 0 held") {
		t.Fatalf("open are:%s", briefly(w.open()))
	}
	w.sweep() // every source is heard
	if e := w.calledSilent(0); e != nil {
		t.Fatalf("it is called silent after a useful row: %s", e.Happened)
	}
	if e := w.calledSilent(20 * time.Second); e == nil || e.Title != "erp is silent" || strings.Contains(e.Happened, "sent") {
		t.Errorf("what came before its last useful row is held against it:%s", briefly(w.open()))
	}
}

// What the tower polls while a source is silent was not sent by it.
func TestWhatIsPolledOfASilentSourceWasNotSentByIt(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	now := time.Now().UTC()
	for _, item := range []string{"A1", "B2"} {
		e := models.Event{
			Source: "erp", ID: models.PolledID + item + "|LON@9", Type: models.TypeBalance, Subject: item + "|LON",
			Key: "inventory:" + item + "|LON", Item: item, DC: "LON", OccurredAt: now, Data: "{}",
		}
		if _, err := store.NewLog(w.db).Append(t.Context(), models.LaneRealtime, []store.Entry{eventlog.NewEntry(e, models.Shards{Realtime: 8, Bulk: 2})}); err != nil {
			t.Fatal(err)
		}
	}
	if e := w.calledSilent(20 * time.Second); e == nil || e.Title != "erp is silent" || strings.Contains(e.Happened, "sent") {
		t.Errorf("open are:%s", briefly(w.open()))
	}
}

// What a source could not send while it was polled comes late, and is no old news;
// what happened after that is.
func TestWhatComesLateAfterASilenceIsNoOldNews(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	if w.calledSilent(20*time.Second) == nil {
		t.Fatal("it is not called silent")
	}
	w.sql(`INSERT INTO catch_ups (exception_id, times, asked_at, due_at, came, ended_at)
		SELECT id, 1, $1, $1, 3, $1 FROM exceptions WHERE dedupe_key = 'API-01|erp'`, w.now)
	w.sweep()
	w.settled("superseded", 5)
	w.logged("LON")
	w.sweep()
	if w.callsOldNews() {
		t.Error("what came late is called old news")
	}
	w.sql(`UPDATE events SET occurred_at = $1::timestamptz + interval '1 second' WHERE dc = 'LON'`, w.now)
	w.sweep()
	if !w.callsOldNews() {
		t.Error("what happened after it was polled is not called old news")
	}
}

// One DC that was silent explains nothing of what is told of the others.
func TestOldNewsOfOtherDCsThanTheSilentOneAreCalled(t *testing.T) {
	for dc, called := range map[string]bool{"LON": false, "LEE": true} {
		t.Run(dc, func(t *testing.T) {
			w := newWorld(t)
			w.sweep()
			w.sql(`INSERT INTO exceptions (code, dedupe_key, team, stage, title, happened, state, priority, consequence, why, ack_due_at, resolve_due_at, opened_at, last_seen_at, source, dc, resolved_at, standing)
				VALUES ('API-01', 'API-01|erp|LON', 'it', 'api', 'No stock figures', 'It happened.', 'resolved', 'P3', 'C2', 'so', $1, $1, $1, $1, 'erp', 'LON', $1, false)`, w.now)
			w.sql(`INSERT INTO catch_ups (exception_id, times, asked_at, due_at, came, ended_at) SELECT id, 1, $1, $1, 3, $1 FROM exceptions WHERE dc = 'LON'`, w.now)
			w.settled("superseded", 5)
			w.logged(dc)
			w.sweep()
			if is := w.callsOldNews(); is != called {
				t.Errorf("it is called: %t", is)
			}
		})
	}
}

// logged has the log hold what was settled, as balances of a DC.
func (w *world) logged(dc string) {
	w.t.Helper()
	w.sql(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, dc, data)
		SELECT seq, shard, settled_at, settled_at, source, seq::text, 'throughline.inventory.balance.v1', 'inventory:A|' || $1::text, $1, '{}' FROM settled_events`, dc)
}

// callsOldNews reports whether OWN-04 is open.
func (w *world) callsOldNews() bool {
	w.t.Helper()
	return slices.ContainsFunc(w.open(), func(e models.Exception) bool { return e.Code == models.ExceptionOvertaken })
}
