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
	w.exec(`INSERT INTO subscriptions (name, url, secret, types, state) VALUES ('lake', 'http://127.0.0.1:1/', 'whsec_bGFrZQ==', '{throughline.inventory.balance.v1}', 'paused')`)
	w.deliveries("lake", 3)
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

// deliveries stores failed attempts at a subscriber, each slower than the one before.
func (w *world) deliveries(subscription string, n int) {
	w.t.Helper()
	w.exec(`INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, status, outcome, class, error)
		SELECT $1, 0, i, i, 'm' || i, i, 1, $2::timestamptz - interval '1 h', $2::timestamptz - interval '1 h' + i * interval '1 s', 500, 'failed', 'transient', 'e' || i
		FROM generate_series(1, $3) i`, subscription, w.now, n)
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
		"/exceptions/it?": 10, "/exceptions/procurement?view=also": 10, "/approvals?": 10, "/influence?state=not_delivered": 8, "/connectors?": 7, "/reconciliation?": 10,
		"/audit?": 4, "/routes/lake?": 6, "/routes/lake?show=failed": 6,
	} {
		page := admin.Get(path + "&sort=unheard_of")
		headings := page.Find("thead a[href*='sort=']")
		if headings.Length() < least || page.Find("thead [aria-sort=ascending], thead [aria-sort=descending]").Length() != 0 {
			t.Errorf("%s: %d headings sort, want %d at least and none that does already", path, headings.Length(), least)
		}
		if least > page.Find(".sort-menu a").Length() {
			t.Errorf("%s: where rows have no headings %d orders are offered", path, page.Find(".sort-menu a").Length())
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

func TestTheDeliveriesOfARouteAreSortedAndPaged(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO subscriptions (name, url, secret, types, state) VALUES ('lake', 'http://127.0.0.1:1/', 'whsec_bGFrZQ==', '{throughline.inventory.balance.v1}', 'paused')`)
	w.deliveries("lake", 70)
	it := w.SignIn(models.RoleIT)
	page := it.Get("/routes/lake?show=failed&sort=-took")
	slowest := columnOf(page, "#deliveries", "Events")
	if len(slowest) != 50 || slowest[0] != "70" || slowest[49] != "21" {
		t.Fatalf("the slowest first: %q", slowest)
	}
	if !strings.Contains(page.Text(), "of the newest 5,000") {
		t.Error("nothing says among how many they are sorted")
	}
	rest := columnOf(it.Get(page.Find(".pager a[rel=next]").AttrOr("href", "")), "#deliveries", "Events")
	if len(rest) != 20 || rest[0] != "20" || rest[19] != "1" {
		t.Errorf("the next page: %q", rest)
	}
	newest := it.Get("/routes/lake")
	if rows := columnOf(newest, "#deliveries", "Events"); rows[0] != "70" || strings.Contains(newest.Text(), "of the newest 5,000") {
		t.Errorf("in their own order they begin with %q", rows[0])
	}
	if p := it.Get("/routes/lake?after=nowhere"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a place that is none: %d", p.Status)
	}
}

func TestTheTrailIsSortedByWho(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO audit (at, actor, action, subject) SELECT $1::timestamptz - n * interval '1 minute', 'p' || lpad(n::text, 2, '0'), 'exception.assign', 'exception:' || n FROM generate_series(1, 70) AS n`, w.now)
	it := w.SignIn(models.RoleIT)
	page := it.Get("/audit?action=exception.assign&sort=who")
	who := append(columnOf(page, "#trail", "Who"), columnOf(it.Get(page.Find(".pager a[rel=next]").AttrOr("href", "")), "#trail", "Who")...)
	if len(who) != 70 || !slices.IsSorted(who) {
		t.Errorf("two pages by who: %d rows, from %q to %q", len(who), who[0], who[len(who)-1])
	}
	if kept := page.Find("form.filter input[name=sort]").AttrOr("value", ""); kept != "who" {
		t.Errorf("the filter keeps %q", kept)
	}
	if p := it.Get("/api/v1/audit?action=exception.assign&sort=-who&limit=1"); !strings.Contains(p.Body, `"actor":"p70"`) {
		t.Errorf("the API begins with %s", p.Body)
	}
}
