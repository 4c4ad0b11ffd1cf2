package e2e

import (
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
)

// approve clicks on Approve of a recommendation that needs one person's yes and
// stands on current figures. It gives the page of the order that is made of it.
func (p *people) approve(t *testing.T) (write string) {
	t.Helper()
	db := open(t, p.tower)
	planner := p.tab(t, models.RolePlanner)
	program.Eventually(t, "an approval", func() bool {
		var recommendation string
		if db.Pool.QueryRow(t.Context(), `SELECT recommendation FROM proposals WHERE state = 'waiting' AND route = 'single'
			ORDER BY entered_at DESC LIMIT 1`).Scan(&recommendation) != nil {
			return false
		}
		planner.Goto("/approvals/" + recommendation)
		planner.WaitLive()
		const button = `form.action[action$="/approve"] button`
		if !browser.Eval[bool](planner, `!!document.querySelector(`+quote(button)+`)`) {
			return false // its basis has changed, which asks for a reason
		}
		planner.Click(button)
		planner.Wait("the answer", `!document.querySelector(`+quote(button)+`)`)
		write = browser.Eval[string](planner, `document.querySelector('a[href^="/writes/"]')?.getAttribute("href") ?? ""`)
		return write != ""
	})
	return write
}
