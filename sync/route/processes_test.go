package route_test

import (
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

// TestTwoProcessesDeliverAsOne runs two routers on one database: each event
// arrives once and in order, and the second goes on where the first has died.
func TestTwoProcessesDeliverAsOne(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t, 500, 204, 503)
	w.subscribe("planning", url)
	other := w.process()
	var want []int
	for n := range 20 {
		w.apply(3, 2*n+1, 2*n+2)
		want = append(want, 2*n+1, 2*n+2)
		for _, router := range []*route.Router{w.router, other, w.router} {
			if _, err := router.RunOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.router.Wait()
	other.Wait()
	w.settle()
	if !slices.Equal(target.versions, want) {
		t.Errorf("versions arrived as %v", target.versions)
	}
	if got := w.text(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7629938 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); got != "1" {
		t.Errorf("%s locks on one subscription", got)
	}

	// What the server does when a process is killed.
	w.exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7629938 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	w.apply(3, 41)
	if _, err := other.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	w.apply(3, 42)
	w.settle() // the first believes that it still has the lock, and asks before it delivers
	if _, err := other.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if want = append(want, 41, 42); !slices.Equal(target.versions, want) {
		t.Errorf("versions arrived as %v", target.versions)
	}
}

func TestALagBeyondTheMaximumDisables(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(3, 1, 2)
	w.exec(`UPDATE subscriptions SET state = 'paused'`)
	later := func(by time.Duration) func(*route.Config) {
		return func(c *route.Config) { c.Now = func() time.Time { return time.Now().Add(by) } }
	}
	run := func(by time.Duration) {
		t.Helper()
		router := w.process(later(by))
		if _, err := router.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		router.Wait()
		router.Release()
	}
	run(6 * 24 * time.Hour)
	if got := w.text(`SELECT state FROM subscriptions`); got != "paused" {
		t.Fatalf("it is %s within its lag", got)
	}
	partitions := store.NewPartitions(w.db)
	if dropped, err := partitions.Drop(t.Context(), time.Now()); err != nil || dropped {
		t.Fatalf("retention passed a paused subscription: %v, %v", dropped, err)
	}
	run(8 * 24 * time.Hour)
	if got := w.text(`SELECT state || ': ' || (disabled_why LIKE 'It has been behind since %') FROM subscriptions`); got != "disabled: true" {
		t.Fatalf("it is %s", got)
	}
	failing, err := store.NewConditions(w.db).FailingRoutes(t.Context(), 3)
	if err != nil || len(failing) != 1 || failing[0].Disabled == "" {
		t.Fatalf("no exception comes of it: %+v, %v", failing, err)
	}
	if err := store.NewFailures(w.db).SetRouteState(t.Context(), "planning", string(models.SubscriptionActive), "ida", "mended"); err != nil {
		t.Fatal(err)
	}
	run(0)
	if !slices.Equal(target.versions, []int{1, 2}) {
		t.Errorf("after it was resumed %v arrived", target.versions)
	}
}
