package apply_test

import (
	"testing"

	"throughline/models"
	"throughline/models/store"
)

func TestBooksBalanceThroughEveryOutcome(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	conflict := event(t, "erp", "twice", models.TypeBalance, balance("I0", "D0", 9, "1", "0"))
	conflict.Conflict = true
	seqs := w.send(balance("I0", "D0", 2, "20", "3"), balance("I0", "D0", 1, "10", "0"), conflict, balance("I9", "D0", 1, "1", "0"))
	if got := w.expectBooks().Total.Pending; got != 4 {
		t.Errorf("%d pending before anything is applied, want 4", got)
	}
	w.run()
	got := w.expectBooks().Total
	if got.Applied != 4 || got.Superseded != 1 || got.Parked != 1 || got.Pending != 1 {
		t.Errorf("the books say %+v", got)
	}
	if _, err := w.engine.Discard(t.Context(), seqs[2:], "ida", "test data"); err != nil {
		t.Fatal(err)
	}
	got = w.expectBooks().Total
	if got.Discarded != 2 || got.Parked != 0 || got.Pending != 0 {
		t.Errorf("after two were discarded the books say %+v", got)
	}
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'event.discard' AND actor = 'ida' AND reason = 'test data'`); n != 2 {
		t.Errorf("%d audit rows, want 2", n)
	}
}

func TestBalancesKeepTheNewestVersion(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	seqs := w.send(
		balance("I0", "D0", 2, "20", "3"), balance("I0", "D0", 1, "10", "0"), balance("I0", "D0", 2, "20.0", "3"),
		balance("I0", "D0", 2, "21", "3"), balance("I0", "D0", 4, "40", "1"), balance("I0", "D0", 3, "30", "0"))
	w.run()
	w.expectStates(seqs, "applied", "superseded", "superseded", "parked API-07", "applied", "superseded")
	w.expectPosition("I0", "D0", "40/1 v4 b4")
	if n := w.count(`SELECT count(*) FROM stock_movements WHERE item = 'I0'`); n != 2 {
		t.Errorf("%d ledger rows, want one for each applied balance", n)
	}
	if n := w.count(`SELECT sum(on_hand_delta)::int FROM stock_movements WHERE item = 'I0'`); n != 40 {
		t.Errorf("the ledger sums to %d, the position is 40", n)
	}
}

func TestABalanceWithoutATimeIsAsOldAsItsEvent(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	e := event(t, "erp", "timeless", models.TypeBalance, balance("I0", "D0", 1, "20", "3"))
	e.Data = `{"item":"I0","dc":"D0","on_hand":20,"allocated":"3","unit":"EA","version":1}`
	seqs := w.send(e)
	w.run()
	w.expectStates(seqs, "applied")
	p, err := store.NewPositions(w.db).Get(t.Context(), "I0", "D0")
	if err != nil || !p.AsOf.Equal(epoch) {
		t.Errorf("the position is as of %s, want %s: %v", p.AsOf, epoch, err)
	}
}

func TestPositionIsTheNewestBalanceAndLaterMovementsInAnyOrder(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	first := w.send(movement("I0", "D0", 7, "-3", "0"))
	w.run()
	w.expectPosition("I0", "D0", "-3/0 v7 b-1")
	seqs := w.send(balance("I0", "D0", 5, "100", "10"), movement("I0", "D0", 4, "-50", "0"), movement("I0", "D0", 6, "2", "1"))
	w.run()
	w.expectStates(append(first, seqs...), "applied", "applied", "superseded", "applied")
	w.expectPosition("I0", "D0", "99/11 v7 b5")
	again := w.send(movement("I0", "D0", 7, "-3", "0"), movement("I0", "D0", 6, "5", "1"))
	w.run()
	w.expectStates(again, "superseded", "parked API-07")
	w.send(balance("I0", "D0", 6, "90", "0"))
	w.run()
	w.expectPosition("I0", "D0", "87/0 v7 b6")
}

func TestAnUnknownItemWaitsUntilItsMasterRecordComes(t *testing.T) {
	w := newWorld(t)
	w.masters(0, 1)
	seqs := w.send(balance("I9", "D0", 1, "5", "0"), balance("I9", "D9", 1, "7", "0"))
	w.run()
	w.expectStates(seqs, "waiting TRF-03", "waiting TRF-03")
	w.send(item("I9", 1))
	w.run()
	w.expectStates(seqs, "applied", "waiting TRF-03")
	w.send(location("D9", 1))
	w.run()
	w.expectStates(seqs, "applied", "applied")
	w.expectPosition("I9", "D9", "7/0 v1 b1")
}

func TestAParkedMovementHoldsLaterMovementsOfItsKeyOnly(t *testing.T) {
	w := newWorld(t)
	w.masters(2, 1)
	conflict := event(t, "erp", "twice", models.TypeMovement, movement("I0", "D0", 2, "1", "0"))
	conflict.Conflict = true
	seqs := w.send(movement("I0", "D0", 1, "10", "0"), conflict, movement("I0", "D0", 3, "100", "0"), movement("I1", "D0", 1, "7", "0"))
	w.run()
	later := w.send(movement("I0", "D0", 4, "1000", "0"))
	w.run()
	w.expectStates(append(seqs, later...), "applied", "parked API-07", "held TRF-07", "applied", "held TRF-07")
	w.expectPosition("I0", "D0", "10/0 v1 b-1")

	results, err := w.engine.Retry(t.Context(), []int64{seqs[1]}, "ida", "the second is right")
	if err != nil || results[0].State != "applied" {
		t.Fatalf("retry: %v, %v", results, err)
	}
	w.expectStates(append(seqs, later...), "applied", "applied", "applied", "applied", "applied")
	w.expectPosition("I0", "D0", "1111/0 v4 b-1")
}
