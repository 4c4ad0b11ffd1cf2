package handlers_test

import (
	"strconv"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestTabsCountByTheFilterAndKeepIt(t *testing.T) {
	w := newWorld(t)
	for key, dc := range map[string]string{"a": "LEE", "b": "LEE", "c": "LEE", "d": "YRK"} {
		w.exception("TRF-03", key, "erp", "", dc, "", 1)
	}
	w.exec(`UPDATE exceptions SET state = 'assigned', owner = 'test-it' WHERE title = 'Title of a'`)
	w.exec(`UPDATE exceptions SET shelved_until = now() + interval '1 hour' WHERE title = 'Title of b'`)
	it := w.SignIn(models.RoleIT)
	for path, want := range map[string]string{
		"/exceptions/it?code=TRF-03":             "Ours 3 Also ours 0 All 3 Unowned 2 Mine 1 Shelved 1 By cause 1",
		"/exceptions/it?code=TRF-03&dc=LEE":      "Ours 2 Also ours 0 All 2 Unowned 1 Mine 1 Shelved 1 By cause 1",
		"/exceptions/it?view=mine&text=Title+of": "Ours 3 Also ours 0 All 3 Unowned 2 Mine 1 Shelved 1 By cause 1",
	} {
		if tabs := tabCounts(it.Get(path)); tabs != want {
			t.Errorf("%s counts %q, want %q", path, tabs, want)
		}
	}
	tabsAgree(t, it, it.Get("/exceptions/it?code=TRF-03&dc=LEE"), "dc=LEE")
}

// TestAQueueShowsWhatItsTeamOwnsFirst holds the parts of a queue against its tabs,
// the badge and the kinds that can be chosen; what was handed on belongs to whom
// it was handed to.
func TestAQueueShowsWhatItsTeamOwnsFirst(t *testing.T) {
	w := newWorld(t)
	for _, x := range []struct{ key, team, also, routed string }{
		{"a", "planner", "procurement", ""}, {"b", "procurement", "planner", ""}, {"c", "planner", "", "procurement"}, {"d", "it", "", ""},
	} {
		w.exception("TRF-03", x.key, "", "", "LEE", "", 1)
		w.exec(`UPDATE exceptions SET team = $2, also_team = $3, routed_team = $4 WHERE dedupe_key = 'TRF-03|' || $1`, x.key, x.team, x.also, x.routed)
	}
	buyer := w.SignIn(models.RoleProcurement)
	for path, want := range map[string]string{
		"/exceptions/procurement?": "Title of b Title of c", "/exceptions/procurement?view=also&": "Title of a", "/exceptions/procurement?view=all&": "Title of a Title of b Title of c",
		"/exceptions/planning?": "Title of a", "/exceptions/planning?view=also&": "Title of b Title of c",
	} {
		p := buyer.Get(path + "text=Title+of&sort=title")
		var titles []string
		for _, title := range p.Find("#queue tbody span[title=h]").EachIter() {
			titles = append(titles, title.Text())
		}
		if got := strings.Join(titles, " "); got != want {
			t.Errorf("%s shows %q, want %q", path, got, want)
		}
		if p.Find(`select[name=code] option[value=TRF-03]`).Length() != 1 {
			t.Errorf("%s does not offer the kind of what it shows", path)
		}
	}
	tabsAgree(t, buyer, buyer.Get("/exceptions/procurement?text=Title+of"), "text=Title")
	p := buyer.Get("/exceptions/procurement")
	if title := p.Find("#nav-count-exceptions-procurement .severity").AttrOr("title", ""); !strings.Contains(title, " open, the worst P") {
		t.Errorf("the badge says %q", title)
	}
	if badge, ours := p.Find("#nav-count-exceptions-procurement").Text(), p.Find(".tabs .tab-count").First().Text(); !strings.HasPrefix(badge, ours+" ") {
		t.Errorf("the badge counts %q, the first tab %q", badge, ours)
	}
	if to := buyer.Get("/exceptions?dc=LEE").Header.Get("Location"); to != "/exceptions/procurement?dc=LEE&view=all" {
		t.Errorf("a count over all teams leads to %q", to)
	}
	none := buyer.Get("/exceptions/planning?text=Title+of+b").Find(".notice").Last()
	if text, href := none.Find("a").Last().Text(), none.Find("a").Last().AttrOr("href", ""); text != "See 1 also ours" || !strings.Contains(href, "view=also") {
		t.Errorf("an empty part leads on by %q to %q", text, href)
	}
}

func TestTheApprovalsTabsCountOnEachOfTheirPages(t *testing.T) {
	w := newWorld(t)
	w.desk(3)
	w.proposals(2, "waiting", "missing")
	w.order("PO-1", 120, 40, 0)
	w.exec(`UPDATE orders SET reference = 'TL-none'`)
	buyer := w.SignIn(models.RoleProcurement)
	for path, want := range map[string]string{
		"/approvals": "Waiting 2 Approved, not ordered 3 Confirmation gaps 1 Supplier notices 0", "/orders": "Waiting 2 Approved, not ordered 3 Confirmation gaps 1 Supplier notices 0",
		"/confirmations?dc=YRK": "Waiting 0 Approved, not ordered 0 Confirmation gaps 0 Supplier notices 0", "/approvals?kind=transfer": "Waiting 0 Approved, not ordered 3 Confirmation gaps 1 Supplier notices 0",
	} {
		if tabs := tabCounts(buyer.Get(path)); tabs != want {
			t.Errorf("%s counts %q, want %q", path, tabs, want)
		}
	}
	tabsAgree(t, buyer, buyer.Get("/orders?dc=LEE"), "dc=LEE")
}

// tabCounts are the titles of the tabs with their counts, but for Escalated: the
// tower carries on upward while a test looks.
func tabCounts(p *webtest.Page) string {
	var tabs []string
	for _, tab := range p.Find(".tabs a").EachIter() {
		count := tab.Find(".tab-count").Text()
		if text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(tab.Text()), count)) + " " + count; !strings.HasPrefix(text, "Escalated") {
			tabs = append(tabs, text)
		}
	}
	return strings.Join(tabs, " ")
}

// tabsAgree wants each tab to lead on with the filter to as many rows as it counts.
func tabsAgree(t *testing.T, c *webtest.Client, p *webtest.Page, filter string) {
	t.Helper()
	for _, tab := range p.Find(".tabs a").EachIter() {
		href := tab.AttrOr("href", "")
		if strings.Contains(href, "escalated") {
			continue
		}
		rows := c.Get(href).Find("main table").First().Find("tbody tr").Length()
		if count := tab.Find(".tab-count").Text(); count != strconv.Itoa(rows) || !strings.Contains(href, filter) {
			t.Errorf("%s counts %s and leads to %d rows", href, count, rows)
		}
	}
}
