package store_test

import (
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestARecountTakesEachEventAFewTimes has a log of many small batches: what a
// batch took into effect must not be looked for in the whole log.
func TestARecountTakesEachEventAFewTimes(t *testing.T) {
	const batches, perBatch = 1300, 2
	db := storetest.New(t)
	if err := store.NewPartitions(db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
			SELECT n, (n / $2::int) % 8, now(), now(), 'erp', 'e-' || n, 'throughline.inventory.balance.v1', 'k', 'I', 'D', '{}'
			FROM generate_series(0, $1::int * $2::int - 1) AS n`,
		`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
			SELECT b % 8, 'batch', b * $2::int, (b + 1) * $2::int - 1, $2::int, e.at, e.at, now(), 0, 0, 0, now()
			FROM generate_series(0, $1::int - 1) AS b, (SELECT min(received_at) AS at FROM events) e`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql, batches, perBatch); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Pool.Exec(t.Context(), `ANALYZE events, changes`); err != nil {
		t.Fatal(err)
	}
	books, err := store.NewBooks(db).Audit(t.Context())
	if err != nil || books.Total.Applied != batches*perBatch {
		t.Fatalf("%d events are recounted as applied, want %d (%v)", books.Total.Applied, batches*perBatch, err)
	}
	if rows := store.RecountRows(t, db); rows > 20*batches*perBatch {
		t.Errorf("%d rows are taken into hands for %d events", rows, batches*perBatch)
	}
}
