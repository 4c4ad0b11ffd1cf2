package route_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/route"
)

// impatient is a process at an instant that gives a message up after two minutes.
func (w *world) impatient(now time.Time) *route.Router {
	return w.process(func(c *route.Config) {
		policy := models.RetryPolicy{First: 40 * time.Second, Factor: 1, Cap: 40 * time.Second, Deadline: 2 * time.Minute}
		c.Retries = models.RetryPolicies{models.RetryTransient: policy, models.RetryRateLimited: policy}
		c.Now = func() time.Time { return now }
	})
}

// tryOnce lets a process try once, and ends it when the attempt has led to something.
func (w *world) tryOnce(now time.Time, led func() bool) {
	w.t.Helper()
	router := w.impatient(now)
	ctx, stop := context.WithCancel(w.t.Context())
	if _, err := router.RunOnce(ctx); err != nil {
		w.t.Fatal(err)
	}
	storetest.Eventually(w.t, "the attempt", led)
	stop()
	router.Wait()
	router.Release()
}

func TestARestartGivesADeliveryNoNewLife(t *testing.T) {
	w := newWorld(t)
	_, url := newReceiver(t, slices.Repeat([]int{http.StatusServiceUnavailable}, 4)...)
	w.subscribe("planning", url)
	start := time.Now().Add(time.Second)
	is := func(sql, want string) func() bool { return func() bool { return w.text(sql) == want } }
	const tried, state = `SELECT count(*) FROM deliveries`, `SELECT state FROM subscriptions`

	w.apply(3, 1)
	w.tryOnce(start, is(tried, "1"))
	w.apply(3, 2) // the next process carries more in one message, under another id
	w.tryOnce(start.Add(time.Minute), is(tried, "2"))
	if got := w.text(state); got != string(models.SubscriptionActive) {
		t.Fatalf("%s a minute after the first attempt", got)
	}
	w.tryOnce(start.Add(100*time.Second), is(state, string(models.SubscriptionDisabled)))
	if got := w.text(`SELECT count(*) || ' in ' || count(DISTINCT message_id) FROM deliveries`); got != "3 in 2" {
		t.Errorf("tried were %s messages, want the short one and twice the long one", got)
	}

	if err := store.NewFailures(w.db).SetRouteState(t.Context(), "planning", string(models.SubscriptionActive), "ida", "It is back."); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE subscriptions SET active_since = $1`, start.Add(101*time.Second))
	w.tryOnce(start.Add(110*time.Second), is(tried, "4"))
	if got := w.text(state); got != string(models.SubscriptionActive) {
		t.Errorf("%s although somebody resumed it a moment ago", got)
	}
}
