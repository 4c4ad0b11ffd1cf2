package route_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store"
)

// TestARouteIsRewoundToAPosition: in its shard delivery begins again with that
// very event, inside of its batch, and in the others at the same instant.
func TestARouteIsRewoundToAPosition(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(5, 10)
	w.exec(`UPDATE changes SET applied_at = applied_at - interval '2 hours'`)
	w.apply(3, 1, 2, 3)
	w.apply(5, 11)
	w.apply(3, 4)
	w.exec(`UPDATE shard_cursors SET seq = (SELECT max(seq) FROM events)`)
	routes := store.NewFailures(w.db)
	second := w.seqOf(3, 2)
	if _, err := routes.RewindToEvent(t.Context(), "planning", second); models.CodeOf(err) != models.CodeConflict || !strings.Contains(err.Error(), "by itself") {
		t.Errorf("back to what has not been delivered yet: %v", err)
	}
	w.settle()
	to, err := routes.RewindToEvent(t.Context(), "planning", second)
	if err != nil || to.Shard != 3 || to.Seq != second || to.Pos == 0 {
		t.Fatalf("the position is %+v, %v", to, err)
	}
	plan, err := routes.PlanRewind(t.Context(), "planning", to)
	if err != nil || plan.Events != 4 || plan.Superseded != 3 {
		t.Errorf("the plan is %+v, %v, want four events of one key", plan, err)
	}
	if err := routes.RewindRoute(t.Context(), "planning", to, "ida", "It lost one."); err != nil {
		t.Fatal(err)
	}
	target.versions = nil
	w.settle()
	slices.Sort(target.versions)
	if want := []int{2, 3, 4, 11}; !slices.Equal(target.versions, want) {
		t.Errorf("versions %v came again, want %v", target.versions, want)
	}
	if _, err := routes.RewindToEvent(t.Context(), "planning", 999_999); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("back to an event that never was: %v", err)
	}
	if _, err := routes.RewindToDelivery(t.Context(), "nobody", 1); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("back to a delivery of another route: %v", err)
	}
	w.exec(`INSERT INTO change_horizons (shard, pos) SELECT shard, max(pos) FROM changes WHERE shard = 3 GROUP BY shard`)
	if _, err := routes.RewindToEvent(t.Context(), "planning", second); models.CodeOf(err) != models.CodeConflict || !strings.Contains(err.Error(), "Retention") {
		t.Errorf("back to what retention has taken: %v", err)
	}
}

func TestARouteIsRewoundToADelivery(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(3, 1)
	w.settle()
	w.apply(3, 2)
	w.settle()
	w.apply(3, 3)
	w.settle()
	routes := store.NewFailures(w.db)
	page, err := routes.Deliveries(t.Context(), models.DeliveryQuery{Subscription: "planning", Limit: 10})
	if err != nil || len(page.Rows) != 3 {
		t.Fatalf("%d deliveries, %v", len(page.Rows), err)
	}
	to, err := routes.RewindToDelivery(t.Context(), "planning", page.Rows[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := routes.RewindRoute(t.Context(), "planning", to, "ida", "It lost two."); err != nil {
		t.Fatal(err)
	}
	target.versions = nil
	w.settle()
	if want := []int{2, 3}; !slices.Equal(target.versions, want) {
		t.Errorf("versions %v came again, want %v", target.versions, want)
	}
	if got := w.text(`SELECT after::text FROM audit WHERE action = 'route.rewind'`); !strings.Contains(got, `"from_seq"`) {
		t.Errorf("the audit says %s", got)
	}
}

func (w *world) seqOf(shard, version int) (seq int64) {
	w.t.Helper()
	err := w.db.Pool.QueryRow(w.t.Context(), `SELECT seq FROM events WHERE shard = $1 AND data::jsonb ->> 'version' = $2`, shard, strconv.Itoa(version)).Scan(&seq)
	if err != nil {
		w.t.Fatal(err)
	}
	return seq
}
