package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
	"throughline/views/layout"
)

// refusals are pages and actions that a role must not reach.
type refusals struct {
	pages   []string
	actions []string
}

func refused(waiting string) map[models.Role]refusals {
	const approve = "/approve"
	return map[models.Role]refusals{
		models.RolePlanner:     {[]string{"/flow", "/exceptions/it", "/parked", "/books", "/executive", "/audit"}, []string{"/books/audit", "/events/1/retry"}},
		models.RoleProcurement: {[]string{"/my-day", "/influence", "/flow", "/routes", "/executive", "/audit"}, []string{"/books/audit", "/writes/1/discard"}},
		models.RoleIT:          {[]string{"/my-day", "/influence", "/exceptions/procurement", "/executive"}, []string{waiting + approve}},
		models.RoleExecutive:   {[]string{"/my-day", "/flow", "/exceptions/it", "/reconciliation"}, []string{waiting + approve, "/exceptions/1/acknowledge"}},
		models.RoleAdmin:       {},
	}
}

// seeRoles signs in as each role: it lands on its page, what it may not do is
// neither offered nor done.
func (p *people) seeRoles(t *testing.T) {
	waiting := p.waitingRecommendation(t)
	for role, not := range refused(waiting) {
		t.Run(string(role), func(t *testing.T) {
			tab := p.tab(t, role)
			tab.Wait("the landing page", `location.pathname === `+quote(layout.Home(role)))
			tab.WaitLive()
			checkConsole(t, tab)
			for _, path := range not.pages {
				if browser.Eval[bool](tab, `!!document.querySelector('#nav a[href=`+quote(path)+`]')`) {
					t.Errorf("%s is offered", path)
				}
			}
			tab.Goto(waiting)
			offered := browser.Eval[bool](tab, `!!document.querySelector('form[action$="/approve"]')`)
			if may := !refuses(not, "/approve"); offered != may {
				t.Errorf("approval is offered: %t, allowed: %t", offered, may)
			}
			for _, path := range not.pages {
				wantStatus(t, tab, http.MethodGet, path, http.StatusForbidden)
			}
			for _, path := range not.actions {
				wantStatus(t, tab, http.MethodPost, path, http.StatusForbidden)
			}
			wantStatus(t, tab, http.MethodGet, layout.Home(role), http.StatusOK)
		})
	}
}

func refuses(not refusals, action string) bool {
	for _, path := range not.actions {
		if strings.HasSuffix(path, action) {
			return true
		}
	}
	return false
}

// wantStatus asks the tower from within the page, as the page's own script would.
func wantStatus(t *testing.T, tab *browser.Tab, method, path string, want int) {
	t.Helper()
	got := browser.Eval[int](tab, fmt.Sprintf(`fetch(%s, {method: %q}).then((r) => r.status)`, quote(path), method))
	if got != want {
		t.Errorf("%s %s is answered with %d, want %d", method, path, got, want)
	}
}

// waitingRecommendation is the page of one that a person has to decide on.
func (p *people) waitingRecommendation(t *testing.T) (path string) {
	t.Helper()
	visitor := program.SignIn(t, p.tower.URL(), string(models.RoleAdmin))
	program.Eventually(t, "a recommendation that waits for a person", func() bool {
		for _, link := range program.Links(visitor.Page("/approvals"), "/approvals") {
			if id, ok := strings.CutPrefix(link, "/approvals?open="); ok {
				path = "/approvals/" + id
				return true
			}
		}
		return false
	})
	return path
}
