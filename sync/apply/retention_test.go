package apply_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// TestPruningChangesNeitherBooksNorStock takes all that is older than now, and
// then sends a movement late, which counts among those that stand on the balance.
func TestPruningChangesNeitherBooksNorStock(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 2)
	w.send(balance("I0", "D0", 1, "10", "0"), balance("I0", "D0", 4, "20", "0"), movement("I0", "D0", 6, "-3", "0"), balance("I0", "D1", 1, "1", "0"))
	w.run()
	before := w.expectBooks()
	kinds := store.NewRetention(w.db, nil)
	for _, k := range models.Keepings() {
		if _, err := kinds.Prune(t.Context(), k.Kind, time.Now().Add(time.Hour), 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count(`SELECT count(*) FROM stock_movements WHERE dc = 'D0'`); n != 2 {
		t.Errorf("%d movements are left, want the balance and what counts on top of it", n)
	}
	if after := w.expectBooks(); after.Total != before.Total {
		t.Errorf("the books say %+v instead of %+v", after.Total, before.Total)
	}
	w.send(movement("I0", "D0", 5, "-2", "0"))
	w.run()
	w.expectPosition("I0", "D0", "15/0 v6 b4")
	w.expectBooks()
}
