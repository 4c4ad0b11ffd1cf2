package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// order stores a purchase order in the state in which its supplier confirmed it.
func (w *world) order(number string, quantity, confirmed, lateDays int) {
	w.t.Helper()
	w.exec(`INSERT INTO orders (number, kind, supplier, dc, state, currency, ordered_at, version, seq, applied_at)
		VALUES ($1, 'purchase', 'S-1', 'LEE', 'confirmed', 'GBP', $2, 1, 400, $2)`, number, w.now)
	w.exec(`INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by)
		VALUES ($1, 1, '85123A', $2, 'EA', 2.55, $3::timestamptz::date + 1)`, number, quantity, w.now)
	w.exec(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq)
		VALUES ('C-' || $1::text, $1::text, 1, $2, 'EA', $3::timestamptz::date + 1 + $4::int, $3::timestamptz + interval '40 seconds', 401)`, number, confirmed, w.now, lateDays)
}

// gapException is one that no sweep closes: it was opened after each of them began.
func (w *world) gapException(number string) {
	w.t.Helper()
	w.exec(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, item, dc, document,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('BIZ-03', 'procurement', 'business', $1, 'Confirmed short', 'Confirmed 40 of 120.', 'new', 'P2', 'C2', 'because', '85123A', 'LEE', $1,
			$2::timestamptz + interval '1 h', $2, $2, $2)`, number, w.now)
}

func squeezed(p *webtest.Page, selector string) string {
	return strings.Join(strings.Fields(p.Find(selector).Text()), " ")
}

func TestConfirmationGapsShowWhatTheyDoToStock(t *testing.T) {
	w := newWorld(t)
	w.order("PO-7", 120, 40, 6)
	w.order("PO-8", 24, 24, 0)
	w.gapException("PO-7")
	buyer := w.SignIn(models.RoleProcurement)
	p := buyer.Get("/confirmations?dc=LEE")
	row := squeezed(p, "#gap-PO-7-1")
	for _, want := range []string{"White hanging heart", "Hearts Ltd", "120 EA", "40", "80 EA", "6", "→", "nobody yet"} {
		if !strings.Contains(row, want) {
			t.Errorf("the gap lacks %q: %s", want, row)
		}
	}
	if ages := p.Find("#gap-PO-7-1 time[data-age]").Length(); ages != 2 {
		t.Errorf("%d figures of the gap have an age, want the answer and the stock behind the projection", ages)
	}
	if p.Find("#gaps tbody tr").Length() != 1 {
		t.Error("what was confirmed as ordered is listed among the gaps")
	}
	for _, move := range []string{"accept", "chase"} {
		if p.Find(`#gap-PO-7-1 form[action$="/moves/`+move+`"]`).Length() != 1 {
			t.Errorf("the gap cannot be answered with %s", move)
		}
	}
	if formsOn(w.SignIn(models.RoleExecutive).Get("/confirmations")) != 0 {
		t.Error("a reader is offered to answer the supplier")
	}
	if p := buyer.Get("/confirmations?dc=YRK"); p.Status != http.StatusOK || p.Find("#gaps").Length() != 0 {
		t.Errorf("York has the gaps of Leeds: %d", p.Status)
	}
}

func TestAReviewProjectsStockAndKnowsItsSupplier(t *testing.T) {
	w := newWorld(t)
	w.order("PO-7", 120, 60, 0)
	w.recommend("R-1", 240)
	p := w.SignIn(models.RoleProcurement).Get("/approvals/R-1")
	review := squeezed(p, "#review")
	for _, want := range []string{"Projected stock", "Without it", "runs out", "With it", "if it arrives on", "Hearts Ltd", "1 order line", "Confirms in full"} {
		if !strings.Contains(review, want) {
			t.Errorf("the review lacks %q: %s", want, review)
		}
	}
	if days := p.Find("#review-stock tbody tr").Length(); days != 30 {
		t.Errorf("the table behind the chart has %d days, want 30", days)
	}
}

func TestTheExecutiveSeesEachMeasureWithItsTrend(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	buyer := w.SignIn(models.RoleProcurement)
	submit(buyer, buyer.Get("/approvals/R-1"), "/approvals/R-1/reject", "reason", "Not needed any more")
	p := w.SignIn(models.RoleExecutive).Get("/executive")
	if rows := p.Find("#measures tbody tr").Length(); p.Status != http.StatusOK || rows != 9 {
		t.Fatalf("%d with %d measures, want nine", p.Status, rows)
	}
	if row := squeezed(p, "#measure-throughput"); !strings.Contains(row, "not declared") {
		t.Errorf("the throughput says %q", row)
	}
	if row := squeezed(p, "#measure-alignment"); !strings.Contains(row, "0 %") || !strings.Contains(row, "≥ 90 %") || !strings.Contains(row, "Planning") {
		t.Errorf("the alignment says %q", row)
	}
	if page := squeezed(p, "#executive"); !strings.Contains(page, "trend of the 1 week measured so far, of 13") {
		t.Errorf("the page does not say how far back it goes: %s", page)
	}
	if href := p.Find("#measure-alignment a.row-link").AttrOr("href", ""); href != "/executive/alignment" {
		t.Errorf("the measure leads to %q", href)
	}
}

func TestABareItemKeepsToTheDCItLedTo(t *testing.T) {
	w := newWorld(t)
	p := w.SignIn(models.RolePlanner).Get("/chain?q=85123A")
	if n := p.Find(`[hx-get="/chain?q=85123A%40LEE"]`).Length(); n != 1 {
		t.Errorf("%d parts fetch the chain of Leeds anew, want one", n)
	}
}
