package route_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/circuit"
	"throughline/sync/route"
)

// hurried is a clock whose pauses pass at once.
type hurried struct {
	mu sync.Mutex
	at time.Time
}

func (h *hurried) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hurried) after(d time.Duration) <-chan time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
	done := make(chan time.Time, 1)
	done <- h.at
	return done
}

// TestATargetThatComesBackGetsAllInOrderAtACappedRate has a target fail for
// seven calls and then take what has gathered.
func TestATargetThatComesBackGetsAllInOrderAtACappedRate(t *testing.T) {
	w := newWorld(t)
	clock := &hurried{at: time.Now().UTC().Truncate(time.Microsecond)}
	circuits := circuit.NewSet(store.NewCircuits(w.db))
	w.router = w.process(func(c *route.Config) {
		c.Now, c.After, c.Circuits = clock.now, clock.after, circuits
		c.Retries, c.CircuitAfter, c.DrainRate = retries(time.Second, time.Minute), 3, 2
	})
	down := slices.Repeat([]int{http.StatusServiceUnavailable}, 7)
	target, url := newReceiver(t, down...)
	w.subscribe("planning", url)
	var versions []int // four messages
	for v := range 800 {
		versions = append(versions, v+1)
	}
	w.apply(3, versions...)
	began := clock.now()
	w.settle()
	if !slices.Equal(target.versions, versions) {
		t.Errorf("%d versions arrived, or out of order", len(target.versions))
	}
	if len(target.messages) != 7+4 {
		t.Errorf("%d calls for 7 failures and 4 messages", len(target.messages))
	}
	// Four probes failed, each after a pause of at least 12.8 s.
	if took := clock.now().Sub(began); took < 50*time.Second {
		t.Errorf("the target was left alone for %s only", took)
	}
	if got := w.text(`SELECT max(ended_at) - min(ended_at) >= interval '1 second' FROM deliveries WHERE outcome = 'delivered'`); got != "true" {
		t.Error("what had gathered went out faster than two messages a second")
	}
	if _, err := circuits.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.text(`SELECT state FROM circuits WHERE target = 'route:planning'`); got != string(models.CircuitRecovering) {
		t.Errorf("the circuit is %s", got)
	}
	w.settle() // nothing is behind
	if _, err := circuits.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.text(`SELECT state || ' ' || failures FROM circuits WHERE target = 'route:planning'`); got != "closed 0" {
		t.Errorf("the circuit is %s, want closed", got)
	}
}

// TestOneProbeSpeaksForAllShards has eight shards wait for a target that is down.
func TestOneProbeSpeaksForAllShards(t *testing.T) {
	w := newWorld(t)
	circuits := circuit.NewSet(store.NewCircuits(w.db))
	w.router = w.process(func(c *route.Config) {
		c.Circuits, c.CircuitAfter, c.Concurrency = circuits, 1, 1
		c.Retries = retries(time.Hour, time.Hour)
	})
	target, url := newReceiver(t, http.StatusBadGateway)
	w.subscribe("planning", url)
	for shard := range int16(6) {
		w.apply(shard, int(shard)+1)
	}
	if _, err := w.router.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	failures := store.NewFailures(w.db)
	storetest.Eventually(t, "a delivery that failed", func() bool { return w.text(`SELECT count(*) FROM deliveries`) != "0" })
	if err := failures.RetryRoute(t.Context(), "planning", "ivy", "It is back."); err != nil {
		t.Fatal(err)
	}
	w.router.Wait()
	if len(target.versions) != 6 {
		t.Errorf("%d of 6 events arrived after a person asked for a probe", len(target.versions))
	}
}
