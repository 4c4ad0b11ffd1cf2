package route_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

func TestASkippedMessageLetsTheRestThrough(t *testing.T) {
	w := newWorld(t)
	w.router = w.process(func(c *route.Config) { c.Retries = retries(time.Hour, time.Hour) })
	target, url := newReceiver(t, http.StatusServiceUnavailable)
	w.subscribe("planning", url)
	w.apply(3, 1, 2)
	if _, err := w.router.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	failures := store.NewFailures(w.db)
	var failed []models.DeliveryAttempt
	for deadline := time.Now().Add(20 * time.Second); len(failed) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("no delivery failed")
		}
		page, err := failures.Deliveries(t.Context(), models.DeliveryQuery{Subscription: "planning", Failed: true, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		failed = page.Rows
	}
	if blocks, err := failures.Blocks(t.Context(), failed[0]); err != nil || !blocks {
		t.Errorf("the message blocks: %v (%v)", blocks, err)
	}
	if err := failures.SkipMessage(t.Context(), failed[0], "ivy", "Never understood."); err != nil {
		t.Fatal(err)
	}
	if err := failures.SkipMessage(t.Context(), failed[0], "ivy", "Again."); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("skipped twice: %v, want a conflict", err)
	}
	w.router.Wait()
	w.apply(3, 3)
	w.settle()
	if !slices.Equal(target.versions, []int{3}) {
		t.Errorf("versions arrived as %v, want only what follows", target.versions)
	}
	if got := w.text(`SELECT count(*) FROM audit WHERE action = 'route.skip' AND actor = 'ivy' AND reason = 'Never understood.'`); got != "1" {
		t.Errorf("%s audit rows, want one", got)
	}
}
