package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// desk stores as many approvals that the ERP has refused.
func (w *world) desk(n int) {
	w.t.Helper()
	w.proposals(n, "approved", "declared")
	w.exec(`INSERT INTO decisions (recommendation, verdict, actor, by_policy, quantity) SELECT recommendation, 'approved', 'a', false, 10 FROM proposals`)
	w.exec(`INSERT INTO erp_writes (recommendation, system, kind, reference, request, state)
		SELECT recommendation, 'erp', 'purchase', 'TL-' || recommendation, '{}', 'failed' FROM proposals`)
}

// proposals stores n of them in a state, each with its basis known in this way.
func (w *world) proposals(n int, state, basis string) {
	w.t.Helper()
	w.exec(`INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency,
			need_by, order_by, reason, basis, basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of, computed_at, received_at, seq)
		SELECT 'R-' || $2::text || n, 'purchase', 'run', '85123A', 'LEE', 'S-1', 10, 'EA', 2.55, 'GBP', now() + interval '7 days', now() + n * interval '1 minute',
			'r', '{}', $2::text, CASE WHEN $2::text <> 'missing' THEN 7 END, 40, 8, $3, $3, $3, 300 FROM generate_series(1, $1) n`, n, basis, w.now)
	w.exec(`INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, entered_at, due_at, decided_at)
		SELECT recommendation, $1::text, 1, 'single', 25.5, 'GBP', 10, now(), order_by, CASE WHEN $1::text = 'approved' THEN now() END
		FROM recommendations WHERE basis_kind = $2`, state, basis)
}

func TestALongListSaysHowLongItIsAndLeadsOn(t *testing.T) {
	w := newWorld(t)
	w.desk(60)
	for n := range 60 {
		w.order("PO-"+string(rune('A'+n/10))+string(rune('0'+n%10)), 120, 120-n, 0)
	}
	w.exec(`INSERT INTO rejected_samples (source, event_id, type, code, errors, body, received_at)
		SELECT 'erp', 'e' || n, 'throughline.item.changed.v1', 'API-06', '[]', '{}', now() FROM generate_series(1, 60) n`)
	admin := w.SignIn(models.RoleAdmin)
	for _, c := range []struct {
		path, table string
		all         string
	}{{"/orders", "#order-desk", "60"}, {"/confirmations", "#gaps", "59"}, {"/rejected", "#samples", "60"}} {
		first := admin.Get(c.path)
		sees(t, first, c.table, 50, "1–50 of "+c.all+" rows")
		next := first.Find(`.pager a[rel="next"]`).AttrOr("href", "")
		second := admin.Get(next)
		rest := map[string]int{"59": 9, "60": 10}[c.all]
		sees(t, second, c.table, rest, "51–"+c.all+" of "+c.all+" rows")
		if back := second.Find(`.pager a[rel="prev"]`).AttrOr("href", ""); back != c.path || next != c.path+"?page=2" {
			t.Errorf("%s leads to %q, and that back to %q", c.path, next, back)
		}
		sees(t, admin.Get(c.path+"?page=99"), c.table, rest, "51–"+c.all)
		if other := second.Find(c.table+" tbody tr").First().AttrOr("id", ""); first.Find("#"+other).Length() != 0 {
			t.Errorf("%s shows %s on both pages", c.path, other)
		}
		if c.path == "/orders" {
			continue // its rows lead to pages of their own
		}
		last := second.Find(c.table+" tbody tr a.row-link").Last().AttrOr("href", "")
		_, opened, _ := strings.Cut(last, "open=")
		opened, _, _ = strings.Cut(opened, "&")
		if p := admin.Get(c.path + "?open=" + opened); p.Find("#panel h2").Length() != 1 {
			t.Errorf("%s does not open %s, which stands on its second page", c.path, opened)
		}
	}
}

func TestAPageOfApprovalsIsFullWhateverItsFilter(t *testing.T) {
	w := newWorld(t)
	w.proposals(80, "waiting", "missing")
	w.proposals(40, "waiting", "declared")
	buyer := w.SignIn(models.RoleProcurement)
	sees(t, buyer.Get("/approvals"), "#approvals-table", 50, "50 on this page, of 120 that match")
	first := buyer.Get("/approvals?verdict=UNKNOWN")
	sees(t, first, "#approvals-table", 50, "50 on this page, among 120 of any basis")
	second := buyer.Get(first.Find(`.pager a[rel="next"]`).AttrOr("href", ""))
	sees(t, second, "#approvals-table", 30, "30 on this page")
	if next := second.Find(`.pager a[rel="next"]`).AttrOr("href", ""); next != "" {
		t.Errorf("the last page leads on to %q", next)
	}
}

func sees(t *testing.T, p *webtest.Page, table string, rows int, result string) {
	t.Helper()
	if n := p.Find(table + " tbody tr").Length(); n != rows {
		t.Errorf("%s has %d rows, want %d", table, n, rows)
	}
	if text := squeezed(p, ".filter-result"); !strings.Contains(text, result) {
		t.Errorf("%s says %q, want %q", table, text, result)
	}
}
