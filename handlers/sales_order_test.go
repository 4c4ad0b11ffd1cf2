package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// TestASalesOrderIsFoundAndStandsBehindItsMovements lays an order of two lines:
// the first is allocated in part after the basis of R-1 and before that of R-2,
// the second has only been ordered.
func TestASalesOrderIsFoundAndStandsBehindItsMovements(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240)
	w.recommend("R-2", 120)
	allocated := w.now.Add(10 * time.Minute)
	w.exec(`UPDATE recommendations SET stock_version = 41, stock_as_of = $1, computed_at = $1 WHERE recommendation = 'R-2'`, allocated)
	for line, quantity := range []int{5, 3} {
		w.exec(`INSERT INTO sales_order_lines (sales_order, line, customer, item, dc, quantity, unit, requested_date, version, content_hash, seq, occurred_at)
			VALUES ('SO-991', $1, 'C-1', '85123A', 'LEE', $2, 'EA', $3::timestamptz::date, 1, gen_random_uuid(), 400 + $1, $3)`, line+1, quantity, w.now)
	}
	w.exec(`INSERT INTO allocations (sales_order, line, item, dc, quantity, unit, version, content_hash, seq, occurred_at)
		VALUES ('SO-991', 1, '85123A', 'LEE', 4, 'EA', 1, gen_random_uuid(), 410, $1)`, allocated)
	w.exec(`INSERT INTO stock_movements (item, dc, kind, on_hand_delta, allocated_delta, on_hand, allocated, version, seq, occurred_at, recorded_at)
		VALUES ('85123A', 'LEE', 'balance', 0, 4, 10, 6, 41, 411, $1, $1), ('85123A', 'LEE', 'balance', 0, 4, 10, 10, 42, 412, $1::timestamptz + interval '1 s', $1)`, allocated)
	w.sell(43, 4)

	reader := w.SignIn(models.RolePlanner)
	for _, query := range []string{"SO-991", "so-991"} {
		if to := reader.Get("/search?q=" + query).Header.Get("Location"); to != "/sales-orders/SO-991" {
			t.Errorf("the search for %s leads to %q", query, to)
		}
	}
	if to := reader.Get("/chain?q=SO-991").Header.Get("Location"); to != "/sales-orders/SO-991" {
		t.Errorf("its chain leads to %q", to)
	}
	page := reader.Get("/sales-orders/SO-991")
	for row, want := range map[string]string{"#line-1": "LEEEA541", "#line-2": "LEEEA3––", "#basis-1-R-1": "came after its basis", "#basis-1-R-2": "is counted in its basis"} {
		if got := strings.ReplaceAll(squeezed(page, row), " ", ""); !strings.Contains(got, strings.ReplaceAll(want, " ", "")) {
			t.Errorf("%s says %s, want %s", row, got, want)
		}
	}
	for row, want := range map[string]string{"#line-1": `a[href="/events/410"]`, "#line-2": `a[href="/events/402"]`} {
		if page.Find(row+" "+want).Length() != 1 {
			t.Errorf("%s has no %s", row, want)
		}
	}
	if to := page.Find("#line-2 a.row-link").AttrOr("href", ""); to != "/chain?q=85123A%40LEE" {
		t.Errorf("a line leads to %q", to)
	}
	chain := reader.Get("/chain?q=R-1")
	for row, links := range map[string]int{"#movement-41-411": 1, "#movement-42-412": 0, "#movement-43-243": 1} {
		if n := chain.Find(row + ` a[href="/sales-orders/SO-991"]`).Length(); n != links {
			t.Errorf("%s leads to the sales order %d times, want %d: %s", row, n, links, squeezed(chain, row))
		}
	}
	if p := reader.Get("/sales-orders/SO-0"); p.Status != http.StatusNotFound {
		t.Errorf("an unknown sales order: %d", p.Status)
	}
}
