package apply_test

import (
	"testing"

	"throughline/models"
)

// rereads is the owner's answer that denies what the event of a sequence left.
func (w *world) rereads(b *models.InventoryBalance, denied int64) int64 {
	w.t.Helper()
	e := event(w.t, "erp", "again-"+b.Item, models.TypeBalance, b)
	e.TakeBack(denied)
	return w.send(e)[0]
}

func TestAnOwnerTakesBackAMovementThatIsFarAhead(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	seqs := w.send(balance("I0", "D0", 4, "518", "0"), movement("I0", "D0", 900000, "99481", "0"))
	w.run()
	w.expectPosition("I0", "D0", "99999/0 v900000 b4")
	w.rereads(balance("I0", "D0", 7, "510", "2"), seqs[1])
	later := w.send(movement("I0", "D0", 8, "-10", "0"), balance("I0", "D0", 6, "1", "1"))
	w.run()
	w.expectPosition("I0", "D0", "500/2 v8 b7")
	w.expectStates(later, "applied", "superseded")
	if n := w.count(`SELECT sum(on_hand_delta)::integer FROM stock_movements WHERE item = 'I0'`); n != 500 {
		t.Errorf("the ledger adds up to %d", n)
	}
	w.expectBooks()
}

func TestAnOwnerTakesNothingBackThatChangedSince(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	seq := w.send(balance("I0", "D0", 9, "518", "0"))[0]
	w.run()
	newer := w.send(balance("I0", "D0", 10, "44", "0"))
	again := w.rereads(balance("I0", "D0", 7, "510", "0"), seq) // in one batch with the newer one
	w.run()
	w.expectStates(append(newer, again), "applied", "superseded")
	w.expectPosition("I0", "D0", "44/0 v10 b10")
	w.expectBooks()
}
