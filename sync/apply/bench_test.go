package apply_test

import (
	"fmt"
	"sync"
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/eventlog"
)

const (
	benchItems = 600
	benchDCs   = 6
)

// fill appends n balances, spread over the items and DCs with growing versions.
func (w *world) fill(n int) {
	w.t.Helper()
	log := store.NewLog(w.db)
	for done := 0; done < n; {
		entries := make([]store.Entry, 0, 500)
		for ; len(entries) < cap(entries) && done < n; done++ {
			key := done % (benchItems * benchDCs)
			b := balance(fmt.Sprintf("I%d", key/benchDCs), fmt.Sprintf("D%d", key%benchDCs), int64(done/(benchItems*benchDCs)+1), "100", "7")
			e := event(w.t, "erp", fmt.Sprintf("b-%d", done), models.TypeBalance, b)
			e.Item, e.DC = b.Item, b.DC
			entries = append(entries, eventlog.NewEntry(e, shards))
		}
		if _, err := log.Append(w.t.Context(), models.LaneRealtime, entries); err != nil {
			w.t.Fatal(err)
		}
	}
}

// BenchmarkApply measures how fast one worker takes a full log.
func BenchmarkApply(b *testing.B) {
	w := newWorld(b)
	w.masters(benchItems, benchDCs)
	w.fill(b.N)
	b.ResetTimer()
	for more := true; more; {
		var err error
		if more, err = apply.RunShard(b.Context(), w.engine, 0); err != nil {
			b.Error(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	if got := w.count(`SELECT count(*) FROM stock_movements`); got != b.N {
		b.Fatalf("%d ledger rows for %d events", got, b.N)
	}
}

// BenchmarkUnnest is the floor beside BenchmarkApply: the same balances written
// to the log and the positions, an array of 500 a transaction on 4 connections,
// with no contract, no order, no dedupe and no ledger.
func BenchmarkUnnest(b *testing.B) {
	w := newWorld(b)
	rows := make(chan int)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for from := range rows {
				if err := w.writeUnnest(from, min(from+500, b.N)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for from := 0; from < b.N; from += 500 {
		rows <- from
	}
	close(rows)
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

func (w *world) writeUnnest(from, to int) error {
	var ids, items, dcs, data []string
	var versions []int64
	for i := from; i < to; i++ {
		key := i % (benchItems * benchDCs)
		item, dc, version := fmt.Sprintf("I%04d", key/benchDCs), fmt.Sprintf("D%d", key%benchDCs), int64(i/(benchItems*benchDCs)+1)
		e := event(w.t, "erp", fmt.Sprintf("b-%d", i), models.TypeBalance, balance(item, dc, version, "100", "7"))
		ids, items, dcs, versions, data = append(ids, e.ID), append(items, item), append(dcs, dc), append(versions, version), append(data, e.Data)
	}
	_, err := w.db.Pool.Exec(w.t.Context(), `
		WITH logged AS (
			INSERT INTO events (shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
			SELECT 0, now(), now(), 'erp', id, 'throughline.inventory.balance.v1', 'inventory:' || item || '|' || dc, item, dc, data
			FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS u (id, item, dc, data)
		)
		INSERT INTO positions AS p (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		SELECT item, dc, 100, 7, 'EA', version, version, gen_random_uuid(), now(), 1, now()
		FROM unnest($2::text[], $3::text[], $5::bigint[]) AS u (item, dc, version) ORDER BY item, dc
		ON CONFLICT (item, dc) DO UPDATE SET on_hand = EXCLUDED.on_hand, allocated = EXCLUDED.allocated, version = EXCLUDED.version
		WHERE p.version < EXCLUDED.version`, ids, items, dcs, data, versions)
	return err
}
