package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/e2e/browser"
	"throughline/models"
	"throughline/sync/simulator/fault"
)

// breakage is a fault with the page on which its consequence is to be seen.
type breakage struct {
	fault string
	role  models.Role
	page  string // with %s it is narrowed to what the fault hit
	shows string // what the page says in the end; %s is what the fault hit
	// grows is the column of the ERP's row in the books whose figure grows instead.
	grows string
}

// bursts are over at once and show in a figure that nothing else may move meanwhile.
func bursts() []breakage {
	return []breakage{
		{fault: fault.DuplicateBurst, role: models.RoleIT, page: "/books", grows: "Duplicate"},
		{fault: fault.OutOfOrderBurst, role: models.RoleIT, page: "/books", grows: "Superseded"},
	}
}

// slow are broken before the others and looked for after them: they show when
// business days have passed, and may be over by then.
func slow() []breakage {
	return []breakage{
		// Under its cause, such as a broken contract, it may heal unseen.
		{fault: fault.LeftOut, role: models.RoleIT, page: "/exceptions/it?each=1&text=sales+order", shows: "ales orders of ERP did not arrive"},
		{fault: fault.MuteSupplier, role: models.RoleProcurement, page: "/exceptions/procurement?text=%s", shows: "has not confirmed %s"},
		{fault: fault.LateShipment, role: models.RoleProcurement, page: "/exceptions/procurement?text=%s", shows: " days late at "},
	}
}

// breakages are in groups, of which none hides another: what is broken together
// does not touch each other. What is over at once comes first, then what lasts,
// the ERP last.
func breakages() [][]breakage {
	return [][]breakage{{
		{fault: fault.RefusedEvent, role: models.RoleIT, page: "/exceptions/it", shows: "Replenishment refuses 1 event"},
		{fault: fault.MalformedEvent, role: models.RoleIT, page: "/exceptions/it", shows: "ERP breaks the contract of its stock balances"},
		{fault: fault.BadEnvelope, role: models.RoleIT, page: "/exceptions/it", shows: "ERP sends events that cannot be read"},
		{fault: fault.ClockAhead, role: models.RoleIT, page: "/exceptions/it", shows: "The clock of ERP is ahead"},
		{fault: fault.UnknownItem, role: models.RoleIT, page: "/exceptions/it", shows: "Unknown item %s"},
		{fault: fault.NegativeStock, role: models.RoleIT, page: "/exceptions/it", shows: " EA on hand"},
		{fault: fault.UsedVersion, role: models.RoleIT, page: "/exceptions/it", shows: "ERP told one version of a stock balance with two contents"},
		{fault: fault.ReusedID, role: models.RoleIT, page: "/exceptions/it", shows: "ERP used one event id for two contents"},
		{fault: fault.LostEvents, role: models.RoleIT, page: "/exceptions/it", shows: "ERP is missing the numbers %s to"},
		{fault: fault.ForeignWrite, role: models.RoleIT, page: "/exceptions/it", shows: "Forecasting may not write a stock balance"},
		{fault: fault.LostAcknowledgement, role: models.RoleProcurement, page: "/exceptions/procurement", shows: "has not acknowledged %s"},
		{fault: fault.DoubledOrder, role: models.RoleProcurement, page: "/exceptions/procurement", shows: "may repeat %s"},
		{fault: fault.RefusedOrder, role: models.RoleProcurement, page: "/exceptions/procurement", shows: "The ERP refused"},
	}, {
		{fault: fault.SilentDC, role: models.RoleIT, page: "/exceptions/it", shows: "No stock figures for %s from ERP"},
		{fault: fault.ForecastsLate, role: models.RoleIT, page: "/exceptions/it", shows: "Forecasting is silent"},
	}, {
		{fault: fault.RefusedDeliveries, role: models.RoleIT, page: "/exceptions/it", shows: "Replenishment takes no deliveries"},
	}, {
		{fault: fault.StuckEngine, role: models.RoleIT, page: "/exceptions/it", shows: "Replenishment is silent"},
	}}
}

// seeFaults presses each button of the panel and watches the fitting page,
// which is open and live before the consequence can be there.
func (p *people) seeFaults(t *testing.T) {
	operator := p.tab(t, models.RoleAdmin)
	step := func(name string, see func(*testing.T, *browser.Tab)) {
		t.Run(name, func(t *testing.T) { operator.During(t); see(t, operator) })
	}
	for _, b := range bursts() {
		step(b.fault, func(t *testing.T, _ *browser.Tab) { p.seeBurst(t, operator, b) })
	}
	late := p.breakAll(t, operator, slow())
	for _, together := range breakages() {
		t.Run("together", func(t *testing.T) { // whose pages are closed at its end
			operator.During(t)
			p.seeBroken(t, p.breakAll(t, operator, together))
		})
	}
	step(fault.EmptyShelf, p.seeEmptyShelf)
	step(fault.LostBalance, p.seeLostBalance)
	step(fault.ShortConfirmation, p.seeShortConfirmation)
	step(fault.LostAnswer, p.seeLostAnswer)
	step(fault.ERPDown, p.seeERPDown)
	p.seeBroken(t, late)
	step("no fault was forgotten", p.seeAllButtons)
}

// seeAllButtons wants each button of the panel to be pressed here, or to be one
// that this test leaves out on purpose.
func (p *people) seeAllButtons(t *testing.T, operator *browser.Tab) {
	known := map[string]bool{
		fault.EmptyShelf: true, fault.LostBalance: true, fault.ShortConfirmation: true, fault.LostAnswer: true, fault.ERPDown: true, // have tests of their own
		fault.BusyTarget:        true,                           // hides for minutes what else that target answers; `make detection` waits for it
		fault.FoundEvents:       true,                           // closes what LostEvents opened
		fault.OutOfOrderForLong: true,                           // shows after five minutes, which `make detection` waits for
		fault.Promotion:         true, fault.TransferWave: true, // are load and no fault, which `make peaks` measures
	}
	for _, b := range slices.Concat(append(breakages(), bursts(), slow())...) {
		known[b.fault] = true
	}
	operator.Goto("/break-something")
	shown := browser.Eval[[]string](operator, `[...document.querySelectorAll(".faults form")]
		.flatMap((f) => f.getAttribute("action").match(/^\/break-something\/[^/]+$/) ?? []).map((a) => a.split("/").pop())`)
	if n := browser.Eval[int](operator, `document.querySelectorAll(".faults li:not(:has(.fault-ends))").length`); n != 0 {
		t.Errorf("%d faults do not say what ends them", n)
	}
	if len(shown) < len(known) {
		t.Errorf("the panel has %d faults, %d are known", len(shown), len(known))
	}
	for _, name := range shown {
		if !known[name] {
			t.Errorf("nobody presses %s", name)
		}
	}
}

// broken is a breakage that was made, with the page that watches for it.
type broken struct {
	breakage
	words   string // that show it
	watcher *browser.Tab
}

// breakAll opens the pages first, one for all whose consequence is told on it,
// and those that are narrowed as soon as it is known to what.
func (p *people) breakAll(t *testing.T, operator *browser.Tab, together []breakage) []broken {
	t.Helper()
	watchers := map[string]*browser.Tab{}
	watch := func(role models.Role, page string) *browser.Tab {
		if watchers[page] == nil {
			watchers[page] = p.watch(t, role, page)
		}
		return watchers[page]
	}
	for _, b := range together {
		if !strings.Contains(b.page, "%s") {
			watch(b.role, b.page)
		}
	}
	all := make([]broken, len(together))
	for i, b := range together {
		hit := breakIt(t, operator, b.fault)
		name, _, _ := strings.Cut(strings.ReplaceAll(hit, "/", " "), " ") // such as an item, a DC or an order
		all[i] = broken{b, strings.ReplaceAll(b.shows, "%s", name), watch(b.role, strings.ReplaceAll(b.page, "%s", name))}
		all[i].watcher.Remember("#page", all[i].words)
	}
	return all
}

// watch opens a page that is live.
func (p *people) watch(t *testing.T, role models.Role, page string) *browser.Tab {
	t.Helper()
	watcher := p.tab(t, role)
	watcher.Goto(page)
	watcher.WaitLive()
	return watcher
}

func (p *people) seeBroken(t *testing.T, all []broken) {
	for _, b := range all {
		t.Run(b.fault, func(t *testing.T) {
			b.watcher.During(t)
			b.watcher.WaitRemembered("#page", b.words)
			checkConsole(t, b.watcher)
		})
	}
}

func (p *people) seeBurst(t *testing.T, operator *browser.Tab, b breakage) {
	watcher := p.watch(t, b.role, b.page)
	before := bookFigure(watcher, b.grows)
	breakIt(t, operator, b.fault)
	watcher.Wait(b.grows+" to grow", fmt.Sprintf("%s > %d", bookExpression(b.grows), before))
	checkConsole(t, watcher)
}

// breakIt presses the button of a fault and gives what it hit, as the toast names
// it. While there is nothing that it could hit it is pressed again, as the toast says.
func breakIt(t *testing.T, operator *browser.Tab, name string) string {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; {
		operator.Goto("/break-something")
		operator.WaitLive()
		operator.Click(`form[action="/break-something/` + name + `"] button`)
		told := browser.Await[[]string](operator, "the toast of "+name, `document.getElementById("toasts").innerText.match(/it is broken(?: \((.*)\))?\.|try again/)`)
		if told[0] != "try again" {
			return told[1]
		}
		operator.Forgive("status of 409")
		if time.Now().After(deadline) {
			t.Fatalf("%s finds nothing to break: %s", name, operator.Text("#toasts"))
		}
	}
}

// bookExpression is the ERP's figure under a column of the books, in JavaScript.
func bookExpression(column string) string {
	return fmt.Sprintf(`(() => {
		const table = [...document.querySelectorAll("#books table")].pop();
		const at = [...table.tHead.rows[0].cells].findIndex((c) => c.innerText.trim().toLowerCase().startsWith(%q));
		const row = [...table.tBodies[0].rows].find((r) => r.cells[0].innerText.trim() === "erp");
		return Number(row.cells[at].innerText.replace(/\D/g, ""));
	})()`, strings.ToLower(column))
}

func bookFigure(tab *browser.Tab, column string) int {
	return browser.Eval[int](tab, bookExpression(column))
}

// seeEmptyShelf wants the planners' queue, narrowed to what is hit, to call it.
func (p *people) seeEmptyShelf(t *testing.T, operator *browser.Tab) {
	item, dc, _ := strings.Cut(breakIt(t, operator, fault.EmptyShelf), "/")
	planner := p.tab(t, models.RolePlanner)
	planner.Goto("/exceptions/planning?text=" + item + "&dc=" + dc)
	planner.WaitLive()
	planner.WaitText("#page", "is out of stock")
	checkConsole(t, planner)
}

// seeShortConfirmation wants procurement's queue, narrowed to the order that is
// hit, to show what the supplier confirmed.
func (p *people) seeShortConfirmation(t *testing.T, operator *browser.Tab) {
	order := breakIt(t, operator, fault.ShortConfirmation)
	buyer := p.tab(t, models.RoleProcurement)
	buyer.Goto("/exceptions/procurement?text=" + order)
	buyer.WaitLive()
	buyer.Wait("what was confirmed", `/confirmed [\d,.]+ of [\d,.]+/.test(document.querySelector("#page").innerText)`)
	checkConsole(t, buyer)
}

// orderNumber is whether a write's page links to the order that was made.
const orderNumber = `document.querySelector('#page a[href^="/chain?q=PO-"], #page a[href^="/chain?q=TO-"]')`

// seeLostAnswer wants the order whose answer is lost to be found in the ERP and
// not made again, to be read on its own page.
func (p *people) seeLostAnswer(t *testing.T, operator *browser.Tab) {
	breakIt(t, operator, fault.LostAnswer)
	write := p.approve(t)
	operator.Goto(write)
	operator.WaitLive()
	operator.Wait("the order's number", orderNumber)
	checkConsole(t, operator)
}

// seeERPDown wants IT to see that the ERP is silent and takes no orders, an
// order that is approved meanwhile to wait on the desk, and to be made when the
// ERP is back.
func (p *people) seeERPDown(t *testing.T, operator *browser.Tab) {
	it, buyer := p.tab(t, models.RoleIT), p.tab(t, models.RoleProcurement)
	it.Goto("/exceptions/it")
	it.WaitLive()
	buyer.Goto("/orders")
	buyer.WaitLive()
	breakIt(t, operator, fault.ERPDown)
	write := p.approve(t)
	buyer.WaitText("#page", "outcome unknown")
	it.WaitText("#page", "ERP takes no orders")
	it.WaitText("#page", "ERP is silent")
	operator.Goto(write)
	operator.WaitLive()
	operator.Wait("the order's number", orderNumber)
	checkConsole(t, it)
	checkConsole(t, buyer)
}
