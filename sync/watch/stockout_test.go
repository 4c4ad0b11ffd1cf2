package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

func TestStockThatIsOutSaysSinceWhen(t *testing.T) {
	w := newWorld(t)
	out := w.now.Add(-3 * time.Minute)
	w.sql(`INSERT INTO stock_movements VALUES ('A1', 'MAN', 'count', 0, 0, 8, 0, '', 6, gen_random_uuid(), 9, $1, $1),
		('A1', 'MAN', 'sale', -8, 0, 0, 0, '', 7, gen_random_uuid(), 9, $2, $2),
		('A1', 'MAN', 'allocation', 0, 3, 0, 3, '', 8, gen_random_uuid(), 9, $3, $3)`, out.Add(-time.Minute), out, w.now)
	w.sql(`UPDATE positions SET on_hand = 0, allocated = 3 WHERE item = 'A1' AND dc = 'MAN'`)
	for range 2 { // also days later
		w.sweep()
		found := w.kind(models.ExceptionStockout)
		if len(found) != 1 || !strings.Contains(found[0].Title, "Mug A1 is out of stock at MAN") {
			t.Fatalf("found:%s", briefly(found))
		}
		if since := "since " + w.clock.At(out).Format("Mon 2 Jan"); !strings.Contains(found[0].Happened, since) {
			t.Errorf("it says %q, want %q in it", found[0].Happened, since)
		}
		if at := found[0].ConsequenceAt; at == nil || !at.Equal(w.clock.At(out)) {
			t.Errorf("out since %v, want %s", at, w.clock.At(out))
		}
		w.wait(4 * time.Minute)
	}
}

func TestAnApprovalIsNotOverdueBeforeItsTimeIsKnown(t *testing.T) {
	w := newWorld(t)
	w.sweep()
	w.propose("R5", "C3", "approved") // its milestone comes with the next look at approvals
	w.wait(time.Hour)
	conditions := store.NewConditions(w.db)
	unordered, err := conditions.Unordered(t.Context(), w.now, w.now.Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range unordered {
		if p.Recommendation == "R5" {
			t.Error("it is called overdue")
		}
	}
}
