package route_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/circuit"
	"throughline/sync/route"
)

// picky takes what it is sent but for messages with some versions, which it
// refuses in words of its own.
type picky struct {
	t *testing.T

	mu       sync.Mutex
	refuses  map[int]bool
	alone    map[int]int // how often it also refuses a version that comes alone
	all      bool
	recovers func() bool // ends all; nil never
	versions []int
	calls    int
}

func newPicky(t *testing.T, refuses ...int) (*picky, string) {
	t.Helper()
	p := &picky{t: t, refuses: map[int]bool{}}
	for _, version := range refuses {
		p.refuses[version] = true
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, server.URL
}

func (p *picky) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	body, err := io.ReadAll(request.Body)
	if err != nil {
		p.t.Error(err)
	}
	var events []struct{ Data struct{ Version int } }
	if err := json.Unmarshal(body, &events); err != nil {
		p.t.Error(err)
	}
	p.all = p.all && (p.recovers == nil || !p.recovers())
	var versions []int
	for _, e := range events {
		moment := len(events) == 1 && p.alone[e.Data.Version] > 0
		if moment {
			p.alone[e.Data.Version]--
		}
		if moment || p.all || p.refuses[e.Data.Version] {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = io.WriteString(w, "no such bin")
			return
		}
		versions = append(versions, e.Data.Version)
	}
	p.versions = append(p.versions, versions...)
	w.WriteHeader(http.StatusNoContent)
}

func (p *picky) set(change func(*picky)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// aside are the events that a route has set aside, those that nobody decided on yet.
func (w *world) aside() []models.RefusedEvent {
	w.t.Helper()
	all, err := store.NewFailures(w.db).Refused(w.t.Context(), "planning", models.RefusedQuery{Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestTheEventToBlameIsSetAsideAndTheRestGoesOn(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t, 77)
	w.subscribe("planning", url)
	var versions []int
	for v := range 200 {
		versions = append(versions, v+1)
	}
	w.apply(3, versions...)
	w.settle()
	w.apply(3, 201, 202)
	w.settle()
	want := slices.DeleteFunc(append(versions, 201, 202), func(v int) bool { return v == 77 })
	if !slices.Equal(target.versions, want) {
		t.Errorf("%d events arrived, or out of order, or more than once", len(target.versions))
	}
	aside := w.aside()
	if len(aside) != 1 || aside[0].Event.ID != "e77" || aside[0].Status != http.StatusUnprocessableEntity || aside[0].Answer != "no such bin" {
		t.Fatalf("set aside is %+v", aside)
	}
	if aside[0].Passed != 125 {
		t.Errorf("%d later events of its key are said to have passed it, want 125", aside[0].Passed)
	}
	if target.calls > 3+2*8+1 {
		t.Errorf("%d calls for one event that is refused", target.calls)
	}
	if got := w.text(`SELECT failures FROM subscriptions`); got != "0" {
		t.Errorf("a target that answers has %s failures", got)
	}
}

// TestARefusalIsNoFailureOfTheTarget has other shards of the same target go on.
func TestARefusalIsNoFailureOfTheTarget(t *testing.T) {
	w := newWorld(t)
	circuits := circuit.NewSet(store.NewCircuits(w.db))
	w.router = w.process(func(c *route.Config) { c.Circuits, c.CircuitAfter = circuits, 2 })
	target, url := newPicky(t, 1, 2)
	w.subscribe("planning", url)
	w.apply(0, 1)
	w.apply(1, 2)
	w.apply(2, 3)
	w.settle()
	if !slices.Equal(target.versions, []int{3}) || len(w.aside()) != 2 {
		t.Errorf("%v arrived and %d are set aside", target.versions, len(w.aside()))
	}
	if _, err := circuits.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.text(`SELECT state FROM circuits`); got != string(models.CircuitClosed) {
		t.Errorf("the circuit is %s", got)
	}
}

// TestATargetThatRefusesEverythingLosesNothing has a contract that no longer
// holds: only a few events are set aside, and the others wait.
func TestATargetThatRefusesEverythingLosesNothing(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t)
	target.all = true
	w.router = w.process(func(c *route.Config) {
		c.CircuitAfter = 1000
		c.Retries[models.RetryTransient] = models.RetryPolicy{First: 1, Cap: 1, Deadline: 1}
	})
	w.subscribe("planning", url)
	var versions []int
	for v := range 50 {
		versions = append(versions, v+1)
	}
	w.apply(0, versions...)
	w.settle()
	if n := len(w.aside()); n != 10 {
		t.Errorf("%d events are set aside by a target that refuses everything", n)
	}
	if got := w.text(`SELECT state FROM subscriptions`); got != string(models.SubscriptionDisabled) {
		t.Errorf("the route is %s, want disabled at the deadline of a target that is down", got)
	}
	target.set(func(p *picky) { p.all = false })
	if err := store.NewFailures(w.db).SetRouteState(t.Context(), "planning", "active", "ivy", "It is mended."); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if !slices.Equal(target.versions, versions[10:]) {
		t.Errorf("%v arrived, want what waited, once", target.versions)
	}
}

func TestWhatWasSetAsideIsDeliveredAgainOrDiscarded(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t, 1, 2, 3)
	w.subscribe("planning", url)
	w.apply(0, 1, 2, 3, 4)
	w.settle()
	failures, aside := store.NewFailures(w.db), w.aside()
	if len(aside) != 3 {
		t.Fatalf("%d are set aside", len(aside))
	}
	first, second, third := aside[2], aside[1], aside[0]
	err := w.router.Redeliver(t.Context(), first)
	if models.CodeOf(err) != models.CodeConflict {
		t.Errorf("refused again: %v", err)
	}
	if again, err := failures.RefusedEvent(t.Context(), "planning", first.ID); err != nil || again.Attempts != first.Attempts+1 || again.State != models.RefusedOpen {
		t.Errorf("%+v (%v)", again, err)
	}
	target.set(func(p *picky) { p.refuses = map[int]bool{} })
	if err := w.router.Redeliver(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := failures.DiscardRefused(t.Context(), "planning", second.ID, "ivy", "It was a test."); err != nil {
		t.Fatal(err)
	}
	for _, settled := range []models.RefusedEvent{first, second} {
		if err := failures.DiscardRefused(t.Context(), "planning", settled.ID, "ivy", "Again."); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("decided twice: %v", err)
		}
	}
	if got := w.text(`SELECT count(*) FROM audit WHERE action = 'route.discard' AND actor = 'ivy' AND reason = 'It was a test.'`); got != "1" {
		t.Errorf("%s audit rows for a discard", got)
	}
	if err := failures.RewindRoute(t.Context(), "planning", models.RewindTo{Since: third.AppliedAt}, "ivy", "All again."); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.text(`SELECT string_agg(state, ' ' ORDER BY seq) FROM refused_events`); got != "delivered discarded delivered" {
		t.Errorf("they are %s", got)
	}
	if want := []int{4, 1, 1, 2, 3, 4}; !slices.Equal(target.versions, want) {
		t.Errorf("%v arrived, want %v", target.versions, want)
	}
}

func TestWhatPassedARefusedEventIsCountedOnce(t *testing.T) {
	w := newWorld(t)
	_, url := newPicky(t, 1)
	w.subscribe("planning", url)
	w.apply(0, 1)
	w.apply(0, 2)
	w.apply(0, 3)
	w.settle()
	failures := store.NewFailures(w.db)
	for _, back := range []string{"2", "1"} { // to what passed it, then to itself
		var since time.Time
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT applied_at FROM changes WHERE from_seq = `+back).Scan(&since); err != nil {
			t.Fatal(err)
		}
		if err := failures.RewindRoute(t.Context(), "planning", models.RewindTo{Since: since}, "ivy", "All again."); err != nil {
			t.Fatal(err)
		}
		w.settle()
		if aside := w.aside(); len(aside) != 1 || aside[0].Passed != 2 {
			t.Errorf("after a rewind to %s: %+v", back, aside)
		}
	}
	w.apply(0, 4)
	w.settle()
	if aside := w.aside(); aside[0].Passed != 3 {
		t.Errorf("after another: %d", aside[0].Passed)
	}
}

// An event that was itself set aside passes an older one when it is delivered again.
func TestARefusedEventThatIsDeliveredAgainPassesAnOlderOne(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t, 1, 2)
	w.subscribe("planning", url)
	w.apply(0, 1, 2, 3)
	w.settle()
	target.set(func(p *picky) { delete(p.refuses, 2) })
	if err := w.router.Redeliver(t.Context(), w.aside()[0]); err != nil {
		t.Fatal(err)
	}
	if aside := w.aside(); len(aside) != 1 || aside[0].Passed != 2 {
		t.Errorf("%+v", aside)
	}
}

// A subscriber may take its time to answer: the database must not wait with it.
func TestADecisionHoldsNoConnectionWhileItIsSent(t *testing.T) {
	w := newWorld(t)
	_, url := newPicky(t, 1)
	w.subscribe("planning", url)
	w.apply(0, 1)
	w.settle()
	failures, id, before := store.NewFailures(w.db), w.aside()[0].ID, w.db.Pool.Stat().AcquiredConns()
	sent := func(ctx context.Context, _ models.RefusedEvent) error {
		if during := w.db.Pool.Stat().AcquiredConns(); during != before {
			t.Errorf("%d connections are taken, %d before", during, before)
		}
		again := func(context.Context, models.RefusedEvent) error { t.Error("it is sent twice"); return nil }
		if err := failures.DecideRefused(ctx, "planning", id, again); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("somebody else delivers it too: %v", err)
		}
		if err := failures.DiscardRefused(ctx, "planning", id, "ivy", "No."); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("somebody discards it meanwhile: %v", err)
		}
		return nil
	}
	for range 2 { // the second finds it free again
		if err := failures.DecideRefused(t.Context(), "planning", id, sent); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsTakenAsTheCallerLeavesIsSettled(t *testing.T) {
	w := newWorld(t)
	target, url := newPicky(t, 1)
	w.subscribe("planning", url)
	w.apply(0, 1)
	w.settle()
	event := w.aside()[0]
	target.set(func(p *picky) { p.refuses, p.calls = nil, 0 })
	ctx, leave := context.WithCancel(t.Context())
	router := w.process(func(c *route.Config) {
		c.Now = func() time.Time { // the clock is read once the answer is there
			target.set(func(p *picky) {
				if p.calls > 0 {
					leave()
				}
			})
			return time.Now()
		}
	})
	if err := router.Redeliver(ctx, event); err != nil || ctx.Err() == nil {
		t.Errorf("delivered again: %v, and the caller: %v", err, ctx.Err())
	}
	if n := len(w.aside()); n != 0 {
		t.Errorf("%d are set aside", n)
	}
}
