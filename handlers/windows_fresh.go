package handlers

import (
	"slices"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// agedBudget is an age with what is left of its budget; without a window it has none.
type agedBudget struct {
	models.EntityFreshness
	budget   models.ErrorBudget
	governed bool
}

// agedBudgets puts what is stale first, and of the rest what has the least left.
func agedBudgets(fresh []models.EntityFreshness, budgets map[models.MarkKey]models.ErrorBudget, now time.Time) []agedBudget {
	var all []agedBudget
	for _, f := range fresh {
		budget, governed := budgets[f.Key()]
		all = append(all, agedBudget{f, budget, governed})
	}
	slices.SortStableFunc(all, func(a, b agedBudget) int {
		if stale := a.Stale(now); stale != b.Stale(now) {
			return firstIf(stale)
		}
		if a.governed != b.governed {
			return firstIf(a.governed)
		}
		return a.budget.Left().Cmp(b.budget.Left())
	})
	return all
}

func firstIf(first bool) int {
	if first {
		return -1
	}
	return 1
}

func freshTable(fresh []agedBudget, now time.Time) ui.Table {
	table := ui.Table{
		ID: "fresh", Caption: "Freshness by DC, entity and source",
		Columns: []ui.Column{
			{Title: "DC", Fold: ui.FoldLead}, {Title: "Entity", Fold: ui.FoldLead}, {Title: "Criticality", Spare: true}, {Title: "Source"},
			{Title: "Newest", Help: "The source's time of the newest row", Fold: ui.FoldTrail}, {Title: "State"},
			{Title: "Window", Number: true}, {Title: "Calendar", Help: "In whose working time the window runs and the minutes are counted"},
			{Title: "Objective", Number: true, Help: objectiveHelp},
			{Title: "Fresh", Number: true, Help: "Of the minutes of working time of 30 days, or since the first row: something had come within the window, to 10 s"},
			{Title: "Budget left", Number: true, Help: "Of the minutes that may be stale in 30 days"},
			{Title: "Burn 1 h", Number: true, Help: burnHelp}, {Title: "6 h", Number: true, Help: burnHelp}, {Title: "3 d", Number: true, Help: burnHelp},
			{Title: "Used up in", Help: "At the rate of the last six hours"},
		},
		Empty: ui.Notice{Title: "Nothing received yet", Detail: "Each entity of a DC, or of all DCs, appears with its first row."},
	}
	for _, f := range fresh {
		row := cells(dcCell(f.DC), ui.Text(entityWord(f.Entity)), criticalityCell(f.Criticality), ui.Text(f.Source), ui.Since(f.NewestAt), staleCell(f.EntityFreshness, f.Stale(now)))
		table.Rows = append(table.Rows, ui.Row{
			ID: "fresh-" + f.DC + "-" + f.Entity + "-" + f.Source, Href: pairHref(f.DC, f.Entity), Cells: append(row, freshBudgetCells(f)...),
		})
	}
	return table
}

func freshBudgetCells(f agedBudget) []templ.Component {
	none := ui.Muted("–")
	if !f.governed {
		return cells(ui.Muted("none set"), none, none, none, none, none, none, none, none)
	}
	fresh := none
	if f.budget.Period.Events > 0 {
		fresh = ui.Text(attainedText(f.budget))
	}
	row := cells(ui.Text(ui.Took(f.Window)), calendarCell(f.Calendar), ui.Text(objectiveText(f.budget.Objective)), fresh, budgetLeftCell(f.budget))
	for i := range f.budget.Burns {
		row = append(row, burnCell(f.budget, i))
	}
	return append(row, breachCell(f.budget))
}

func calendarCell(c *models.Calendar) templ.Component {
	if c == nil {
		return ui.Muted("always")
	}
	return ui.Text(c.Name)
}
