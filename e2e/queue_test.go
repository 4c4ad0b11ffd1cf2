package e2e

import (
	"strconv"
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
	buyer.WaitText("#panel .keys", "suppressed for another")
	buyer.Wait("its row to leave the queue", `!document.querySelector('#queue a.row-link[href="`+href+`"]')`)
	buyer.Click(`#panel form[action$="/unshelve"] button[type=submit]`)
	buyer.Wait("its row to be back", `document.querySelector('#queue a.row-link[href="`+href+`"]')`)
	if text := buyer.Text("body"); strings.Contains(text, "was faster") {
		t.Errorf("a person is told that somebody was faster:\n%s", text)
	}
	checkConsole(t, buyer)
}

// seeComparison has the ERP's stock compared now: the run that was asked for
// arrives on the page.
func (p *people) seeComparison(t *testing.T) {
	it := p.tab(t, models.RoleIT)
	it.Goto("/reconciliation")
	it.WaitLive()
	newest := `Number(document.querySelector("#runs a.row-link")?.innerText ?? "0")`
	before := browser.Eval[int](it, newest)
	it.Click(`form[action="/reconciliation/runs"]:has(input[value="erp"]) button[type=submit]`)
	it.Wait("a run that was not there", newest+` > `+strconv.Itoa(before))
	checkConsole(t, it)
}
