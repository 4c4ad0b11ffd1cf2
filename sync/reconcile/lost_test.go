package reconcile_test

import (
	"context"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

// A key that a copy has lost stands on none of its pages.
func TestWhatACopyHasLostIsCalledAndDeliveredAgain(t *testing.T) {
	w := newCopyWorld(t)
	w.compare()
	w.compareCopy()
	w.loses("B", "D")
	run := w.compareCopy()
	if run.Compared != 5 || run.Matched != 3 || run.Drifted != 2 || run.Healed != 2 || run.Causes[models.DriftLost] != 2 {
		t.Fatalf("%+v", run)
	}
	if d := w.drifts(); len(d) != 2 || !d[0].IsCopy || d[0].Cause != models.DriftLost || !is(d[0].Theirs.OnHand, 100) || !d[0].Ours.OnHand.IsZero() || d[0].Ours.AsOf != nil {
		t.Fatalf("%+v", d)
	}
	_, rows := w.truths(models.StockTruthFilter{Differing: true})
	if s := rows["B"].Systems; len(rows) != 2 || len(s) != 3 || s[2].System != "replenishment" || s[2].Figure.AsOf != nil || s[2].Cause != models.DriftLost || !is(s[2].Difference, 100) {
		t.Errorf("stock truth: %+v", rows)
	}
	if run := w.compareCopy(); run.Matched != 5 || run.Cleared != 2 {
		t.Errorf("after it was delivered again: %+v", run)
	}
	if d := w.drifts(); d[0].ClearedHow != "delivered again" || d[1].ClearedAt == nil {
		t.Errorf("%+v", d)
	}
}

func TestACopyThatHasLostEverythingGetsItAgain(t *testing.T) {
	w := newCopyWorld(t)
	w.loses("A", "B", "C", "D", "E")
	if run := w.compareCopy(); run.Matched != 0 || run.Healed != 5 {
		t.Fatalf("%+v", run)
	}
	if run := w.compareCopy(); run.Matched != 5 || run.Cleared != 5 {
		t.Errorf("%+v", run)
	}
}

// What stands of a key must not stand on when neither side has the key.
func TestADifferenceOfAKeyThatIsGoneClears(t *testing.T) {
	w := newCopyWorld(t)
	w.spoils("D", "73", "1")
	w.compareCopy()
	w.erp.deletes("D")
	if run := w.compareCopy(); run.Causes[models.DriftOnlyHere] != 1 || run.Healed != 0 {
		t.Fatalf("held by the copy alone: %+v", run)
	}
	w.loses("D")
	if run := w.compareCopy(); run.Drifted != 0 || run.Cleared != 1 {
		t.Errorf("%+v, %+v", run, w.drifts())
	}
	if run := w.compareCopy(); run.Drifted+run.Cleared != 0 {
		t.Errorf("once more: %+v", run)
	}
}

func TestWhatItsRouteLeavesOutACopyNeedNotHold(t *testing.T) {
	w := newCopyWorld(t)
	w.loses("C")
	w.only = `item != "C"`
	w.restart()
	if run := w.compareCopy(); run.Compared != 4 || run.Drifted+run.Healed != 0 {
		t.Fatalf("%+v", run)
	}
	w.only = ""
	w.restart()
	if run := w.compareCopy(); run.Healed != 1 {
		t.Errorf("%+v", run)
	}
	w.only = `item != "C"`
	w.spoils("C", "60", "1")
	if run := w.compareCopy(); run.Compared != 4 || run.Cleared != 1 || w.drifts()[0].ClearedHow != "left out by its route" {
		t.Errorf("%+v, %+v", run, w.drifts())
	}
}

// What took effect and is not delivered is on its way, also when the copy has
// lost the key; a delivery that never passes has to be seen by somebody.
func TestADeliveryThatDoesNotPassIsKept(t *testing.T) {
	w := newCopyWorld(t)
	w.loses("B")
	w.sends(w.erp.changes("B", 70, 2, 10*time.Minute))
	w.sends(w.erp.changes("C", 60, 2, 10*time.Minute))
	if run := w.compareCopy(); run.InFlight != 2 || run.Drifted+run.Healed != 0 {
		t.Fatalf("%+v", run)
	}
	found := map[string]time.Time{}
	for _, d := range w.drifts() {
		if d.Cause != models.DriftInFlight || !d.IsCopy {
			t.Errorf("%+v", d)
		}
		found[d.Item] = d.FoundAt
	}
	w.compareCopy()
	for _, d := range w.drifts() {
		if !d.FoundAt.Equal(found[d.Item]) {
			t.Errorf("%s was found anew though nothing moved", d.Item)
		}
	}
	if stuck, err := store.NewConditions(w.db).StuckDrifts(t.Context(), time.Now()); err != nil || len(stuck) != 2 || !stuck[0].IsCopy {
		t.Errorf("REC-02 is not told of them: %+v, %v", stuck, err)
	}
	w.delivers()
	if run := w.compareCopy(); run.Matched != 5 || run.Cleared != 2 {
		t.Errorf("%+v", run)
	}
}

// A busy key may be under way at each look: it moves, and does not wait.
func TestADeliveryThatMovesIsFoundAnew(t *testing.T) {
	w := newCopyWorld(t)
	w.sends(w.erp.changes("C", 60, 2, 10*time.Minute))
	w.compareCopy()
	first := w.drifts()[0].FoundAt
	w.delivers()
	w.sends(w.erp.changes("C", 50, 3, 9*time.Minute))
	w.compareCopy()
	if d := w.drifts(); len(d) != 1 || d[0].Cause != models.DriftInFlight || !d[0].FoundAt.After(first) {
		t.Errorf("%+v, found first %s", d, first)
	}
}

// One route that is paused must not hide what else differs.
func TestACopyThatTakesNothingAgainIsComparedAllTheSame(t *testing.T) {
	w := newCopyWorld(t)
	w.loses("B", "D")
	w.spoils("E", "73", "1")
	w.sql(`UPDATE subscriptions SET state = 'paused'`)
	run := w.compareCopy()
	if run.State != "finished" || run.Drifted != 3 || run.Healed != 0 || run.Error == "" {
		t.Errorf("%+v", run)
	}
	w.sql(`UPDATE subscriptions SET state = 'active'`)
	if run := w.compareCopy(); run.Healed != 2 || run.Error != "" {
		t.Errorf("%+v", run)
	}
}

// refusing is a router to an engine that refuses an item.
type refusing struct {
	*route.Router
	item string
}

func (r refusing) Resend(ctx context.Context, subscription string, e models.Event) error {
	if e.Item == r.item && r.item != "" {
		return models.Errorf(models.CodeConflict, "%s refuses %s", subscription, e.Subject)
	}
	return r.Router.Resend(ctx, subscription, e)
}

// One key that a copy refuses must not keep the others from being mended, nor be
// tried for ever.
func TestAKeyThatACopyRefusesDoesNotStopTheOthers(t *testing.T) {
	w := newCopyWorld(t)
	w.refuses = "B"
	w.restart()
	w.loses("B", "D")
	run := w.compareCopy()
	if run.Drifted != 2 || run.Healed != 1 || run.Error == "" {
		t.Errorf("%+v", run)
	}
	for range models.HealTries {
		w.compareCopy()
	}
	if run := w.compareCopy(); run.Healed != 0 || run.Error != "" {
		t.Errorf("after %d tries it is tried again: %+v", models.HealTries, run)
	}
}
