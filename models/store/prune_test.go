package store_test

import (
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestPruneTakesEveryRollupOfItsTime has a row of each kind on both sides of
// what is kept: none of them may grow for ever.
func TestPruneTakesEveryRollupOfItsTime(t *testing.T) {
	db := storetest.New(t)
	kept := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{kept.Add(-time.Minute), kept} {
		for _, sql := range []string{
			`INSERT INTO latency_rollups (minute, dc, entity, stage, shard, count, sum_us, max_us, hist) VALUES ($1, 'LON', 'inventory', 'total', 0, 1, 1, 1, '')`,
			`INSERT INTO accept_rollups (minute, source, dc, shard, hist) VALUES ($1, 'erp', 'LON', 0, '')`,
			`INSERT INTO rejected_counts (minute, source, type, code, count) VALUES ($1, 'erp', 'x', 'TRF-01', 1)`,
		} {
			if _, err := db.Pool.Exec(t.Context(), sql, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := store.NewPartitions(db).Prune(t.Context(), kept, kept); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"latency_rollups", "accept_rollups", "rejected_counts"} {
		var rows int
		if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&rows); err != nil || rows != 1 {
			t.Errorf("%s keeps %d rows (%v), want the newer one", table, rows, err)
		}
	}
}
