package store_test

import (
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestTellingHolesCostsAStepEach tells the holes of a series of which every
// other number is missing, as one lane far behind the other leaves it.
func TestTellingHolesCostsAStepEach(t *testing.T) {
	const holes, few = 2000, 12 // buffers for each
	db := storetest.New(t)
	for _, sql := range []string{
		`INSERT INTO sequences (source, series, seen) SELECT 'erp', 's', range_agg(int8range(2 * n, 2 * n, '[]')) FROM generate_series(1, 2001) n`,
		`INSERT INTO sequence_gaps (source, series, first, last, since) SELECT 'erp', 's', 2 * n + 1, 2 * n + 1, now() FROM generate_series(1, 2000) n`,
		`ANALYZE`,
	} {
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if touched := store.HolesBuffers(t, db, "erp", "s", time.Now()); touched > few*holes {
		t.Errorf("telling %d holes touches %d buffers", holes, touched)
	}
}
