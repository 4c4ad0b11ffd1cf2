package webtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

// TestAQueueIsFilteredByState takes an exception through waiting and suppressed,
// and finds it by where it stands.
func TestAQueueIsFilteredByState(t *testing.T) {
	w := webtest.Start(t)
	id := raise(t, w, models.ExceptionConfirmationGap, models.TeamProcurement, "")
	reopen(t, w, id)
	buyer := w.SignIn(models.RoleProcurement)
	stands := func(state string) {
		t.Helper()
		for _, s := range []string{"new", "assigned", "waiting", "suppressed", "resolved"} {
			found := buyer.Get("/exceptions/procurement?state="+s).Find("#exception-"+id).Length() == 1
			if found != (s == state) {
				t.Errorf("in the state %s it is listed under %s: %v", state, s, found)
			}
		}
	}
	act := func(action string, status int, version, reason, length string) *webtest.Page {
		t.Helper()
		p := pressed(buyer, "/exceptions/"+id+"/"+action, because(reason, "version", version, "for", length))
		if p.Status != status {
			t.Errorf("%s is answered with %d", action, p.Status)
		}
		return p
	}
	stands("new")
	p := act("wait", http.StatusPreconditionFailed, "1", "For the supplier.", "4h")
	if text := p.Text(); !strings.Contains(text, "is new: wait is not possible from there") {
		t.Errorf("it says %q", text)
	}
	act("assign", http.StatusOK, "1", "", "")
	act("wait", http.StatusOK, "2", "Hearts Ltd answers on Monday.", "48h")
	stands("waiting")
	see(t, buyer.Get("/exceptions/"+id), "main", "waiting until")
	see(t, buyer.Get("/exceptions/"+id), "main", "Hearts Ltd answers on Monday.")
	act("shelve", http.StatusOK, "3", "Until the count.", "8h")
	stands("suppressed")
	see(t, buyer.Get("/exceptions/"+id), "main", "suppressed for another 7 h 5")
	see(t, buyer.Get("/exceptions/"+id), "main", "Until the count.")
	act("start", http.StatusPreconditionFailed, "4", "", "")
	if text := act("assign", http.StatusConflict, "3", "", "").Text(); !strings.Contains(text, "test-procurement was faster: it is now suppressed") {
		t.Errorf("who was slower is told %q", text)
	}

	body := strings.NewReader(`{"action": "acknowledge", "filter": {"team": "procurement", "state": "suppressed"}}`)
	p = buyer.Do(http.MethodPost, "/api/v1/triage", body, http.Header{"Content-Type": {"application/json"}, "Sec-Fetch-Site": {"same-origin"}})
	var plan struct {
		Items []struct{ State, Outcome string }
	}
	if err := json.Unmarshal([]byte(p.Body), &plan); err != nil || len(plan.Items) != 1 || plan.Items[0].State != "suppressed" || plan.Items[0].Outcome != "suppressed" {
		t.Errorf("the API says %d %s", p.Status, p.Body)
	}
	act("unshelve", http.StatusOK, "4", "", "")
	stands("waiting")
	exec(t, w, `UPDATE exceptions SET consequence_at = now() - interval '6 days', ack_due_at = now() - interval '6 days', resolve_due_at = now() - interval '6 days' WHERE id = `+id)
	see(t, buyer.Get("/exceptions/procurement?state=waiting"), "#exception-"+id, "late")
	offered := buyer.Get("/exceptions/procurement?state=waiting").Find("#exception-" + id + " td:last-child").Text()
	act("resolve", http.StatusOK, "5", "The rest has come.", "")
	row := buyer.Get("/exceptions/procurement?state=resolved").Find("#exception-" + id)
	if text := row.Text(); strings.TrimSpace(offered) == "" || strings.TrimSpace(row.Find("td:last-child").Text()) != "" || strings.Contains(text, "late") || !strings.Contains(text, "resolved") {
		t.Errorf("with the move %q before it is listed as %q", offered, text)
	}
	if n := value(t, w, `SELECT count(*)::text FROM audit WHERE subject = 'exception:`+id+`'`); n != "5" {
		t.Errorf("%s changes are audited, want 5", n)
	}
}
