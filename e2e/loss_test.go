package e2e

import (
	"testing"

	"throughline/models"
)

// seeLoss ends the tower under an open page: what stands there is struck through
// as soon as nobody vouches for it any more.
func (p *people) seeLoss(t *testing.T) {
	tab := p.tab(t, models.RolePlanner)
	tab.Goto("/overview")
	tab.WaitLive()
	const struck = `[...document.querySelectorAll(".figure-value, .table td.num")].filter((n) => getComputedStyle(n).textDecorationLine === "line-through").length`
	tab.Wait("no figure to be struck through", struck+` === 0`)
	p.tower.Kill()
	tab.Wait("the page to call itself stale", `document.documentElement.dataset.live === "stale"`)
	tab.Wait("every figure to be struck through", struck+` === document.querySelectorAll(".figure-value, .table td.num").length`)
}
