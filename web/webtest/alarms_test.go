package webtest_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/web/webtest"
)

func TestAlarmHealthCountsWhomExceptionsCall(t *testing.T) {
	w := webtest.Start(t)
	id := raise(t, w, models.ExceptionDrift, models.TeamIT, "")
	for range 3 {
		if _, err := w.DB.Pool.Exec(t.Context(), `INSERT INTO exception_notes (exception_id, at, actor, action) VALUES ($1, now(), 'tower', 'reopened')`, id); err != nil {
			t.Fatal(err)
		}
	}
	p := w.SignIn(models.RoleIT).Get("/alarms")
	if p.Status != http.StatusOK {
		t.Fatalf("the page answers %d", p.Status)
	}
	see(t, p, "#alarms-chatter", "1")
	see(t, p, "#chattering", "Something")
	see(t, p, "#kind-REC-01", "Stock differs from the ERP")
	see(t, p, "#load-it", "3")
	if href := p.Find("#chattering a.row-link").AttrOr("href", ""); href != "/exceptions/"+id {
		t.Errorf("what chatters leads to %q", href)
	}
	if p := w.SignIn(models.RolePlanner).Get("/alarms"); p.Status != http.StatusForbidden {
		t.Errorf("a planner gets %d, want it refused", p.Status)
	}
}
