package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
)

// consume reads what a consumer has not seen and advances it, shard by shard.
func (w *world) consume(consumer string, limit int) []store.Change {
	w.t.Helper()
	log := store.NewChanges(w.db)
	var all []store.Change
	for {
		news, err := log.Next(w.t.Context(), consumer, limit)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(news) == 0 {
			return all
		}
		for _, s := range news {
			all = append(all, s.Changes...)
			if err := pgx.BeginFunc(w.t.Context(), w.db.Pool, func(tx pgx.Tx) error {
				return log.Advance(w.t.Context(), tx, consumer, s)
			}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func TestConsumersSeeWhatTookEffectOnceInOrderReplaysIncluded(t *testing.T) {
	w := newWorld(t, smallBatches)
	log := store.NewChanges(w.db)
	if err := log.Register(t.Context(), "route:x", false); err != nil {
		t.Fatal(err)
	}
	w.masters(1, 1)
	conflict := event(t, "erp", "twice", models.TypeMovement, movement("I0", "D0", 3, "1", "0"))
	conflict.Conflict = true
	seqs := w.send(balance("I0", "D0", 2, "10", "0"), balance("I0", "D0", 1, "9", "0"), conflict, movement("I0", "D0", 4, "1", "0"),
		balance("I0", "D0", 5, "20", "0"))
	w.run()
	var got []int64
	for _, c := range w.consume("route:x", 1) {
		if c.Type != models.TypeSupplierChanged && c.Type != models.TypeItemChanged && c.Type != models.TypeLocationChanged {
			got = append(got, c.Seq)
		}
	}
	if want := []int64{seqs[0], seqs[4]}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("the consumer saw %v, want %v", got, want)
	}
	later := w.send(movement("I0", "D0", 6, "1", "0"))
	w.run()
	if _, err := w.engine.Discard(t.Context(), seqs[2:3], "ida", "a mistake"); err != nil {
		t.Fatal(err)
	}
	replays := w.consume("route:x", 100)
	if len(replays) != 1 || !replays[0].Replayed || replays[0].Seq != later[0] || replays[0].Data == "" {
		t.Fatalf("after the discard the consumer saw %+v, want the movement that waited behind it", replays)
	}
}

func TestAReplayIsServedWhenItsPartitionIsGone(t *testing.T) {
	w := newWorld(t)
	w.masters(0, 1)
	w.send(balance("I0", "D0", 1, "10", "0"))
	w.run()
	if err := store.NewChanges(w.db).Register(t.Context(), "watch", true); err != nil {
		t.Fatal(err)
	}
	if dropped, err := store.NewPartitions(w.db).Drop(t.Context(), time.Now()); err != nil || !dropped {
		t.Fatalf("drop: %v, %v", dropped, err)
	}
	if err := store.NewPartitions(w.db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	w.send(item("I0", 1))
	w.run()
	var seen []models.EventType
	for _, c := range w.consume("watch", 100) {
		seen = append(seen, c.Type)
	}
	if len(seen) != 2 {
		t.Fatalf("the consumer saw %v, want the item and the balance that waited for it", seen)
	}
	w.expectPosition("I0", "D0", "10/0 v1 b1")
	w.expectBooks()
}

func TestAnotherWorkerOfAConsumerIsFenced(t *testing.T) {
	w := newWorld(t)
	log := store.NewChanges(w.db)
	if err := log.Register(t.Context(), "live", false); err != nil {
		t.Fatal(err)
	}
	w.masters(1, 1)
	news, err := log.Next(t.Context(), "live", 100)
	if err != nil || len(news) == 0 {
		t.Fatalf("next: %v, %v", news, err)
	}
	if err := log.Advance(t.Context(), w.db.Pool, "live", news[0]); err != nil {
		t.Fatal(err)
	}
	if err := log.Advance(t.Context(), w.db.Pool, "live", news[0]); models.CodeOf(err) != models.CodeConflict {
		t.Fatalf("the second worker advanced: %v", err)
	}
	backlogs, err := log.Backlogs(t.Context(), time.Now())
	if err != nil || len(backlogs) != 2 { // live and the rollups
		t.Fatalf("backlogs: %+v, %v", backlogs, err)
	}
}

func TestRollupsCountEachAppliedEventOnceWithItsLatency(t *testing.T) {
	w := newWorld(t, smallBatches)
	w.masters(3, 2)
	for version := range int64(4) {
		w.send(balance("I0", "D0", version+1, "1", "0"), balance("I1", "D0", version+1, "1", "0"), balance("I2", "D1", version+1, "1", "0"))
		w.run()
	}
	w.send(balance("I0", "D0", 1, "1", "0")) // superseded: no useful row
	w.run()
	stats, err := store.NewLatency(w.db).Matrix(t.Context(), models.LatencyQuery{
		Entity: "inventory", Period: models.Period{From: epoch.Add(-time.Hour), To: time.Now().Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range stats {
		got = append(got, fmt.Sprintf("%q %d", s.DC, s.Spread.Count()))
		if p50, p95 := s.Spread.Quantile(0.5), s.Spread.Quantile(0.95); p95 < p50 || p95 > time.Since(epoch)+time.Second {
			t.Errorf("implausible latencies: p50 %s, p95 %s", p50, p95)
		}
	}
	if want := `["D0" 8 "D1" 4]`; fmt.Sprint(got) != want {
		t.Errorf("the rollups count %v, want %s", got, want)
	}
	if n := w.count(`SELECT sum(events)::int FROM freshness WHERE entity = 'inventory'`); n != 12 {
		t.Errorf("freshness counts %d useful rows, want 12", n)
	}
}

// TestLatencyLeavesLoadsOfHistoryOut holds that a bulk load does not look like
// slow operations.
func TestLatencyLeavesLoadsOfHistoryOut(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	w.send(balance("I0", "D0", 1, "1", "0"), &models.SalesHistory{
		Item: "I0", DC: "D0", From: "2026-01-01", Quantities: []decimal.Decimal{dec("1"), dec("2")}, Unit: "EA", Version: 1,
	})
	w.run()
	cells, err := store.NewLatency(w.db).Matrix(t.Context(), models.LatencyQuery{
		DC: "D0", Period: models.Period{From: epoch.Add(-time.Hour), To: time.Now().Add(time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		if c.Entity == models.TypeSalesHistory.Entity() {
			t.Errorf("%d events of history are in the latency of operations", c.Spread.Count())
		}
	}
	if n := w.count(`SELECT count(*) FROM latency_rollups WHERE entity = $1`, models.TypeSalesHistory.Entity()); n == 0 || len(cells) == 0 {
		t.Errorf("%d rollups of history, %d cells of operations", n, len(cells))
	}
}

// TestAStubOutlivesThePayloadOfAChain has a revision and a balance of the same
// day, of which only the revision belongs to a chain.
func TestAStubOutlivesThePayloadOfAChain(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	seqs := w.send(balance("I0", "D0", 1, "10", "0"), event(t, "forecasting", "fc-1", models.TypeForecastRevision, forecast(1, "2026-01-01", "3", "4")))
	w.run()
	partitions, failures := store.NewPartitions(w.db), store.NewFailures(w.db)
	whole, err := failures.Event(t.Context(), seqs[1])
	if err != nil {
		t.Fatal(err)
	}
	if dropped, err := partitions.Drop(t.Context(), time.Now()); err != nil || !dropped {
		t.Fatalf("drop: %v, %v", dropped, err)
	}
	stub, err := failures.Event(t.Context(), seqs[1])
	if err != nil {
		t.Fatal(err)
	}
	if !stub.Retired || stub.Data != "" || stub.State != whole.State || stub.ID != "fc-1" || stub.Key != whole.Key || !stub.OccurredAt.Equal(whole.OccurredAt) {
		t.Errorf("of %+v is left %+v", whole.Event, stub.Event)
	}
	if _, err := failures.Event(t.Context(), seqs[0]); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("the balance, which no chain has, gives %v", err)
	}
	if retired, err := partitions.Retired(t.Context(), 1); err != nil || retired[0].Stubs != 1 {
		t.Errorf("retention reports %+v, %v", retired, err)
	}
}

func TestRetentionTellsWhatItTook(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	seqs := w.send(balance("I0", "D0", 1, "10", "0"))
	w.run()
	partitions := store.NewPartitions(w.db)
	if dropped, err := partitions.Drop(t.Context(), time.Now()); err != nil || !dropped {
		t.Fatalf("drop: %v, %v", dropped, err)
	}
	retired, err := partitions.Retired(t.Context(), 10)
	if err != nil || len(retired) != 1 {
		t.Fatalf("%+v, %v", retired, err)
	}
	if d := retired[0]; d.Events != 4 || *d.LastSeq != seqs[0] || d.Bytes == 0 {
		t.Errorf("taken are %d events up to %d with %d bytes, want the masters and the balance", d.Events, *d.LastSeq, d.Bytes)
	}
	_, err = store.NewFailures(w.db).Event(t.Context(), seqs[0])
	if models.CodeOf(err) != models.CodeNotFound || !strings.Contains(err.Error(), "Retention took the events of "+retired[0].Day.Format(time.DateOnly)) {
		t.Errorf("an event that is gone is told as %v", err)
	}
	if _, err := store.NewFailures(w.db).Event(t.Context(), seqs[0]+1_000_000); models.CodeOf(err) != models.CodeNotFound || strings.Contains(err.Error(), "Retention") {
		t.Errorf("an event that never was is told as %v", err)
	}
}
