package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// holds stores an item at LON that the ERP has 100 of, and the tower 90.
func holds(t *testing.T, w *webtest.Tower, item string, unexplained bool) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
			VALUES ($1, 'Blue mug', 'EA', 1, 1, 5, 9, 'EUR', 'A', 'S-1', 1, gen_random_uuid(), 1, now())`,
		`INSERT INTO stock_told VALUES ('erp', $1, 'LON', false, 100, 10, 3, now() - interval '5 minutes')`,
		`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
			VALUES ($1, 'LON', 90, 10, 'EA', 2, 2, gen_random_uuid(), now() - interval '9 minutes', 1, now())`,
		`INSERT INTO stock_movements (item, dc, kind, on_hand_delta, allocated_delta, on_hand, allocated, document, version, content_hash, seq, occurred_at, recorded_at)
			VALUES ($1, 'LON', 'issue', -10, 0, 90, 10, 'SO-77', 2, gen_random_uuid(), 1, now(), now())`,
	} {
		if _, err := w.DB.Pool.Exec(t.Context(), statement, item); err != nil {
			t.Fatal(err)
		}
	}
	if !unexplained {
		return
	}
	_, err := w.DB.Pool.Exec(t.Context(), `
		WITH run AS (INSERT INTO reconcile_runs (source, state, asked_by, finished_at) VALUES ('erp', 'finished', 'test', now()) RETURNING id)
		INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version)
		SELECT run.id, 'erp', $1, 'LON', 'unexplained', 100, 90, 10, 10, 3, 2 FROM run`, item)
	if err != nil {
		t.Fatal(err)
	}
}

func TestStockOfAllSystemsShowsWhatIsUnexplainedFirstAndOpensToTheDifference(t *testing.T) {
	w := webtest.Start(t)
	holds(t, w, "AAA", false)
	holds(t, w, "MUG-1", true)
	planner := w.SignIn(models.RolePlanner)
	p := planner.Get("/stock")
	if first := p.Find("#truths tbody tr[id]").First().Text(); !strings.Contains(first, "MUG-1") || !strings.Contains(first, "10 EA") || !strings.Contains(first, "50") {
		t.Errorf("the first row is %q", first)
	}
	see(t, p, "#truths", "on its way")
	see(t, p, "#stock", "of 2 items at a DC")
	if rows := planner.Get("/stock?item=AAA&show=differing").Find("#truths tbody tr[id]").Length(); rows != 1 {
		t.Errorf("%d rows of one item", rows)
	}
	see(t, planner.Get("/stock?dc=NOWHERE"), "#stock", "Nothing matches")

	p = planner.Get("/stock?open=MUG-1@LON")
	see(t, p, "#panel", "SO-77")
	if p.Find("#panel a[href^='/reconciliation']").Length() != 0 {
		t.Error("a planner is led to a page that is IT's")
	}
	href, _ := w.SignIn(models.RoleIT).Get("/stock?open=MUG-1@LON").Find("#panel a[href^='/reconciliation?open=']").Attr("href")
	if p := w.SignIn(models.RoleIT).Get(href); p.Status != http.StatusOK {
		t.Errorf("the difference at %q answers %d", href, p.Status)
	}
	if p := planner.Get("/stock?open=GONE@LON"); p.Status != http.StatusNotFound {
		t.Errorf("an unknown item answers %d", p.Status)
	}
}
