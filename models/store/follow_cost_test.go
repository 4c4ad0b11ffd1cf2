package store_test

import (
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestFollowingTheLogCostsWhatIsNew writes a day of events, each in a change of
// its own, all of which but the last were seen: who follows reads the last and
// not the day.
func TestFollowingTheLogCostsWhatIsNew(t *testing.T) {
	const few = 300 // buffers of 8 kB; the day has thousands
	db := storetest.New(t)
	now := time.Now().UTC()
	if err := store.NewPartitions(db).Ensure(t.Context(), now, 1); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
			SELECT n, n % 8, now(), now(), 'erp', 'e' || n, 'throughline.inventory.balance.v1', 'inventory:I' || n || '|D1', 'I' || n, 'D1', repeat('x', 200)
			FROM generate_series(1, 60000) n`,
		`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
			SELECT shard, 'batch', seq, seq, 1, received_at, received_at, received_at, 0, 0, 0, received_at FROM events ORDER BY seq`,
		`UPDATE shard_cursors c SET seq = (SELECT max(seq) FROM events e WHERE e.shard = c.shard), day = current_date WHERE shard < 8`,
		`INSERT INTO consumer_cursors (consumer, shard, pos) SELECT 'route:x', shard, max(pos) FROM changes GROUP BY shard`,
		`ANALYZE`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var shards []int16
	var from, to []int64
	err := db.Pool.QueryRow(t.Context(), `SELECT array_agg(shard), array_agg(last - 1), array_agg(last) FROM (SELECT shard, max(pos) AS last FROM changes GROUP BY shard) s`).
		Scan(&shards, &from, &to)
	if err != nil {
		t.Fatal(err)
	}
	for what, touched := range store.FollowBuffers(t, db, shards, from, to) {
		if touched > few {
			t.Errorf("%s touches %d buffers", what, touched)
		}
	}
}
