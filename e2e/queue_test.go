package e2e

import (
	"strings"
	"testing"

	"throughline/e2e/browser"
	"throughline/models"
)

// seeQueue works on one exception from its panel, step by step and without a
// reload: each step stands there before the next is made, so that nobody is told
// that he himself was faster.
func (p *people) seeQueue(t *testing.T) {
	buyer := p.tab(t, models.RoleProcurement)
	buyer.Goto("/exceptions/procurement?code=BIZ-03")
	buyer.WaitLive()
	href := browser.Await[string](buyer, "a short confirmation", `document.querySelector("#queue a.row-link")?.getAttribute("href") ?? null`)
	buyer.Click(`#queue a.row-link[href="` + href + `"]`)
	buyer.WaitText("#panel", "What happened")
	buyer.Click("#runbook details summary")
	for _, step := range []struct{ action, seen string }{{"acknowledge", "acknowledged"}, {"assign", "assigned"}, {"start", "in progress"}} {
		buyer.Click(`#panel form[action$="/` + step.action + `"] button[type=submit]`)
		buyer.WaitText("#panel .keys", step.seen)
	}
	buyer.Wait("what was unfolded to stay so", `document.querySelector("#runbook details").open`)
	buyer.Click(`#panel button[data-opens^="shelve-"]`)
	buyer.Fill(`dialog[open] textarea[name=reason]`, "The supplier calls back")
	buyer.Click(`dialog[open] button[type=submit]`)
	buyer.WaitText("#panel .keys", "Shelved")
	buyer.Wait("its row to leave the queue", `!document.querySelector('#queue a.row-link[href="`+href+`"]')`)
	buyer.Click(`#panel form[action$="/unshelve"] button[type=submit]`)
	buyer.Wait("its row to be back", `document.querySelector('#queue a.row-link[href="`+href+`"]')`)
	if text := buyer.Text("body"); strings.Contains(text, "was faster") {
		t.Errorf("a person is told that somebody was faster:\n%s", text)
	}
	checkConsole(t, buyer)
}
