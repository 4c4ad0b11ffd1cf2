package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
)

// screenshotVariable names the file that the overview's picture is written to;
// without it nothing is.
const screenshotVariable = "THROUGHLINE_SCREENSHOT"

// TestPeopleWorkWithTheDemo is one long look at the living demo in a real
// browser: who may do what, what breaks and how it shows, and every page.
func TestPeopleWorkWithTheDemo(t *testing.T) {
	w := program.New(t)
	w.Start("demo", "--day", "60s", "--no-faults")
	demo := &people{tower: w, chromium: browser.Open(t)}
	t.Run("each role has its own page and goes no further", demo.seeRoles)
	t.Run("the overview moves by itself", demo.seeOverview)
	t.Run("an exception is worked on from its panel", demo.seeQueue)
	t.Run("stock is compared when somebody asks", demo.seeComparison)
	t.Run("every fault shows", demo.seeFaults)
	t.Run("every page is accessible and narrow enough", demo.seePages)
	t.Run("a page that lost its tower passes nothing for current", demo.seeLoss)
}

// people are the demo's accounts at one tower with one browser.
type people struct {
	tower    *program.Tower
	chromium *browser.Browser
}

// tab is a browser tab of somebody who has signed in.
func (p *people) tab(t *testing.T, role models.Role) *browser.Tab {
	t.Helper()
	tab := p.chromium.Tab(t, p.tower.URL())
	tab.SignIn(string(role), program.DemoPassword)
	return tab
}

func (p *people) seeOverview(t *testing.T) {
	tab := p.tab(t, models.RoleAdmin)
	tab.Goto("/overview")
	tab.WaitLive()
	before := tab.Text("#page")
	tab.Wait("new figures", `document.getElementById("page").innerText !== `+quote(before))
	if file := os.Getenv(screenshotVariable); file != "" {
		tab.Wait("something at risk", `document.querySelectorAll("#page a[href^='/exceptions/']").length >= 4`)
		tab.Screenshot(file)
	}
	checkConsole(t, tab)
}

// checkConsole wants no error and no violation of the content policy. A part
// that a busy machine did not answer in time is asked for again by the page.
func checkConsole(t *testing.T, tab *browser.Tab) {
	t.Helper()
	for _, m := range tab.Messages() {
		if strings.Contains(m, "htmx:error: timeout") {
			continue
		}
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
