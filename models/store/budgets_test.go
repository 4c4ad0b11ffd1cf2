package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestBudgetsCountWhatWasLateByItsTarget adds minutes to the rollups as apply
// does, twice for one of them, with a target of its own for one entity.
func TestBudgetsCountWhatWasLateByItsTarget(t *testing.T) {
	db := storetest.New(t)
	targets := func() models.Targets {
		return models.Targets{{Name: "stock", Entity: "inventory", Freshness: time.Hour, Latency: time.Second}}
	}
	var realtime, bulk int16
	err := db.Pool.QueryRow(t.Context(), `SELECT min(shard) FILTER (WHERE lane = 'realtime'), min(shard) FILTER (WHERE lane = 'bulk') FROM shard_cursors`).Scan(&realtime, &bulk)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 9, 12, 30, 0, 0, time.UTC)
	rollups := store.NewRollups(db, targets)
	add := func(minutesAgo int, entity string, stage models.LatencyStage, shard int16, took time.Duration, n uint64) {
		t.Helper()
		var h models.Histogram
		h.AddN(took, n)
		key := store.LatencyKey{Minute: now.Add(-time.Duration(minutesAgo) * time.Minute), DC: "LON", Entity: entity, Stage: string(stage), Shard: shard}
		tx, err := db.Pool.Begin(t.Context())
		if err == nil {
			err = rollups.Add(t.Context(), tx, map[store.LatencyKey]*models.Histogram{key: &h})
		}
		if err == nil {
			err = tx.Commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const total = models.LatencyTotal
	add(1, "inventory", total, realtime, 100*time.Millisecond, 8)
	add(1, "inventory", total, realtime, 3*time.Second, 2) // the same minute again: late by its own target
	add(1, "forecast", total, realtime, 3*time.Second, 5)  // in time by the usual one
	add(4*60, "inventory", total, realtime, 3*time.Second, 10)
	add(1, "inventory", models.LatencyApply, realtime, time.Minute, 50) // a part of the way
	add(1, "inventory", total, bulk, time.Hour, 50)                     // history, which waits in its own lane
	add(40*24*60, "inventory", total, realtime, time.Minute, 50)        // before the period
	got, err := store.NewBudgets(db, targets).Read(t.Context(), now)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if b := got[0]; b.Entity != "forecast" || b.Target != models.LatencyTarget || b.Period != (models.LateShare{Events: 5}) {
		t.Errorf("forecasts: %+v", b)
	}
	b := got[1]
	if b.Target != time.Second || b.Period != (models.LateShare{Events: 20, Late: 12}) {
		t.Errorf("stock: %+v", b)
	}
	if b.Burns[0] != (models.LateShare{Events: 10, Late: 2}) || b.Burns[1] != b.Period || b.Burns[2] != b.Period {
		t.Errorf("by window: %+v", b.Burns)
	}
}
