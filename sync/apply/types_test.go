package apply_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func decs(quantities ...string) []decimal.Decimal {
	out := make([]decimal.Decimal, len(quantities))
	for i, q := range quantities {
		out[i] = dec(q)
	}
	return out
}

func forecast(revision int64, start string, quantities ...string) *models.ForecastRevision {
	return &models.ForecastRevision{
		Item: "I0", DC: "D0", Revision: revision, Run: fmt.Sprintf("run-%d", revision), Model: "ses", ModelVersion: "1", Bucket: "day",
		Start: start, Quantities: decs(quantities...), Unit: "EA", PublishedAt: epoch,
	}
}

func recommendation(id string, basis *models.Basis) *models.Recommendation {
	return &models.Recommendation{
		Recommendation: id, Kind: "purchase", Run: "r1", Item: "I0", DC: "D0", Supplier: "S1", Quantity: dec("12"), Unit: "EA",
		UnitPrice: dec("2"), Currency: "GBP", NeedBy: "2011-03-05", OrderBy: epoch, Reason: "below the reorder point",
		Basis: basis, ComputedAt: time.Now().UTC().Add(time.Hour),
	}
}

func purchaseOrder(version int64, state string, lines ...string) *models.OrderChanged {
	o := &models.OrderChanged{
		Order: "PO-1", Reference: "TL-R1", Supplier: "S1", DC: "D0", State: state, Currency: "GBP", OrderedAt: epoch, Version: version,
	}
	for i, quantity := range lines {
		o.Lines = append(o.Lines, models.OrderLine{
			Line: i + 1, Item: "I0", Quantity: dec(quantity), Unit: "EA", UnitPrice: dec("2"), NeedBy: "2011-03-05",
		})
	}
	return o
}

// TestEveryTypeReachesItsTable sends each contract once, documents before what they refer to.
func TestEveryTypeReachesItsTable(t *testing.T) {
	w := newWorld(t)
	seqs := w.send(
		&models.Confirmation{Confirmation: "C1", Order: "PO-1", Line: 1, Quantity: dec("10"), Unit: "EA", PromisedDate: "2011-03-04", ConfirmedAt: epoch},
		&models.ASN{ASN: "A1", Order: "PO-1", Line: 1, Quantity: dec("10"), Unit: "EA", ShippedAt: epoch, ETA: "2011-03-04"},
		&models.GoodsReceipt{Receipt: "G1", Order: "PO-1", Line: 1, Item: "I0", DC: "D0", Quantity: dec("9"), Unit: "EA", ReceivedAt: epoch},
		&models.SupplierException{Supplier: "S1", Order: "PO-1", Line: 1, Kind: "delay", Message: "strike", OccurredAt: epoch},
		&models.SupplierException{Supplier: "S1", Order: "PO-1", Line: 1, Kind: "delay", Message: "strike", OccurredAt: epoch},
		purchaseOrder(1, "open", "12", "6"),
		&models.OrderChanged{Order: "TO-1", FromDC: "D1", DC: "D0", State: "open", Currency: "GBP", OrderedAt: epoch, Version: 1,
			Lines: []models.OrderLine{{Line: 1, Item: "I0", Quantity: dec("3"), Unit: "EA", UnitPrice: dec("0"), NeedBy: "2011-03-05"}}})
	w.masters(1, 2)
	seqs = append(seqs, w.send(
		balance("I0", "D0", 1, "10", "2"), movement("I0", "D0", 2, "-1", "0"),
		&models.ThresholdBreached{Item: "I0", DC: "D0", Threshold: "reorder_point", Level: dec("9"), Available: dec("7"), Unit: "EA", Version: 2, Time: epoch},
		&models.SalesHistory{Item: "I0", DC: "D0", From: "2011-03-01", Quantities: decs("1", "2.5", "0"), Unit: "EA", Version: 1},
		&models.Allocation{Order: "SO-1", Line: 1, Item: "I0", DC: "D0", Quantity: dec("2"), Unit: "EA", Version: 1},
		&models.SalesOrder{Order: "SO-1", Line: 1, Customer: "C", Item: "I0", DC: "D0", Quantity: dec("4"), Unit: "EA",
			OrderedDay: "2011-03-01", RequestedDate: "2011-03-02", Version: 1},
		forecast(1, "2011-03-01", "1", "2", "3", "4", "5", "6"),
		&models.Evaluation{Run: "r1", Item: "I0", DC: "D0", Outcome: "recommend", Reason: "low", Recommendation: "R1", NetRequirement: new(dec("87.5")), EvaluatedAt: epoch},
		recommendation("R1", nil))...)
	w.run()
	for i, seq := range seqs {
		if got := w.state(seq); got != "applied" {
			t.Errorf("event %d is %s", i, got)
		}
	}
	for table, want := range map[string]int{
		"items": 1, "suppliers": 1, "locations": 2, "positions": 1, "stock_movements": 2, "threshold_breaches": 1, "demand_days": 3,
		"sales_order_lines": 1, "allocations": 1, "forecast_revisions": 1, "evaluations": 1, "recommendations": 1,
		"orders": 2, "order_lines": 3, "order_line_versions": 3, "confirmations": 1, "asns": 1, "receipts": 1, "supplier_exceptions": 2,
	} {
		if got := w.count(`SELECT count(*) FROM ` + table); got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	if n := w.count(`SELECT count(*) FROM evaluations WHERE net_requirement = 87.5`); n != 1 {
		t.Error("what the evaluation found to be needed is not kept")
	}
	w.expectPosition("I0", "D0", "9/2 v2 b1")
	w.expectBooks()
}

func TestAnOrdersNewVersionReplacesItsLines(t *testing.T) {
	w := newWorld(t)
	seqs := w.send(purchaseOrder(1, "open", "12", "6"), purchaseOrder(3, "confirmed", "10"), purchaseOrder(2, "open", "11", "6"))
	w.run()
	w.expectStates(seqs, "applied", "applied", "superseded")
	if n := w.count(`SELECT count(*) FROM order_lines WHERE quantity = 10`); n != 1 {
		t.Errorf("%d lines with the confirmed quantity", n)
	}
	if n := w.count(`SELECT count(*) FROM orders WHERE state = 'confirmed' AND version = 3`); n != 1 {
		t.Error("the order is not confirmed")
	}
}

func TestAnOrdersOldVersionIsKept(t *testing.T) {
	w := newWorld(t)
	w.send(purchaseOrder(1, "open", "12", "6"))
	w.run()
	w.send(purchaseOrder(2, "confirmed", "10"))
	w.run()
	if n := w.count(`SELECT count(*) FROM order_line_versions v JOIN orders o USING (number)
		WHERE v.version = 1 AND v.state = 'open' AND v.quantity IN (12, 6) OR v.version = 2 AND v.state = 'confirmed' AND v.quantity = 10`); n != 3 {
		t.Errorf("%d lines are kept, want the two of the first version and the one of the second", n)
	}
}

func TestWhenAnOrderWentAndArrivedIsKeptWithEachVersion(t *testing.T) {
	w := newWorld(t)
	sent, there := epoch.Add(time.Second), epoch.Add(time.Minute)
	first, second := purchaseOrder(1, "open", "12"), purchaseOrder(2, "open", "12")
	first.TransmittedAt, second.TransmittedAt, second.AcknowledgedAt = &sent, &sent, &there
	w.send(first)
	w.run()
	w.send(second)
	w.run()
	if n := w.count(`SELECT count(*) FROM orders WHERE acknowledged_at - transmitted_at = interval '59 seconds'`); n != 1 {
		t.Error("the order was not acknowledged 59 s after it went")
	}
	if n := w.count(`SELECT count(*) FROM order_line_versions WHERE transmitted_at IS NOT NULL AND (acknowledged_at IS NOT NULL) = (version = 2)`); n != 2 {
		t.Errorf("%d of two versions tell what was known with them", n)
	}
}

func TestADocumentSentAgainIsKnownAndOtherContentIsParked(t *testing.T) {
	w := newWorld(t)
	asn := models.ASN{ASN: "A1", Order: "PO-1", Line: 1, Quantity: dec("10"), Unit: "EA", ShippedAt: epoch, ETA: "2011-03-04"}
	other := asn
	other.Quantity = dec("11")
	seqs := w.send(&asn, &asn)
	w.run()
	seqs = append(seqs, w.send(&asn, &other)...)
	w.run()
	w.expectStates(seqs, "applied", "superseded", "superseded", "parked API-07")
}

func TestHistoriesOverlapByTheDay(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 1)
	history := func(from string, version int64, quantities ...string) *models.SalesHistory {
		return &models.SalesHistory{Item: "I0", DC: "D0", From: from, Quantities: decs(quantities...), Unit: "EA", Version: version}
	}
	seqs := w.send(history("2011-03-02", 2, "20", "30"), history("2011-03-01", 1, "1", "2"), history("2011-03-02", 1, "2"), history("2011-03-03", 2, "31"))
	w.run()
	w.expectStates(seqs, "applied", "applied", "superseded", "parked API-07")
	if n := w.count(`SELECT sum(quantity)::int FROM demand_days`); n != 51 {
		t.Errorf("the days sum to %d, want 1 + 20 + 30", n)
	}
}

func TestAForecastIsMaterialFromAPackOrFivePercentOfTheLeadTime(t *testing.T) {
	w := newWorld(t) // lead time 5 days, packs of 6
	w.masters(1, 1)
	w.send(
		forecast(1, "2011-03-01", "10", "10", "10", "10", "10", "10", "99"),
		forecast(2, "2011-03-02", "10", "10", "10", "10", "99", "5"),    // over the 5 days both cover, +89
		forecast(3, "2011-03-02", "10", "10", "10", "10", "94", "5000"), // −5: less than a pack, and the last day is beyond the lead time
		forecast(4, "2011-03-02", "10", "10", "10", "10", "101", "0"))   // +7 is a pack, and below it 5 % of 134
	w.run()
	for revision, want := range map[int]string{1: "50 <nil> true", 2: "139 50 true", 3: "134 139 false", 4: "141 134 true"} {
		var quantity decimal.Decimal
		var previous *decimal.Decimal
		var material bool
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT quantity, previous_quantity, material FROM forecast_revisions WHERE revision = $1`,
			revision).Scan(&quantity, &previous, &material); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(quantity, previous, material); got != want {
			t.Errorf("revision %d: %s, want %s", revision, got, want)
		}
	}
}

func TestABasisIsDeclaredCapturedInferredOrMissing(t *testing.T) {
	w := newWorld(t)
	w.masters(1, 2)
	w.send(forecast(4, "2011-03-01", "1"), balance("I0", "D0", 8, "10", "0"))
	w.run()
	captured := recommendation("R2", nil)
	elsewhere := recommendation("R4", nil)
	elsewhere.DC = "D1"
	w.send(
		recommendation("R1", &models.Basis{ForecastRevision: 3, Inventory: &models.StockBasis{Version: 7, AsOf: epoch, Quantity: dec("5")}}),
		event(t, "replenishment", "r2", models.TypeRecommendation, captured), recommendation("R3", nil), elsewhere)
	for _, sql := range []string{
		`INSERT INTO subscriptions (name, url, secret, types) VALUES ('replenishment', 'http://127.0.0.1/', 's', '{x}')`,
		`INSERT INTO delivered_versions VALUES ('replenishment', 'forecast', 'I0', 'D0', 2, now()), ('replenishment', 'inventory', 'I0', 'D0', 6, now())`,
	} {
		if _, err := w.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	w.run()
	for id, want := range map[string]string{"R1": "declared 3 7", "R2": "captured 2 6", "R3": "inferred 4 8", "R4": "missing 0 0"} {
		var got string
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT concat_ws(' ', basis_kind, coalesce(forecast_revision, 0), coalesce(stock_version, 0))
			FROM recommendations WHERE recommendation = $1`, id).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("basis of %s: %s, want %s", id, got, want)
		}
	}
}
