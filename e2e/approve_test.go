package e2e

import (
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
	"throughline/models/store"
)

// approveButton approves at once; where the basis has changed, a dialog asks
// for a reason instead.
const approveButton = `form.action[action$="/approve"] button`

// approve clicks on Approve of a recommendation that needs one person's yes and
// stands on current figures. It gives the page of the order that is made of it.
func (p *people) approve(t *testing.T) (write string) {
	t.Helper()
	planner, db := p.tab(t, models.RolePlanner), open(t, p.tower)
	program.Eventually(t, "an approval", func() bool {
		path := p.approvable(t, db)
		if path == "" {
			return false
		}
		planner.Goto(path)
		planner.WaitLive()
		if !browser.Eval[bool](planner, `!!document.querySelector(`+quote(approveButton)+`)`) {
			return false // its basis has changed since
		}
		planner.Click(approveButton)
		planner.Wait("the answer", `!document.querySelector(`+quote(approveButton)+`)`)
		write = browser.Eval[string](planner, `document.querySelector('a[href^="/writes/"]')?.getAttribute("href") ?? ""`)
		return write != ""
	})
	return write
}

// approvable is the page of a recommendation that stands on current figures;
// empty when none of the newest does.
func (p *people) approvable(t *testing.T, db *store.DB) string {
	t.Helper()
	var newest []string
	err := db.Pool.QueryRow(t.Context(), `SELECT array_agg('/approvals/' || recommendation ORDER BY entered_at DESC)
		FROM proposals WHERE state = 'waiting' AND route = 'single' AND entered_at > now() - interval '10 minutes'`).Scan(&newest)
	if err != nil {
		t.Fatal(err)
	}
	visitor := program.SignIn(t, p.tower.URL(), string(models.RolePlanner))
	for _, path := range newest[:min(len(newest), 20)] {
		if page := visitor.Page(path); page != nil && page.Find(approveButton).Length() > 0 {
			return path
		}
	}
	return ""
}
