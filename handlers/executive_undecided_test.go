package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestHealthTellsWhatIsUndecided(t *testing.T) {
	w := newWorld(t)
	executive := w.SignIn(models.RoleExecutive)
	for _, path := range []string{"/executive", "/executive/decision-latency"} {
		if p := executive.Get(path); p.Find("#undecided").Length() != 0 {
			t.Errorf("with nothing that waits %s says %q", path, squeezed(p, "#undecided"))
		}
	}
	w.recommend("R-1", 240)
	w.exec(`UPDATE proposals SET entered_at = now() - interval '3 hours 5 minutes'`)
	for _, path := range []string{"/executive", "/executive/decision-latency"} {
		p := executive.Get(path)
		if got := squeezed(p, "#undecided"); !strings.Contains(got, "1 recommendation waits for a decision now, the oldest for 3 h") {
			t.Errorf("%s says %q", path, got)
		}
		href := p.Find("#undecided a").AttrOr("href", "")
		if rows := executive.Get(href).Find("#approvals-table tbody tr").Length(); rows != 1 {
			t.Errorf("%s leads to %d rows at %q", path, rows, href)
		}
	}
	if p := executive.Get("/executive/touchless"); p.Find("#undecided").Length() != 0 {
		t.Error("another measure tells of it")
	}
}
