package store_test

import (
	"slices"
	"testing"

	"throughline/models"
	"throughline/models/store"
)

func TestRoutesSayHowFarBehindTheyAre(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	routes, err := failures.RouteStatuses(t.Context(), lastMinutes(10), "")
	if err != nil {
		t.Fatal(err)
	}
	named := func(name string) models.RouteStatus {
		return find(t, routes, name, func(r models.RouteStatus) bool { return r.Name == name })
	}
	if f := named("forecasting"); f.Backlog != 1 || f.Failed != 6 || f.LastAt != nil || f.OldestAt == nil {
		t.Errorf("forecasting is %+v, want one event behind after 6 failures", f)
	}
	if r := named("replenishment"); r.Backlog != 0 || r.Delivered != 1 || r.LastAt == nil {
		t.Errorf("replenishment is %+v, want nothing behind and one delivered", r)
	}
}

func TestADeliveryKnowsItsMessage(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	list, err := failures.Deliveries(t.Context(), models.DeliveryQuery{Subscription: "forecasting", Failed: true, Limit: 10})
	failed := list.Rows
	if err != nil || len(failed) != 6 {
		t.Fatalf("%d failed deliveries (%v), want 6", len(failed), err)
	}
	one, tries, err := failures.Delivery(t.Context(), failed[0].ID)
	if err != nil || len(tries) != 6 || tries[0].Attempt != 1 || one.Attempt != 6 {
		t.Errorf("attempt %d of %d (%v), want the sixth of six", one.Attempt, len(tries), err)
	}
	events, err := failures.DeliveredEvents(t.Context(), one, 10)
	if err != nil || len(events) != 1 || events[0].Seq != 1 {
		t.Errorf("the message holds %+v (%v), want event 1", events, err)
	}
	if _, _, err := failures.Delivery(t.Context(), 9999); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a delivery that never was: %v, want not found", err)
	}
}

func TestDeliveriesAreSortedInPages(t *testing.T) {
	failures := store.NewFailures(integrationDesk(t))
	walk := func(by models.Sorting) (ids []int64) {
		query := models.DeliveryQuery{Subscription: "forecasting", By: by, Limit: 2}
		for {
			page, err := failures.Deliveries(t.Context(), query)
			if err != nil {
				t.Fatalf("by %s: %v", by, err)
			}
			for _, d := range page.Rows {
				ids = append(ids, d.ID)
			}
			if query.After = page.Next; page.Next == "" {
				return ids
			}
		}
	}
	own := walk(models.Sorting{})
	for _, column := range []string{"when", "outcome", "events", "attempt", "took", "answer"} {
		up, down := walk(models.Sorting{Key: column}), walk(models.Sorting{Key: column, Descending: true})
		if slices.Reverse(down); len(up) != len(own) || !slices.Equal(up, down) {
			t.Errorf("by %s: %v, descending from its end %v", column, up, down)
		}
	}
	if by := walk(models.Sorting{Key: "nothing"}); !slices.Equal(by, own) {
		t.Errorf("by an unknown column: %v, want %v", by, own)
	}
}

func TestPausingARouteLeavesAnAuditRow(t *testing.T) {
	db := integrationDesk(t)
	failures := store.NewFailures(db)
	if err := failures.SetRouteState(t.Context(), "forecasting", "paused", "ivy", "Its maintenance."); err != nil {
		t.Fatal(err)
	}
	var rows int
	err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit JOIN subscriptions s ON subject = 'route:' || name
		WHERE actor = 'ivy' AND action = 'route.pause' AND reason = 'Its maintenance.' AND s.state = 'paused'`).Scan(&rows)
	if err != nil || rows != 1 {
		t.Errorf("%d audit rows beside the paused route (%v), want one", rows, err)
	}
	if err := failures.SetRouteState(t.Context(), "forecasting", "paused", "ivy", "Again."); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("pausing twice: %v, want a conflict", err)
	}
	if err := failures.SetRouteState(t.Context(), "nowhere", "paused", "ivy", "x"); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("pausing what is not there: %v, want not found", err)
	}
}

func TestAnERPWriteTellsItsAttempts(t *testing.T) {
	db := integrationDesk(t)
	var id int64
	if err := db.Pool.QueryRow(t.Context(), `SELECT id FROM erp_writes WHERE recommendation = 'REC-2'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	write, err := store.NewFailures(db).ERPWrite(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(write.Tries) != 3 || write.Tries[2].Outcome != models.OutcomeRefused || write.Actor != "ann" || !write.Open() || len(write.Exceptions) != 1 ||
		write.Request.Supplier != "S1" || write.Item != "22423" {
		t.Errorf("the write is %+v", write)
	}
	const sent = `{"recommendation":"REC-2","quantity":"24"}`
	if _, err := db.Pool.Exec(t.Context(), `
		INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, data)
		SELECT 9000, 0, now(), now(), 'replenishment', 'rec-2', 'throughline.replenishment.recommendation.v1', 'recommendation:REC-2', $1`, sent); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), `UPDATE recommendations SET seq = 9000 WHERE recommendation = 'REC-2'`); err != nil {
		t.Fatal(err)
	}
	if write, err := store.NewFailures(db).ERPWrite(t.Context(), id); err != nil || write.Received != sent {
		t.Errorf("what the write rests on came as %q (%v)", write.Received, err)
	}
	if _, err := store.NewFailures(db).ERPWrite(t.Context(), 9999); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("a write that never was: %v, want not found", err)
	}
}
