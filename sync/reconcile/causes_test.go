package reconcile_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
	"throughline/sync/eventlog"
	"throughline/sync/reconcile"
)

// overHTTP makes a world whose ERP is asked through its connector.
func overHTTP(t *testing.T) (*world, *connectortest.Stub) {
	t.Helper()
	stub := &connectortest.Stub{}
	server := httptest.NewServer(stub.Handler())
	t.Cleanup(server.Close)
	erp, err := rest.NewERP(rest.Config{BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	if w.Reconciler, err = reconcile.New(reconcile.Config{
		Source: "erp", Owner: erp, Ledger: erp, Intake: reconcile.ThroughLog(w.appender, shards), Reconciles: store.NewReconciles(w.db), SecondLook: time.Millisecond,
	}); err != nil {
		t.Fatal(err)
	}
	stub.Stock(w.erp.rows...)
	return w, stub
}

// moves lets the ERP send a movement, and returns once it has taken effect.
func (w *world) moves(item, kind, document string, delta, version, after int64) {
	w.t.Helper()
	fact := models.InventoryMovement{
		Item: item, DC: "LON", Kind: kind, OnHandDelta: decimal.NewFromInt(delta), Unit: "EA", Document: document, Version: version,
		Time: time.Now().UTC().Add(-30 * time.Minute),
	}
	data, err := json.Marshal(fact)
	if err != nil {
		w.t.Fatal(err)
	}
	e := models.Event{
		Source: "erp", ID: fmt.Sprintf("move-%s-%d", item, version), Type: models.TypeMovement, Subject: item,
		Key: models.OrderingKey(models.TypeMovement, &fact), Item: item, DC: "LON", OccurredAt: fact.Time, Data: string(data),
	}
	if _, err := w.appender.Append(w.t.Context(), []store.Entry{eventlog.NewEntry(e, shards)}); err != nil {
		w.t.Fatal(err)
	}
	w.has(item, after)
}

// erpHas sets what the ERP has of an item, as of ten minutes ago.
func (w *world) erpHas(stub *connectortest.Stub, item string, onHand, allocated, version int64) {
	rows := make([]connector.Balance, len(w.erp.rows))
	copy(rows, w.erp.rows)
	for i := range rows {
		if rows[i].Item == item {
			rows[i].OnHand, rows[i].Allocated, rows[i].Version = decimal.NewFromInt(onHand), decimal.NewFromInt(allocated), version
			rows[i].AsOf = time.Now().UTC().Add(-10 * time.Minute)
		}
	}
	w.erp.rows = rows
	stub.Stock(rows...)
}

func erpLine(item, kind, document string, version, delta, onHand int64) connectortest.StubLine {
	return connectortest.StubLine{Item: item, DC: "LON", StockLine: models.StockLine{
		Version: version, Kind: kind, Document: document, OnHandDelta: decimal.NewFromInt(delta), OnHand: decimal.NewFromInt(onHand),
		At: time.Now().UTC().Add(-10 * time.Minute),
	}}
}

func TestEachCauseIsToldFromTheERPsAnswers(t *testing.T) {
	w, stub := overHTTP(t)
	w.moves("A", "receipt", "PO-7", 24, 2, 124)
	w.moves("A", "receipt", "PO-7", 24, 3, 148)
	w.erpHas(stub, "A", 124, 0, 2)   // took the receipt once
	w.erpHas(stub, "B", 600, 0, 1)   // counts pieces where we count packs of 6
	w.erpHas(stub, "C", 100, 7, 1)   // allocates by another rule
	w.erpHas(stub, "D", 90, 0, 2)    // corrected by hand
	w.erpHas(stub, "E", 100-9, 0, 1) // nobody knows
	stub.Ledger(
		erpLine("A", "balance", "", 1, 100, 100), erpLine("A", "receipt", "PO-7", 2, 24, 124),
		erpLine("D", "balance", "", 1, 100, 100), erpLine("D", "adjustment", "CNT-4", 2, -10, 90),
	)
	w.heard()
	if run := w.compare(); run.Drifted != 5 || run.Healed != 1 {
		t.Fatalf("%+v", run)
	}
	want := map[string]struct {
		cause models.DriftCause
		why   string
		side  models.DivergenceSide
		first int64
	}{
		"A": {models.DriftDoublePost, "PO-7", models.DivergesThere, 3},
		"B": {models.DriftUnitOfMeasure, "times 6", "", 0},
		"C": {models.DriftAllocationRule, "allocated", "", 0},
		"D": {models.DriftManualEdit, "adjustment CNT-4 (−10)", models.DivergesHere, 2},
		"E": {models.DriftUnexplained, "no rule", "", 0},
	}
	for _, d := range w.drifts() {
		if x := want[d.Item]; d.Cause != x.cause || !strings.Contains(d.Why, x.why) || d.Parted.Side != x.side || d.Parted.FirstVersion != x.first {
			t.Errorf("%s: %s because %q, parted %+v", d.Item, d.Cause, d.Why, d.Parted)
		}
	}
	w.has("D", 90)
	w.compare()
	for _, d := range w.drifts() {
		if (d.ClearedAt != nil) != (d.Item == "D") {
			t.Errorf("%s: cleared %v", d.Item, d.ClearedAt)
		}
	}
}

// A tower that was set back to its backup goes on with movements whose
// predecessors nobody sends again.
func TestAChangeThatLaterOnesOvertookIsReadAgain(t *testing.T) {
	w, stub := overHTTP(t)
	w.moves("A", "receipt", "PO-8", 6, 3, 106)
	w.erpHas(stub, "A", 130, 0, 3)
	stub.Ledger(erpLine("A", "balance", "", 1, 100, 100), erpLine("A", "receipt", "PO-7", 2, 24, 124), erpLine("A", "receipt", "PO-8", 3, 6, 130))
	w.heard()
	if run := w.compare(); run.Drifted != 1 || run.Healed != 1 {
		t.Fatalf("%+v", run)
	}
	w.has("A", 130)
	w.compare()
	for _, d := range w.drifts() {
		if d.Cause != models.DriftMissingEvent || !strings.Contains(d.Why, "receipt PO-7 (+24) at version 2 never came") || d.ClearedAt == nil {
			t.Errorf("%s because %q, cleared %v", d.Cause, d.Why, d.ClearedAt)
		}
	}
}

// An item that the owner changes again and again is as young at every look: what was
// passed over long ago is read again all the same, what may still come is not, nor what
// is here and waits.
func TestAChangeThatWasOvertakenIsReadAgainWhileTheItemMovesOn(t *testing.T) {
	for name, c := range map[string]struct {
		ago, waits time.Duration // since the change, and since one that waits here
		healed     int64
	}{
		"long ago":                          {10 * time.Minute, 0, 1},
		"just now":                          {0, 0, 0},
		"long ago, and a newer event waits": {10 * time.Minute, time.Second, 1},
		"long ago, and waits here":          {10 * time.Minute, 10 * time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, stub := overHTTP(t)
			w.moves("A", "receipt", "PO-8", 6, 3, 106)
			w.erpHas(stub, "A", 129, 0, 4)
			for i := range w.erp.rows {
				w.erp.rows[i].AsOf = time.Now().UTC()
			}
			stub.Stock(w.erp.rows...)
			lost := erpLine("A", "receipt", "PO-7", 2, 24, 124)
			lost.At = time.Now().UTC().Add(-c.ago)
			if c.waits > 0 {
				w.pends("A", time.Now().UTC().Add(-c.waits).Add(-time.Second))
			}
			stub.Ledger(erpLine("A", "balance", "", 1, 100, 100), lost, erpLine("A", "receipt", "PO-8", 3, 6, 130), erpLine("A", "sale", "SO-1", 4, -1, 129))
			if run := w.compare(); run.Healed != c.healed || run.Drifted != c.healed || run.InFlight != 1-c.healed {
				t.Fatalf("%+v", run)
			}
		})
	}
}

// Without a ledger of the owner's, the last run that called no difference says
// where to look.
func TestTheLastAgreementSaysWhereToLook(t *testing.T) {
	w, stub := overHTTP(t)
	agreed := w.compare()
	w.moves("A", "sale", "SO-1", -3, 2, 97)
	w.moves("A", "sale", "SO-2", -4, 3, 93)
	w.erpHas(stub, "A", 80, 0, 3)
	w.heard()
	w.compare()
	w.compare() // a standing drift keeps its agreement
	d := w.drifts()
	if len(d) != 1 || d[0].Parted.Side != models.DivergesSince || d[0].Parted.FirstVersion != 2 || d[0].Parted.FirstLine != "sale SO-1 (−3)" ||
		d[0].Parted.AgreedAt == nil || !d[0].Parted.AgreedAt.Equal(agreed.StartedAt) {
		t.Errorf("%+v, want it to part after %v", d, agreed.StartedAt)
	}
}

// A tower that was restored from before a key's first balance goes on with movements
// alone: they rest on nothing, whether the item moves on or not.
func TestMovementsWithoutABalanceAreReadAgain(t *testing.T) {
	for name, asOf := range map[string]time.Duration{"the item moves on": 0, "it does not": time.Hour} {
		t.Run(name, func(t *testing.T) {
			w, stub := overHTTP(t)
			w.sql(`DELETE FROM stock_movements WHERE item = 'A'`)
			w.sql(`DELETE FROM positions WHERE item = 'A'`)
			w.moves("A", "receipt", "PO-8", 6, 3, 6)
			w.erpHas(stub, "A", 106, 0, 3)
			for i := range w.erp.rows {
				w.erp.rows[i].AsOf = time.Now().UTC().Add(-asOf)
			}
			stub.Stock(w.erp.rows...)
			first := erpLine("A", "balance", "", 1, 100, 100)
			first.At = time.Now().UTC().Add(-2 * time.Hour)
			stub.Ledger(first, erpLine("A", "receipt", "PO-8", 3, 6, 106))
			if run := w.compare(); run.Healed != 1 || run.Drifted != 1 {
				t.Fatalf("%+v", run)
			}
			w.has("A", 106)
		})
	}
}
