package route_test

import (
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

func TestARouteIsRewound(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(3, 1, 2)
	w.apply(5, 10)
	w.exec(`UPDATE changes SET applied_at = applied_at - interval '2 hours'`)
	w.apply(3, 3)
	w.apply(5, 11)
	w.settle()
	routes := store.NewFailures(w.db)
	since := time.Now().Add(-time.Hour)
	to := models.RewindTo{Since: since}
	plan, err := routes.PlanRewind(t.Context(), "planning", to)
	if err != nil || plan.Events != 2 || plan.KeptSince == nil || plan.KeptSince.After(since) {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	w.exec(`INSERT INTO change_horizons (shard, pos) SELECT shard, max(pos) FROM changes WHERE shard = 5 GROUP BY shard`)
	if cut, err := routes.PlanRewind(t.Context(), "planning", to); err != nil || cut.Events != 1 {
		t.Errorf("what retention has gone through is planned all the same: %+v, %v", cut, err)
	}
	w.exec(`DELETE FROM change_horizons`)
	first := slices.Clone(target.messages)
	if err := routes.RewindRoute(t.Context(), "planning", to, "ida", "It lost an hour."); err != nil {
		t.Fatal(err)
	}
	target.versions = nil
	w.settle()
	slices.Sort(target.versions) // two shards have no order between them
	if want := []int{3, 11}; !slices.Equal(target.versions, want) {
		t.Errorf("versions %v came again, want %v", target.versions, want)
	}
	for _, id := range target.messages[len(first):] {
		if slices.Contains(first, id) {
			t.Errorf("message %s came again under its old id", id)
		}
	}
	if got := w.text(`SELECT actor || ': ' || reason FROM audit WHERE action = 'route.rewind'`); got != "ida: It lost an hour." {
		t.Errorf("the audit says %q", got)
	}
	err = routes.RewindRoute(t.Context(), "planning", models.RewindTo{Since: time.Now().Add(time.Hour)}, "ida", "Nothing.")
	if models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a rewind to the future: %v", err)
	}
	if err := routes.RewindRoute(t.Context(), "nobody", to, "ida", "Nothing."); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a rewind of nobody: %v", err)
	}
}
