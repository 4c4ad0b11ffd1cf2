package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"throughline/models"
)

// TestPromisesLeadToWhatBrokeThem follows the rows of what has to follow, as IT,
// whose queue has no part in unconfirmed orders and late shipments.
func TestPromisesLeadToWhatBrokeThem(t *testing.T) {
	w := newWorld(t)
	for code, team := range map[models.ExceptionCode]string{models.ExceptionUnacknowledged: "procurement", models.ExceptionUnconfirmed: "procurement", models.ExceptionLateInbound: "procurement"} {
		w.exception(string(code), "x", "", "", "LEE", "", 1)
		w.exec(`UPDATE exceptions SET team = $2, title = 'Title of ' || $1 WHERE code = $1`, string(code), team)
	}
	for _, role := range []models.Role{models.RoleIT, models.RoleAdmin} {
		reader := w.SignIn(role)
		for row, code := range map[string]models.ExceptionCode{
			"#promise-purchase_order": models.ExceptionUnacknowledged, "#promise-confirmation": models.ExceptionUnconfirmed, "#promise-receipt": models.ExceptionLateInbound,
		} {
			href := reader.Get("/windows?show=promises").Find(row+" a[data-open]").AttrOr("href", "")
			p := reader.Get(reader.Get(href).Header.Get("Location"))
			if text := squeezed(p, "#queue tbody"); p.Find("#queue tbody tr").Length() != 1 || !strings.Contains(text, "Title of "+string(code)) {
				t.Errorf("%s: %s leads %s to %q", row, href, role, text)
			}
		}
	}
	it := w.SignIn(models.RoleIT)
	p := it.Get("/exceptions/it?view=every&code=BIZ-04")
	if tabs := tabCounts(p); !strings.HasSuffix(tabs, "All teams 1") || !strings.HasPrefix(tabs, "Ours 0 Also ours 0 All 0") {
		t.Errorf("the tabs count %q", tabs)
	}
	if p.Find("#queue [data-pick]").Length() != 0 {
		t.Error("what belongs to others can be ticked")
	}
	if p := it.Get("/exceptions/it?view=all&code=BIZ-04"); p.Find("#queue tbody tr").Length() != 0 || strings.Contains(tabCounts(p), "All teams") {
		t.Error("the queue of IT lists what it has no part in")
	}
}

// TestChoosingAllLeavesOutWhatOthersSeeTo plans a change of all that match in the
// view of every team: only what stands in the own queue is meant.
func TestChoosingAllLeavesOutWhatOthersSeeTo(t *testing.T) {
	w := newWorld(t)
	w.exception("TRF-03", "ours", "erp", "", "LEE", "", 1)
	w.exception("TRF-03", "theirs", "erp", "", "LEE", "", 1)
	w.exec(`UPDATE exceptions SET team = 'procurement' WHERE title = 'Title of theirs'`)
	p := w.SignIn(models.RoleIT).Post("/triage", url.Values{"list": {"/exceptions/it"}, "query": {"view=every&code=TRF-03"}, "scope": {"all"}, "action": {"acknowledge"}})
	preview := w.SignIn(models.RoleIT).Get(p.Header.Get("Location"))
	if text := preview.Find("main").Text(); !strings.Contains(text, "Title of ours") || strings.Contains(text, "Title of theirs") {
		t.Errorf("the preview (%d, %s) lists %s", p.Status, p.Header.Get("Location"), text)
	}
}
