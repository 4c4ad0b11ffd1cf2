package apply_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store"
)

// owned makes the ERP the owner of masters and stock, and the WMS known.
func (w *world) owned() *store.Owners {
	w.t.Helper()
	owners := store.NewOwners(w.db)
	if err := owners.Claim(w.t.Context(), "erp", "item", "supplier", "location", "inventory"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.db.Pool.Exec(w.t.Context(), `INSERT INTO sources (source, system) VALUES ('erp', 'erp'), ('wms', 'wms')`); err != nil {
		w.t.Fatal(err)
	}
	return owners
}

func (w *world) from(source string, fact any) models.Event {
	w.t.Helper()
	w.ids++
	return event(w.t, source, fmt.Sprintf("e-%d", w.ids), typeOf(fact), fact)
}

func TestOnlyTheOwnerChangesARecord(t *testing.T) {
	w := newWorld(t)
	owners := w.owned()
	w.masters(1, 1)
	seqs := w.send(
		balance("I0", "D0", 1, "10", "0"),
		w.from("wms", balance("I0", "D0", 7, "99", "0")),
		w.from("wms", movement("I0", "D0", 2, "-4", "0")),
		movement("I0", "D0", 3, "5", "0"),
		w.from("wms", item("I0", 9)),
	)
	w.run()
	w.expectStates(seqs, "applied", "parked OWN-01", "parked OWN-01", "applied", "parked OWN-01")
	w.expectPosition("I0", "D0", "15/0 v3 b1")
	w.expectBooks()
	var reason string
	if err := w.db.Pool.QueryRow(t.Context(), `SELECT reason FROM unsettled_events WHERE seq = $1`, seqs[1]).Scan(&reason); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(reason, "belongs to erp") {
		t.Errorf("the reason does not name the owner: %s", reason)
	}

	if results, err := w.engine.Retry(t.Context(), seqs[1:2], "ida", "again"); err != nil || results[0].State != "parked" {
		t.Fatalf("a retry alone gave %+v, %v", results, err)
	}
	err := owners.Set(t.Context(), models.Owner{Entity: "inventory", Source: "wms"}, "ida", "The warehouse counts now.")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Retry(t.Context(), seqs[1:3], "ida", "the owner changed"); err != nil {
		t.Fatal(err)
	}
	late := w.send(movement("I0", "D0", 8, "1", "0"))
	w.run()
	w.expectStates(seqs, "applied", "applied", "superseded", "applied", "parked OWN-01") // the balance covers the movement before it
	w.expectStates(late, "parked OWN-01")
	w.expectPosition("I0", "D0", "99/0 v7 b7")
	w.expectBooks()
	if n := w.count(`SELECT count(*) FROM audit WHERE action = 'owner.set' AND subject = 'owner:inventory'`); n != 1 {
		t.Errorf("%d audit rows for the change of owner", n)
	}
}

func TestARecordMayHaveAnOwnerOfItsOwn(t *testing.T) {
	w := newWorld(t, smallBatches)
	owners := w.owned()
	w.masters(1, 1)
	err := owners.Set(t.Context(), models.Owner{Entity: "item", Record: "item:W0", Source: "wms"}, "ida", "The warehouse's own.")
	if err != nil {
		t.Fatal(err)
	}
	seqs := w.send(
		w.from("wms", item("W0", 1)),
		item("W0", 2), // the owner of items, but not of this one
		w.from("wms", item("W0", 3)),
		w.from("wms", item("I0", 2)),
		w.from("wms", item("W1", 1)), // nobody has it, but items are the ERP's
		w.from("wms", &models.Confirmation{Confirmation: "C1", Order: "PO-1", Line: 1, Quantity: dec("1"), Unit: "EA", PromisedDate: "2026-01-01", ConfirmedAt: epoch}),
	)
	w.run()
	w.expectStates(seqs, "applied", "parked OWN-01", "applied", "parked OWN-01", "parked OWN-01", "applied")
	w.expectBooks()
}

func TestAKeyDoesNotTakeWhatAnotherSourceDelivers(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	w.send(balance("I0", "D0", 1, "10", "0"))
	w.run()
	owners := store.NewOwners(w.db)
	if err := owners.Claim(t.Context(), "wms", "inventory", "forecast"); err != nil {
		t.Fatal(err)
	}
	list, err := owners.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Entity != "forecast" {
		t.Errorf("the register holds %+v, want the forecasts alone", list)
	}
}

// TestAnIDUsedTwiceByAnotherThanTheOwnerTellsBoth wants the reused id told, whoever
// used it, and the owner's own event to pass.
func TestAnIDUsedTwiceByAnotherThanTheOwnerTellsBoth(t *testing.T) {
	w := newWorld(t, smallBatches)
	w.owned()
	w.masters(1, 1)
	second := w.from("wms", movement("I0", "D0", 2, "-4", "0"))
	second.Conflict = true
	seqs := w.send(balance("I0", "D0", 1, "10", "0"), second, movement("I0", "D0", 3, "5", "0"))
	w.run()
	w.expectStates(seqs, "applied", "parked API-07", "applied")
	w.expectPosition("I0", "D0", "15/0 v3 b1")
	var reason string
	if err := w.db.Pool.QueryRow(t.Context(), `SELECT reason FROM unsettled_events WHERE seq = $1`, seqs[1]).Scan(&reason); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(reason, "this id and other content was accepted before") || !strings.Contains(reason, "belongs to erp, and wms may not change it") {
		t.Errorf("the reason tells not both: %s", reason)
	}
	if _, err := w.engine.Retry(t.Context(), seqs[1:2], "ida", "this content is the right one"); err != nil {
		t.Fatal(err)
	}
	w.expectStates(seqs, "applied", "parked OWN-01", "applied")
	w.expectBooks()
}

// TestAMovementFromElsewhereHoldsNothing holds that a parked event of another
// than the owner never stops the owner's.
func TestAMovementFromElsewhereHoldsNothing(t *testing.T) {
	w := newWorld(t, smallBatches)
	w.owned()
	w.masters(2, 1)
	seqs := w.send(balance("I0", "D0", 1, "10", "0"))
	w.run()
	seqs = append(seqs, w.send(w.from("wms", movement("I0", "D0", 2, "100", "0")))...)
	w.run()
	seqs = append(seqs, w.send(movement("I0", "D0", 3, "1", "0"))...)
	w.run()
	w.expectStates(seqs, "applied", "parked OWN-01", "applied")

	conflict := event(t, "erp", "twice", models.TypeMovement, movement("I1", "D0", 1, "1", "0"))
	conflict.Conflict = true
	first := w.send(conflict)
	w.run()
	first = append(first, w.send(w.from("wms", movement("I1", "D0", 2, "100", "0")))...)
	w.run()
	w.expectStates(first, "parked API-07", "parked OWN-01") // the record is the ERP's although nothing of it has passed
	w.expectBooks()
}

func TestKilledWhileOwnershipChanges(t *testing.T) {
	w, dsn := worldAt(t)
	owners := w.owned()
	w.masters(1, 1)
	seqs := w.send(balance("I0", "D0", 1, "10", "0"), w.from("wms", movement("I0", "D0", 2, "-4", "0")))
	w.run()
	if err := owners.Set(t.Context(), models.Owner{Entity: "inventory", Source: "wms"}, "ida", "The warehouse counts now."); err != nil {
		t.Fatal(err)
	}
	killed(t, dsn, "replay logged", strconv.FormatInt(seqs[1], 10))
	w.expectStates(seqs, "applied", "parked OWN-01")
	w.expectPosition("I0", "D0", "10/0 v1 b1")
	w.balanced()
	if _, err := w.engine.Retry(t.Context(), seqs[1:], "ida", "the owner changed"); err != nil {
		t.Fatal(err)
	}
	w.expectStates(seqs, "applied", "applied")
	w.expectPosition("I0", "D0", "6/0 v2 b1")
	w.expectBooks()
}
