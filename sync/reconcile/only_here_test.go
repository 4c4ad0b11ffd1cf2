package reconcile_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
)

// deletes takes an item out of the ERP without a word.
func (l *ledger) deletes(item string) connector.Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, b := range l.rows {
		if b.Item == item {
			l.rows = append(l.rows[:i:i], l.rows[i+1:]...)
			return b
		}
	}
	panic("no item " + item)
}

func TestWhatOnlyWeHaveIsCalledAndNotTakenBack(t *testing.T) {
	w := newWorld(t)
	w.compare()
	gone := w.erp.deletes("C")
	run := w.compare()
	if run.Compared != 5 || run.Matched != 4 || run.Drifted != 1 || run.Healed != 0 || run.Causes[models.DriftOnlyHere] != 1 {
		t.Fatalf("%+v", run)
	}
	d := w.drifts()
	if len(d) != 1 || d[0].Item != "C" || d[0].Cause != models.DriftOnlyHere || !d[0].Ours.OnHand.Equal(decimal.NewFromInt(100)) || !d[0].Theirs.OnHand.IsZero() {
		t.Fatalf("%+v", d)
	}
	w.has("C", 100)
	w.erp.rows = append(w.erp.rows, gone)
	if run := w.compare(); run.Cleared != 1 || run.Drifted != 0 || w.drifts()[0].ClearedAt == nil {
		t.Errorf("when the owner has it again: %+v, %+v", run, w.drifts())
	}
}

// An owner may leave out what it has nothing of.
func TestNothingHereIsNothingThere(t *testing.T) {
	w := newWorld(t)
	w.erp.deletes("C")
	if run := w.compare(); run.Drifted != 1 {
		t.Fatalf("%+v", run)
	}
	w.sql(`UPDATE positions SET on_hand = 0 WHERE item = 'C'`)
	if run := w.compare(); run.Drifted != 0 || run.Cleared != 1 {
		t.Errorf("%+v", run)
	}
	if run := w.compare(); run.Drifted+run.Cleared != 0 {
		t.Errorf("once more: %+v", run)
	}
}

// The opening balance of an item that has run out is lost: that nothing is there is
// known only when it is read again. Of an item or a DC that nobody told of it is no concern.
func TestAPositionOfNothingThatNeverCameIsReadAgain(t *testing.T) {
	w := newWorld(t)
	w.sql(`INSERT INTO items SELECT i, 'Mug', 'EA', 6, 6, 2, 5, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now() FROM unnest('{F,H}'::text[]) i`)
	nothing := w.erp.rows[0]
	nothing.OnHand = decimal.Zero
	for _, k := range [][2]string{{"F", "LON"}, {"G", "LON"}, {"H", "XXX"}} {
		nothing.Item, nothing.DC = k[0], k[1]
		w.erp.rows = append(w.erp.rows, nothing)
	}
	w.heard()
	if run := w.compare(); run.Compared != 8 || run.Matched != 7 || run.Drifted != 1 || run.Healed != 1 || run.Causes[models.DriftMissingEvent] != 1 {
		t.Fatalf("%+v", run)
	}
	w.has("F", 0)
	if run := w.compare(); run.Drifted != 0 || run.Cleared != 1 {
		t.Errorf("once more: %+v", run)
	}
}

// What another source added belongs to it and is none of the owner's.
func TestWhatBelongsToAnotherSourceIsNotMissed(t *testing.T) {
	w := newWorld(t)
	w.erp.deletes("C")
	w.sql(`INSERT INTO owners (entity, record, source) VALUES ('inventory', 'inventory:C|LON', 'wms')`)
	if run := w.compare(); run.Drifted != 0 {
		t.Errorf("%+v, %+v", run, w.drifts())
	}
}
