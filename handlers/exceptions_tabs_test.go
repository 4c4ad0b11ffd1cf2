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
		"/exceptions/it?code=TRF-03":             "Open 3 Unowned 3 Mine 1 Shelved 1 By cause 1",
		"/exceptions/it?code=TRF-03&dc=LEE":      "Open 2 Unowned 2 Mine 1 Shelved 1 By cause 1",
		"/exceptions/it?view=mine&text=Title+of": "Open 3 Unowned 3 Mine 1 Shelved 1 By cause 1",
	} {
		if tabs := tabCounts(it.Get(path)); tabs != want {
			t.Errorf("%s counts %q, want %q", path, tabs, want)
		}
	}
	tabsAgree(t, it, it.Get("/exceptions/it?code=TRF-03&dc=LEE"), "dc=LEE")
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
