package catchup_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/catchup"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
)

// world is a tower that misses the numbers 12 to 14 of the ERP, with a clock that
// moves when it is told to.
type world struct {
	*testing.T
	db       *store.DB
	erp      *connectortest.Stub
	serves   http.Handler // the ERP, unless a test puts another in its place
	asked    atomic.Int64 // calls of the ERP
	url      string       // of the ERP
	compared int
	paused   error
	mu       sync.Mutex // guards now
	now      time.Time
	services []*catchup.Service // of as many processes
}

func newWorld(t *testing.T, sources ...catchup.Source) *world {
	t.Helper()
	w := &world{T: t, db: storetest.New(t), erp: &connectortest.Stub{}, now: time.Now().Truncate(time.Millisecond)}
	w.serves = w.erp.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		serves := w.serves // before it counts, after which a test may put another in its place
		w.asked.Add(1)
		serves.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	client, err := rest.NewERP(rest.Config{BaseURL: w.url})
	if err != nil {
		t.Fatal(err)
	}
	source := catchup.Source{Replays: client, Transmissions: client, Compare: func() error { w.compared++; return nil }}
	if len(sources) > 0 {
		source = sources[0]
	}
	for range 2 {
		s, err := catchup.New(catchup.Config{
			Sources:  map[string]catchup.Source{"erp": source},
			CatchUps: store.NewCatchUps(w.db), Resends: store.NewResends(w.db), Restores: store.NewRestores(w.db),
			Paused: func(string, string) error { return w.paused },
			Now:    w.clock, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.services = append(w.services, s)
	}
	w.sql(`INSERT INTO sequences (source, series, seen) VALUES ('erp', 'a', '{[1,11],[15,20]}')`)
	w.sql(`INSERT INTO sequence_gaps VALUES ('erp', 'a', 12, 14, $1)`, w.now)
	w.sql(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, source, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('API-08', 'it', 'api', 'API-08|erp|a|14', 'A gap', 'Something is missing.', 'new', true, 'P2', 'C3', 'because', 'erp', $1, $1, $1, $1)`, w.now)
	return w
}

func (w *world) sql(statement string, args ...any) {
	w.Helper()
	if _, err := w.db.Pool.Exec(w.Context(), statement, args...); err != nil {
		w.Fatalf("%s: %v", statement, err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) moves(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// after moves the clock and lets every process look.
func (w *world) after(d time.Duration) {
	w.Helper()
	w.moves(d)
	for _, s := range w.services {
		if err := s.RunOnce(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
}

// told is the history of the exception, by what the tower did.
func (w *world) told() []string {
	w.Helper()
	var notes []string
	if err := w.db.Pool.QueryRow(w.Context(), `SELECT coalesce(array_agg(note ORDER BY id), '{}') FROM exception_notes WHERE action = 'asked' AND actor = 'tower'`).Scan(&notes); err != nil {
		w.Fatal(err)
	}
	return notes
}

func TestAGapIsAskedForOnceInEachWindowThatGrows(t *testing.T) {
	w := newWorld(t)
	w.erp.Counts("a", 12, 14)
	for _, step := range []struct {
		wait time.Duration
		want int64
	}{
		{9 * time.Second, 0}, // it may come by itself
		{time.Second, 1},
		{59 * time.Second, 1},
		{time.Second, 2},
		{119 * time.Second, 2},
		{time.Second, 3},
	} {
		if w.after(step.wait); w.asked.Load() != step.want {
			t.Fatalf("after another %s it was asked %d times, want %d", step.wait, w.asked.Load(), step.want)
		}
	}
	const said = "Asked erp for the numbers 12 to 14 once more. erp still has 2 of the 3 events and sends these again. " +
		"Its stock is compared with ours instead, and what differs is read again."
	if told := w.told(); len(told) != 3 || told[0] != said {
		t.Errorf("the history says %q", told)
	}
	for range 20 {
		w.after(time.Hour)
	}
	if n := w.asked.Load(); n != 23 {
		t.Errorf("in 20 hours it was asked %d times more, want one an hour", n-3)
	}
}

func TestWhatIsMissingIsComparedWhereNothingIsSentAgain(t *testing.T) {
	w := newWorld(t)
	w.after(10 * time.Second)
	if told := w.told(); len(told) != 1 || !strings.Contains(told[0], "erp offers nothing to be sent again by its number. Its stock is compared") || w.compared != 1 {
		t.Errorf("compared %d times; the history says %q", w.compared, told)
	}
	w.erp.Counts("a", 12, 13, 14)
	w.after(time.Minute)
	if told := w.told(); len(told) != 2 || !strings.HasSuffix(told[1], "erp sends all 3 events again.") || w.compared != 1 {
		t.Errorf("compared %d times; the history says %q", w.compared, told)
	}
}

func TestAFailureToAskIsTold(t *testing.T) {
	w := newWorld(t)
	w.erp.Break(connectortest.FaultDown, 1)
	w.after(10 * time.Second)
	if told := w.told(); len(told) != 1 || !strings.Contains(told[0], "erp cannot be asked: The ERP is down.") {
		t.Errorf("the history says %q", told)
	}
}

func TestNobodyIsAskedWhilePausedNorForWhatAPersonResolved(t *testing.T) {
	w := newWorld(t)
	w.paused = errors.New("paused")
	w.after(time.Minute)
	w.paused = nil
	w.sql(`UPDATE exceptions SET state = 'resolved', resolved_at = now(), resolution = 'No event had them.'`)
	w.after(time.Minute)
	if n := w.asked.Load(); n != 0 {
		t.Fatalf("asked %d times", n)
	}
	w.sql(`UPDATE exceptions SET state = 'new', resolved_at = NULL, resolution = ''`)
	w.after(time.Second)
	if n := w.asked.Load(); n != 1 {
		t.Errorf("afterwards asked %d times", n)
	}
	w.sql(`UPDATE exceptions SET standing = false, state = 'resolved', resolved_at = now()`)
	w.after(time.Hour)
	var ended bool
	if err := w.db.Pool.QueryRow(t.Context(), `SELECT ended_at IS NOT NULL FROM catch_ups`).Scan(&ended); err != nil || !ended || w.asked.Load() != 1 {
		t.Errorf("ended %t, asked %d times, %v", ended, w.asked.Load(), err)
	}
}

// A wide hole is asked for part by part, and from its front again after its end.
func TestAWideHoleIsAskedForPartByPart(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE sequence_gaps SET first = 1, last = 20000`)
	w.sql(`UPDATE exceptions SET dedupe_key = 'API-08|erp|a|20000'`)
	w.erp.Counts("a", 15001)
	w.after(10 * time.Second)
	for range 2 {
		w.after(time.Hour)
	}
	told := w.told()
	if len(told) != 3 || !strings.Contains(told[0], "1 to 10000 once more. erp no longer has any of these; the others are asked for next.") ||
		!strings.Contains(told[1], "10001 to 20000 once more. erp still has 1 of the 10000") || !strings.Contains(told[2], "1 to 10000 once more.") {
		t.Errorf("the history says %q", told)
	}
}
