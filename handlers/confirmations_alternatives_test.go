package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// confirm adds a confirmation of an order's line, given minutes after the order.
func (w *world) confirm(number, id string, quantity, days, minutes int) {
	w.t.Helper()
	w.exec(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq)
		VALUES ($1, $2, 1, $3, 'EA', $4::timestamptz::date + 1 + $5::int, $4::timestamptz + make_interval(mins => $6), 402)`,
		id, number, quantity, w.now, days, minutes)
}

func TestAGapNamesWhatCouldFillIt(t *testing.T) {
	w := newWorld(t)
	w.order("PO-7", 120, 40, 6)
	const open = "/confirmations?dc=LEE&open=PO-7-1"
	buyer := w.SignIn(models.RoleProcurement)
	alone := squeezed(buyer.Get(open), "#panel")
	for _, want := range []string{"None is open for this item at LEE", "No DC can spare any", "No other has delivered this item"} {
		if !strings.Contains(alone, want) {
			t.Errorf("a gap without alternatives does not say %q: %s", want, alone)
		}
	}
	w.order("PO-9", 60, 60, 0)
	w.exec(`INSERT INTO receipts (receipt, number, line, item, dc, quantity, unit, received_at, seq)
		VALUES ('G-9', 'PO-9', 1, '85123A', 'LEE', 15, 'EA', $1, 405)`, w.now)
	w.exec(`INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, seq, updated_at)
		VALUES ('S-2', 'Second Source', 9, '15:00', 'GBP', 1, 6, $1)`, w.now)
	w.order("PO-2", 24, 24, 0)
	w.exec(`UPDATE orders SET supplier = 'S-2', state = 'received', dc = 'YRK' WHERE number = 'PO-2'`)
	w.exec(`INSERT INTO receipts (receipt, number, line, item, dc, quantity, unit, received_at, seq)
		VALUES ('G-2', 'PO-2', 1, '85123A', 'YRK', 24, 'EA', $1, 406)`, w.now)
	// York sells 2 a day and holds 100 for a lead time of 5 days.
	w.exec(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, as_of, seq, updated_at)
		VALUES ('85123A', 'YRK', 100, 0, 'EA', 41, 41, $1, 7, $1)`, w.now)
	w.exec(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit,
			previous_quantity, quantity, material, published_at, received_at, applied_at, seq)
		VALUES ('85123A', 'YRK', 1, 'F-8', 'ses', '1', 'day', $1::timestamptz::date, array_fill(2::numeric, ARRAY[28]), 'EA', 10, 20, true, $1, $1, $1, 108)`, w.now)
	p := buyer.Get(open)
	if row := squeezed(p, "#gap-PO-7-1"); !strings.Contains(row, "1 order, 1 DC, 1 supplier") {
		t.Errorf("the row does not count its alternatives: %s", row)
	}
	gap := p.Find("#panel")
	text := squeezed(p, "#panel .alternatives")
	for _, want := range []string{"PO-9 45 EA for", "EA to spare", "Second Source 1 line received, last on"} {
		if !strings.Contains(text, want) {
			t.Errorf("the alternatives lack %q: %s", want, text)
		}
	}
	if strings.Contains(text, "100 EA") || strings.Contains(text, "PO-7") || strings.Contains(text, "Hearts Ltd") {
		t.Errorf("York gives away what it needs, or the gap fills itself: %s", text)
	}
	for _, href := range []string{"/chain?q=PO-9", "/dcs/YRK", "/approvals?supplier=S-2"} {
		if gap.Find(`a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("no alternative leads to %s", href)
		}
	}
}

func TestAPhasedConfirmationIsTakenAsAWhole(t *testing.T) {
	w := newWorld(t)
	w.order("PO-3", 120, 40, 0) // the first part
	w.confirm("PO-3", "C-3b", 80, 6, 5)
	w.order("PO-4", 120, 60, 0) // replaced
	w.confirm("PO-4", "C-4b", 40, 2, 5)
	w.order("PO-5", 120, 120, 0) // taken back
	w.confirm("PO-5", "C-5b", 0, 0, 5)
	w.order("PO-6", 120, 30, 1)
	w.exec(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq)
		SELECT 'C-6b', number, line, 50, unit, promised_day + 3, confirmed_at, 403 FROM confirmations WHERE number = 'PO-6'`)
	p := w.SignIn(models.RoleProcurement).Get("/confirmations?open=PO-3-1")
	for row, wants := range map[string][]string{
		"#gap-PO-3-1": {"120 EA120phased in 20"},
		"#gap-PO-4-1": {"120 EA40revised80 EA"},
		"#gap-PO-5-1": {"120 EA0rejectedrejected"},
		"#gap-PO-6-1": {"120 EA80phased in 240 EA"},
		"#panel":      {w.now.AddDate(0, 0, 1).Format("Mon 2 Jan") + "40 EA", w.now.AddDate(0, 0, 7).Format("Mon 2 Jan") + "80 EA"},
	} {
		for _, want := range wants {
			if got := squeezed(p, row); !strings.Contains(got, want) {
				t.Errorf("%s lacks %q: %s", row, want, got)
			}
		}
	}
}
