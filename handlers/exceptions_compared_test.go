package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestAPossibleDuplicateShowsBothOrders(t *testing.T) {
	w := newWorld(t)
	for i, number := range []string{"PO-7", "PO-8"} {
		w.exec(`INSERT INTO orders (number, kind, reference, supplier, from_dc, dc, state, currency, ordered_at, version, content_hash, seq, applied_at)
			VALUES ($1, 'purchase', $2, 'S-1', '', 'LEE', 'open', 'GBP', $3, 1, gen_random_uuid(), 1, $3)`, number, []string{"TL-R-1", ""}[i], w.now)
		w.exec(`INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by) VALUES ($1, 1, '85123A', 40, 'EA', 2, '2011-06-20')`, number)
	}
	w.exec(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, seq) VALUES ('C-1', 'PO-8', 1, 30, 'EA', '2011-06-22', $1, 2)`, w.now)
	w.exception("WFL-06", "PO-7|PO-8", "", "85123A", "LEE", "", 1)
	w.exec(`UPDATE exceptions SET team = 'procurement', document = 'PO-8'`)
	buyer := w.SignIn(models.RoleProcurement)
	href := buyer.Get("/exceptions/procurement").Find(`#queue a.btn`).AttrOr("href", "")
	compared := squeezed(buyer.Get(href), "#compared")
	for _, want := range []string{"PO-7", "PO-8", "R-1", "hand, no reference", "not yet", "30 EA for 22 Jun"} {
		if !strings.Contains(compared, want) {
			t.Errorf("the comparison at %q lacks %q: %s", href, want, compared)
		}
	}
}
