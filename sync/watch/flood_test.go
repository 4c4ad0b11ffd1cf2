package watch_test

import (
	"testing"

	"throughline/models"
)

// negative makes as many positions impossible, under items of a prefix.
func (w *world) negative(prefix string, n int) {
	w.t.Helper()
	w.sql(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		SELECT $1 || i, 'LON', -1, 0, 'EA', 1, 1, gen_random_uuid(), $3, i, $3 FROM generate_series(1, $2::int) AS i`, prefix, n, w.now)
}

func TestAFloodClosesNothingThatStands(t *testing.T) {
	w := newWorld(t)
	w.negative("NEG-Z", 1)
	w.sweep()
	stands := func() bool {
		var open bool
		err := w.db.Pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM exceptions WHERE code = $1 AND item = 'NEG-Z1' AND state <> 'resolved')`,
			models.ExceptionImplausible).Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
		return open
	}
	if !stands() {
		t.Fatalf("negative stock is not found:%s", briefly(w.open()))
	}
	w.negative("NEG-A", 2000)
	w.sweep()
	if !stands() {
		t.Fatal("what a look had no room for counts as cleared")
	}
	w.sql(`DELETE FROM positions WHERE item LIKE 'NEG-A%'`)
	w.sql(`UPDATE positions SET on_hand = 1 WHERE item = 'NEG-Z1'`)
	w.sweep()
	if stands() {
		t.Error("it stays open when it has cleared")
	}
}
