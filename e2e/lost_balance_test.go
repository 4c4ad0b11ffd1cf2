package e2e

import (
	"fmt"
	"strings"
	"testing"

	"throughline/e2e/browser"
	"throughline/e2e/program"
	"throughline/models"
	"throughline/sync/simulator/fault"
)

// seeLostBalance wants the stock of an item at a DC whose event was lost to be
// told with both figures, the tower's and that of the ERP's own books: among the
// differences on the page that is open, and in the exception that it becomes.
func (p *people) seeLostBalance(t *testing.T, operator *browser.Tab) {
	watcher := p.tab(t, models.RoleIT)
	watcher.Goto("/reconciliation")
	watcher.WaitLive()
	item, rest, _ := strings.Cut(breakIt(t, operator, fault.LostBalance), "/")
	dc, _, _ := strings.Cut(rest, " ")
	db := open(t, p.tower)
	ours := count(t, db, `SELECT on_hand::bigint FROM positions WHERE item = $1 AND dc = $2`, item, dc)
	theirs := p.erpOnHand(t, item, dc)
	if ours <= theirs {
		t.Fatalf("%s at %s: %d here and %d in the ERP, which has lost an event", item, dc, ours, theirs)
	}
	watcher.Wait("the difference with both figures", fmt.Sprintf(`[...document.querySelectorAll("#page tbody tr")].some((row) => {
		const cells = [...row.cells].map((cell) => cell.innerText.trim());
		const figure = (cell) => Number(cell.split(" ")[0].replaceAll(",", ""));
		return cells[0] === %q && cells[1] === %q && cells[2] === "here" && figure(cells[4]) === %d && figure(cells[5]) === %d;
	})`, item, dc, theirs, ours))
	var id int
	program.Eventually(t, "the exception of "+item+" at "+dc, func() bool {
		id = count(t, db, `SELECT coalesce(max(id), 0) FROM exceptions WHERE code = 'REC-01' AND item = $1 AND dc = $2`, item, dc)
		return id > 0
	})
	watcher.Goto(fmt.Sprintf("/exceptions/%d", id))
	watcher.WaitText("h1", fmt.Sprintf("at %s: %d here, %d in the ERP", dc, ours, theirs))
	checkConsole(t, watcher)
}

// erpOnHand is an item's stock at a DC in the ERP's own books.
func (p *people) erpOnHand(t *testing.T, item, dc string) (onHand int) {
	t.Helper()
	err := erpDatabase(t, p.tower).QueryRow(t.Context(), `SELECT on_hand FROM simulator.balances WHERE item = $1 AND dc = $2`, item, dc).Scan(&onHand)
	if err != nil {
		t.Fatal(err)
	}
	return onHand
}
