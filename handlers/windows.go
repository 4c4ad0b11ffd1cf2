package handlers

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

// Windows answers what each DC's data has to keep, and what is left of it.
type Windows struct {
	Frame   *Frame
	Budgets BudgetReader
	Network NetworkReader
	DCs     DCLister
	Targets func() models.Targets              // those that hold now
	Clocks  func() models.Escalations          // likewise, with the rotas
	Usual   func(models.Promise) time.Duration // within what time one is kept where no target says, in its own clock
}

// BudgetReader reads how entities stand against their latency targets, and how
// what governs their ages was kept.
type BudgetReader interface {
	Read(ctx context.Context, now time.Time) ([]models.ErrorBudget, error)
	Freshness(ctx context.Context, fresh []models.EntityFreshness, now time.Time) (map[models.MarkKey]models.ErrorBudget, error)
}

// Show answers GET /windows.
func (h *Windows) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavWindows, "Windows and error budgets")
	page.Lead = "What the data of each DC has to keep, how much of it was kept, and how long the rest lasts"
	page.Live = livePath(models.TopicBooks)
	now, cut := h.Frame.Now(), windowsCut{DC: c.QueryParam("dc"), Criticality: c.QueryParam("criticality"), Show: c.QueryParam("show")}
	budgets, err := h.Budgets.Read(c.Request().Context(), now)
	if err != nil {
		return err
	}
	all, err := h.Network.Freshness(c.Request().Context(), "")
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(c.Request().Context())
	if err != nil {
		return err
	}
	budgets, fresh, gaps, promises := cut.budgets(budgets), cut.fresh(all), ungoverned(cut.atDC(all)), cut.promises(h.Targets(), h.Usual)
	shifts := shiftsOf(h.Clocks().Rotas)
	view := pages.Board{Page: page, ID: "windows", Dear: true, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicBooks)}
	list := pages.BoardList{Title: "Windows", Tabs: cut.tabs(len(budgets), len(fresh), len(promises), len(gaps), len(shifts)), Filters: cut.filters(dcs, h.Targets().Criticalities())}
	switch cut.Show {
	case showFreshness:
		kept, err := h.Budgets.Freshness(c.Request().Context(), fresh, now)
		if err != nil {
			return err
		}
		view.Figures = budgetFigures(slices.Collect(maps.Values(kept)), now, freshWords)
		list.Note, list.Table = "stale first, then the least left; how old the newest row may be, and for how much of the working time of 30 days something came in time", freshTable(agedBudgets(fresh, kept, now), now)
	case showPromises:
		list.Note, list.Table = "what has to follow, within what time; followed under targets in throughline.yaml declares it", promiseTable(promises)
	case showRota:
		list.Filters, list.Note, list.Table = nil, "who is called when an exception is not answered in time; rota in throughline.yaml declares it", rotaTable(shifts, now)
	case showUngoverned:
		view.Figures = budgetFigures(budgets, now, latencyWords)
		list.Note, list.Table = "nobody declared how recent these have to be: name them under targets in throughline.yaml", ungovernedTable(gaps)
	default:
		view.Figures = budgetFigures(budgets, now, latencyWords)
		list.Note, list.Table = "the worst first; from the source's commit to the effect, real time, day and night", budgetTable(budgets)
	}
	view.Figures = append(view.Figures, ungovernedFigure(gaps, cut.atDC(all), now))
	view.Lists = []pages.BoardList{list}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// budgetWords name what a kind of budget counts.
type budgetWords struct{ kept, missed, unit string }

var (
	latencyWords = budgetWords{"In time", "Late", "events"}
	freshWords   = budgetWords{"Fresh", "Stale", "min"}
)

// objectiveText keeps the places that part one objective from the next.
func objectiveText(share decimal.Decimal) string { return ui.Exact(share.Shift(2)) + " %" }

// attainedText keeps the two places in which a good share differs from a perfect one.
func attainedText(b models.ErrorBudget) string {
	return ui.Exact(b.Attained().Shift(2).RoundDown(2)) + " %"
}

func budgetFigures(budgets []models.ErrorBudget, now time.Time, words budgetWords) []ui.Number {
	all := models.AllBudgets(budgets)
	spent, burning := 0, 0
	for _, b := range budgets {
		if !b.Left().IsPositive() {
			spent++
		}
		if burns(b) {
			burning++
		}
	}
	age := ui.Age{At: now}
	figures := []ui.Number{
		{Label: words.kept, Target: objectiveText(all.Objective.Round(5)), Age: age, Note: ui.Count(all.Period.Events) + " " + words.unit + " in 30 days"},
		{Label: words.missed, Value: ui.Count(all.Period.Late), Unit: words.unit, Age: age, Note: "of all that are listed below"},
		{Label: "Budgets used up", Value: ui.Count(int64(spent)), Note: "of " + ui.Count(int64(len(budgets))), Age: age},
		{Label: "Burning too fast", Value: ui.Count(int64(burning)), Note: "in the last hour and six hours", Age: age},
	}
	if all.Period.Events > 0 {
		figures[0].Value = attainedText(all)
		if all.Attained().LessThan(all.Objective) {
			figures[0].Missed = ui.P3
		}
	}
	if spent > 0 {
		figures[2].Missed = ui.P2
	}
	if burning > 0 {
		figures[3].Missed = ui.P2
	}
	return figures
}

// burns tells of a budget that shrinks too fast now: the short window says that
// it still does, the longer one that it is no blip.
func burns(b models.ErrorBudget) bool {
	one := decimal.NewFromInt(1)
	return b.Burn(0).GreaterThan(one) && b.Burn(1).GreaterThan(one)
}

func budgetTable(budgets []models.ErrorBudget) ui.Table {
	table := ui.Table{
		ID: "budgets", Caption: "Error budgets by DC and entity",
		Columns: []ui.Column{
			{Title: "DC", Fold: ui.FoldLead}, {Title: "Entity", Fold: ui.FoldGrow}, {Title: "Criticality", Said: true}, {Title: "Within", Help: "The target", Number: true}, {Title: "Objective", Number: true, Help: objectiveHelp},
			{Title: "Events", Number: true}, {Title: "Late", Number: true}, {Title: "In time", Number: true},
			{Title: "Budget left", Number: true, Fold: ui.FoldTrail, Help: "Of the events that may be late in 30 days"},
			{Title: "Burn 1 h", Number: true, Help: burnHelp}, {Title: "6 h", Number: true, Help: burnHelp}, {Title: "3 d", Number: true, Help: burnHelp},
			{Title: "Used up in", Help: "At the rate of the last six hours"},
		},
		Empty: ui.Notice{Title: "Nothing has taken effect yet", Detail: "A budget appears for each entity of a DC, or of all DCs, with its first event."},
	}
	worst := slices.SortedStableFunc(slices.Values(budgets), func(a, b models.ErrorBudget) int { return a.Left().Cmp(b.Left()) })
	for _, b := range worst {
		row := cells(dcCell(b.DC), ui.Text(entityWord(b.Entity)), criticalityCell(b.Criticality), ui.Text(ui.Took(b.Target)), ui.Text(objectiveText(b.Objective)),
			ui.Text(ui.Count(b.Period.Events)), ui.Text(ui.Count(b.Period.Late)), ui.Text(attainedText(b)), budgetLeftCell(b))
		for i := range b.Burns {
			row = append(row, burnCell(b, i))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "budget-" + b.DC + "-" + b.Entity, Href: pairHref(b.DC, b.Entity), Cells: append(row, breachCell(b)),
		})
	}
	return table
}

// pairHref is the page of the DC; what belongs to none has its latency behind it.
func pairHref(dc, entity string) string {
	if dc == "" {
		return addressOf(latencyPath, "entity", entity)
	}
	return dcHref(dc)
}

func budgetLeftCell(b models.ErrorBudget) templ.Component {
	if !b.Left().IsPositive() {
		return ui.Change(partText(b.Left()), ui.P2)
	}
	return ui.Text(partText(b.Left()))
}

const objectiveHelp = "Which share has to be in time, as targets or criticality in throughline.yaml declare it"

const burnHelp = "How many times as fast as it may the budget is used up; 1 uses it up in 30 days. Windows begin with a whole hour."

func burnCell(b models.ErrorBudget, window int) templ.Component {
	switch burn := b.Burn(window).Round(2); {
	case b.Burns[window].Events == 0:
		return ui.Muted("–")
	case burn.GreaterThan(decimal.NewFromInt(1)):
		return ui.Change(ui.Overview(burn)+" ×", ui.P3)
	default:
		return ui.Text(ui.Overview(burn) + " ×")
	}
}

func breachCell(b models.ErrorBudget) templ.Component {
	lasts, will := b.Breach()
	switch {
	case !will:
		return ui.Muted("not within 30 d")
	case lasts == 0:
		return ui.Change("used up", ui.P2)
	default:
		return ui.Change(ui.Took(lasts), ui.P3)
	}
}
