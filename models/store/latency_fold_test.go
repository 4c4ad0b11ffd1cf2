package store_test

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// countLatency counts events of two DCs and of none in some of the minutes of three
// days before the horizon, at two shards of the real-time lane and one of the bulk lane.
func countLatency(t *testing.T, db *store.DB) {
	t.Helper()
	random, rollups := rand.New(rand.NewPCG(1, 2)), store.NewRollups(db, nil)
	for _, shard := range []int16{0, 1, 8} {
		add := map[store.LatencyKey]*models.Histogram{}
		for minute := old(3); minute.Before(horizon); minute = minute.Add(time.Duration(1+random.IntN(40)) * time.Minute) {
			for _, dc := range []string{"LON", "ROT", ""} {
				for _, stage := range []models.LatencyStage{models.LatencyTotal, models.LatencyApply} {
					h := &models.Histogram{}
					h.Add(time.Duration(random.IntN(1e9)))
					add[store.LatencyKey{Minute: minute, DC: dc, Entity: "inventory", Stage: string(stage), Shard: shard}] = h
				}
			}
		}
		if err := pgx.BeginFunc(t.Context(), db.Pool, func(tx pgx.Tx) error { return rollups.Add(t.Context(), tx, add) }); err != nil {
			t.Fatal(err)
		}
	}
}

// latencies is all that can be asked of a period.
type latencies struct {
	Cells                []models.LatencyCell
	Minutes, Hours, Days []models.LatencyPoint
}

func readLatencies(t *testing.T, db *store.DB, q models.LatencyQuery) (all latencies) {
	t.Helper()
	latency := store.NewLatency(db)
	var err error
	if all.Cells, err = latency.Matrix(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	for step, points := range map[time.Duration]*[]models.LatencyPoint{time.Minute: &all.Minutes, time.Hour: &all.Hours, 24 * time.Hour: &all.Days} {
		if *points, err = latency.Series(t.Context(), q, step); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestFoldedHoursTellWhatTheirMinutesTold asks about periods that begin and end
// within hours, before, while and after their hours are folded by two processes at
// a time, and about whole hours when their minutes are gone.
func TestFoldedHoursTellWhatTheirMinutesTold(t *testing.T) {
	db := storetest.New(t)
	if n := rowsOf(t, db, `shard_cursors WHERE shard IN (0, 1) AND lane = 'realtime' OR shard = 8 AND lane = 'bulk'`); n != 3 {
		t.Fatal("the shards are of other lanes")
	}
	countLatency(t, db)
	both := []models.LatencyStage{models.LatencyTotal, models.LatencyApply}
	queries := []models.LatencyQuery{
		{Period: models.Period{From: old(3), To: horizon}, Stages: both},
		{Period: models.Period{From: old(3).Add(17 * time.Minute), To: horizon.Add(-43 * time.Minute)}, DC: "LON", Entity: "inventory"},
		{Period: models.Period{From: old(2).Add(59 * time.Minute), To: old(2).Add(61 * time.Minute)}, NoDC: true},
		{Period: models.Period{From: old(1).Add(-90 * time.Minute), To: old(1).Add(90 * time.Minute)}, Stages: both},
	}
	var told []latencies
	for _, q := range queries {
		told = append(told, readLatencies(t, db, q))
	}
	if len(told[0].Cells) != 6 || len(told[0].Days) != 3 {
		t.Fatalf("%d cells and %d days", len(told[0].Cells), len(told[0].Days))
	}
	wantSame := func(when string) {
		t.Helper()
		for i, q := range queries {
			if got := readLatencies(t, db, q); !reflect.DeepEqual(got, told[i]) {
				t.Errorf("%s, %v tells %+v, want %+v", when, q, got, told[i])
			}
		}
	}
	latency := store.NewLatency(db)
	if folded, err := latency.FoldHour(t.Context(), horizon); !folded || err != nil {
		t.Fatalf("the first hour: %v, %v", folded, err)
	}
	wantSame("when one hour is folded")
	var processes errgroup.Group
	for range 2 {
		processes.Go(func() error {
			for {
				if folded, err := latency.FoldHour(t.Context(), old(1).Add(10*time.Minute)); !folded || err != nil {
					return err
				}
			}
		})
	}
	if err := processes.Wait(); err != nil {
		t.Fatal(err)
	}
	wantSame("when two days are folded")
	if n := rowsOf(t, db, `latency_hour_spreads WHERE hour >= '2026-03-08'`); n != 0 {
		t.Errorf("%d rows are of hours that go on", n)
	}
	seed(t, db, `DELETE FROM latency_rollups WHERE minute < $1`, old(1))
	if got := readLatencies(t, db, queries[0]); !reflect.DeepEqual(got.Cells, told[0].Cells) || !reflect.DeepEqual(got.Hours, told[0].Hours) || !reflect.DeepEqual(got.Days, told[0].Days) {
		t.Errorf("without minutes: %+v, want %+v", got, told[0])
	}
}
