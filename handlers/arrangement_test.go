package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"throughline/models"
	"throughline/web/webtest"
)

// fillLists puts two rows or more on each list that can be sorted.
func (w *world) fillLists() {
	w.t.Helper()
	for id, quantity := range map[string]int{"R-1": 240, "R-2": 720, "R-3": 480} {
		w.recommend(id, quantity)
		w.exec(`UPDATE recommendations SET item = 'of ' || $1 WHERE recommendation = $1`, id) // a newer one of the same item supersedes it
	}
	w.standingExceptions("queued", 3)
	w.exec(`INSERT INTO sources (source, system) VALUES ('erp', 'erp'), ('wms', 'wms') ON CONFLICT DO NOTHING`)
	w.exec(`WITH run AS (INSERT INTO reconcile_runs (source, asked_by, state) VALUES ('erp', 'test', 'running') RETURNING id)
		INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version)
		SELECT id, 'erp', '85123A', dc, 'unexplained', 10, ours, 0, 0, 1, 1 FROM run, (VALUES ('LEE', 4), ('YRK', 1)) AS v(dc, ours)`)
}

// standingExceptions opens exceptions that no sweep looks for, of growing value.
func (w *world) standingExceptions(key string, n int) {
	w.t.Helper()
	w.exec(`INSERT INTO exceptions (code, team, also_team, stage, dedupe_key, title, happened, state, priority, consequence, why, source, item, dc, value_at_risk,
			opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'TRF-03', 'it', 'procurement', 'transformation', $1 || i, $1 || ' ' || i, 'h', 'new', 'P3', 'C2', 'w', 'erp', 'I' || i, 'LEE', i * 10,
			$2::timestamptz + interval '1 h', $2, $2::timestamptz + interval '1 h', $2::timestamptz + interval '2 h'
		FROM generate_series(1, $3) i`, key, w.now, n)
}

// columnOf are the texts under a heading of a table.
func columnOf(p *webtest.Page, table, heading string) []string {
	at := -1
	p.Find(table + " thead th").Each(func(i int, th *goquery.Selection) {
		if strings.HasPrefix(strings.TrimSpace(th.Text()), heading) {
			at = i
		}
	})
	var texts []string
	p.Find(table + " tbody tr").Each(func(_ int, tr *goquery.Selection) {
		texts = append(texts, strings.TrimSpace(tr.Children().Eq(at).Text()))
	})
	return texts
}

func TestEveryHeadingThatSortsDoes(t *testing.T) {
	w := newWorld(t)
	w.fillLists()
	admin := w.SignIn(models.RoleAdmin)
	for path, least := range map[string]int{
		"/exceptions/it?": 10, "/exceptions/procurement?": 10, "/approvals?": 10, "/influence?state=not_delivered": 8, "/connectors?": 7, "/reconciliation?": 10,
	} {
		page := admin.Get(path + "&sort=unheard_of")
		headings := page.Find("thead a[href*='sort=']")
		if headings.Length() < least || page.Find("thead [aria-sort=ascending], thead [aria-sort=descending]").Length() != 0 {
			t.Errorf("%s: %d headings sort, want %d at least and none that does already", path, headings.Length(), least)
		}
		headings.Each(func(_ int, a *goquery.Selection) {
			href := a.AttrOr("href", "")
			once := admin.Get(href)
			sorted := once.Find("thead [aria-sort=ascending], thead [aria-sort=descending]")
			if once.Status != http.StatusOK || sorted.Length() == 0 {
				t.Errorf("%s: %d, %d sorted columns", href, once.Status, sorted.Length())
				return
			}
			twice := admin.Get(sorted.First().Find("a").AttrOr("href", ""))
			again := twice.Find("thead [aria-sort=ascending], thead [aria-sort=descending]")
			if again.AttrOr("aria-sort", "") == sorted.AttrOr("aria-sort", "") || strings.Contains(again.First().Find("a").AttrOr("href", ""), "sort=") {
				t.Errorf("%s: the second press does not turn it round, or the third does not end it", href)
			}
		})
	}
}

func TestASortedListKeepsItsOrderOnItsWays(t *testing.T) {
	w := newWorld(t)
	w.fillLists()
	buyer := w.SignIn(models.RoleProcurement)
	page := buyer.Get("/approvals?sort=-value&dc=LEE")
	if got, want := columnOf(page, "#approvals-table", "Id"), []string{"R-2", "R-3", "R-1"}; !slices.Equal(got, want) {
		t.Errorf("by value, descending: %v, want %v", got, want)
	}
	for name, link := range map[string]string{
		"a row": "#approvals-table tbody a.row-link", "the tab": ".tabs a[aria-current]", "the cleared filter": "form.filter > a",
	} {
		if href := page.Find(link).First().AttrOr("href", ""); !strings.Contains(href, "sort=-value") {
			t.Errorf("%s leads to %q and forgets the order", name, href)
		}
	}
	if kept := page.Find("form.filter input[name=sort]").AttrOr("value", ""); kept != "-value" {
		t.Errorf("the filter keeps %q", kept)
	}
	if self := page.Find("[data-hint]").AttrOr("hx-get", ""); !strings.Contains(self, "sort=-value") {
		t.Errorf("the list fetches itself from %q", self)
	}
}

func TestPagesOfASortedQueueGoOn(t *testing.T) {
	w := newWorld(t)
	w.standingExceptions("queued", 60)
	it := w.SignIn(models.RoleIT)
	page := it.Get("/exceptions/it?sort=-risk&code=TRF-03&each=1")
	next := page.Find(".pager a[rel=next]").AttrOr("href", "")
	rows := append(columnOf(page, "#queue", "What happened"), columnOf(it.Get(next), "#queue", "What happened")...)
	if len(rows) != 60 || !strings.Contains(rows[0], "queued 60") || !strings.HasPrefix(rows[59], "queued 1e") {
		t.Errorf("two pages by money at risk: %d rows, from %q to %q", len(rows), rows[0], rows[len(rows)-1])
	}
}
