//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
	"throughline/views/layout"
)

// TestPeopleSeeWhatBreaks signs in as each role on the living demo, breaks it,
// and waits for the consequence to arrive on an open page without a reload.
func TestPeopleSeeWhatBreaks(t *testing.T) {
	w := program.New(t)
	w.Start("demo", "--day", "60s", "--no-faults")
	chromium := browser.Open(t)

	t.Run("each role lands on its own page", func(t *testing.T) {
		for _, role := range models.Roles() {
			tab := chromium.Tab(t, w.URL())
			tab.SignIn(string(role), program.DemoPassword)
			tab.Wait("the landing page of "+string(role), `location.pathname === "`+layout.Home(role)+`"`)
			tab.WaitLive()
			tab.CheckAxe(layout.Home(role))
			checkConsole(t, tab)
		}
	})
	t.Run("the overview moves by itself", func(t *testing.T) {
		tab := signedIn(t, chromium, w, models.RoleAdmin)
		tab.Goto("/overview")
		tab.WaitLive()
		before := tab.Text("#page")
		tab.Wait("new figures", `document.getElementById("page").innerText !== `+quote(before))
		tab.Screenshot("overview")
		checkConsole(t, tab)
	})
	t.Run("every page stands without serious faults", func(t *testing.T) {
		tab := signedIn(t, chromium, w, models.RoleAdmin)
		for _, path := range []string{
			"/overview", "/my-day", "/influence", "/approvals", "/exceptions/procurement", "/exceptions/planning", "/exceptions/it",
			"/flow", "/parked", "/rejected", "/routes", "/books", "/executive", "/break-something",
		} {
			tab.Goto(path)
			tab.Wait("the page "+path, `document.readyState === "complete"`)
			if strings.Contains(tab.Text("main"), "Reference") {
				t.Errorf("%s shows a failure: %s", path, tab.Text("main"))
			}
			tab.CheckAxe(path)
		}
		checkConsole(t, tab)
	})
	t.Run("a narrow screen needs no sideways scrolling", func(t *testing.T) {
		tab := signedIn(t, chromium, w, models.RoleAdmin)
		tab.Viewport(400, 800)
		for _, path := range []string{"/overview", "/exceptions/procurement", "/approvals", "/flow"} {
			tab.Goto(path)
			if over := browser.Eval[int](tab, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s is %d px too wide for 400 px", path, over)
			}
		}
	})
	t.Run("faults show", func(t *testing.T) { seeFaults(t, chromium, w) })
}

// seeFaults breaks one thing after the other and watches IT's and
// procurement's queues, which stay open all the time.
func seeFaults(t *testing.T, chromium *browser.Browser, w *program.Tower) {
	operator := signedIn(t, chromium, w, models.RoleAdmin)
	for _, f := range []struct{ fault, page, shows string }{
		{"malformed-event", "/exceptions/it", "Contract violated"},
		{"unknown-item", "/exceptions/it", "Unknown reference"},
		{"erp-down", "/exceptions/it", "erp is silent"},
	} {
		watcher := signedIn(t, chromium, w, models.RoleAdmin)
		watcher.Goto(f.page)
		watcher.WaitLive()
		operator.Goto("/break-something")
		operator.WaitLive()
		operator.Click(`form[action="/break-something/` + f.fault + `"] button`)
		operator.WaitText("#toasts", "broken")
		watcher.WaitText("#page", f.shows)
		checkConsole(t, watcher)
	}
}

func signedIn(t *testing.T, chromium *browser.Browser, w *program.Tower, role models.Role) *browser.Tab {
	t.Helper()
	tab := chromium.Tab(t, w.URL())
	tab.SignIn(string(role), program.DemoPassword)
	return tab
}

// checkConsole wants no error and no violation of the content policy.
func checkConsole(t *testing.T, tab *browser.Tab) {
	t.Helper()
	for _, m := range tab.Messages() {
		if strings.Contains(strings.ToLower(m), "error") || strings.Contains(m, "Content Security Policy") {
			t.Errorf("the page's console says: %s", m)
		}
	}
}

// quote writes text as JavaScript.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can always be written
	}
	return string(quoted)
}
