package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestASilentBoxSaysWhereAndLeadsThere(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO sources (source, system) VALUES ('wms', 'wms') ON CONFLICT DO NOTHING`)
	w.exception("API-01", "wms|LEE", "wms", "", "LEE", "", 1)
	it := w.SignIn(models.RoleIT)
	waits := it.Get("/flow").Find("#flow-source-wms .flow-waits a")
	if text := waits.Text(); !strings.HasPrefix(text, "LEE silent · ") {
		t.Errorf("the box says %q", text)
	}
	if p := it.Get(waits.AttrOr("href", "")); !strings.Contains(p.Find("#page").Text(), "Title of wms|LEE") {
		t.Errorf("it leads to %q", waits.AttrOr("href", ""))
	}
	w.exception("API-01", "wms|YRK", "wms", "", "YRK", "", 1)
	p := it.Get("/flow")
	waits = p.Find("#flow-source-wms .flow-waits a")
	if text := waits.Text(); !strings.HasPrefix(text, "LEE and 1 more silent · ") {
		t.Errorf("of two DCs the box says %q", text)
	}
	if rows := it.Get(waits.AttrOr("href", "")).Find("#queue tbody tr[id]").Length(); rows != 2 {
		t.Errorf("it leads to %d rows, want both", rows)
	}
	if row := squeezed(p, "#hop-source-wms"); !strings.Contains(row, "LEE and 1 more silent") {
		t.Errorf("the table says %q", row)
	}
}

// What waits is one line at any width: a break before its unit reads as another figure.
func TestWhatWaitsOnTheFlowMapStaysOnOneLine(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency,
			need_by, order_by, reason, basis, basis_kind, computed_at, received_at, seq)
		VALUES ('R-9', 'purchase', 'run', '85123A', 'LEE', 'S-1', 10, 'EA', 2.55, 'GBP', now() + interval '7 days', now(), 'r', '{}', 'missing', now(), now() - interval '1 min', 300)`)
	waits := w.SignIn(models.RoleIT).Get("/flow?dc=LEE").Find("#flow-workflow- .flow-waits .nowrap").Text()
	if !strings.HasPrefix(waits, "1\u00a0wait · ") {
		t.Errorf("what waits is told as %q", waits)
	}
}
