package handlers

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// outcomeWords say within a sentence what came of an exception, or would; empty is
// what is to be done.
func outcomeWords(o models.TriageOutcome, started bool) string {
	switch o {
	case models.TriageDone:
		return "done"
	case models.TriageUndone:
		return "taken back"
	case models.TriageChanged:
		return "changed meanwhile"
	case models.TriageNeedless:
		return "so already"
	case models.TriageSuppressed:
		return "suppressed, to be taken back first"
	case models.TriageUrgent:
		return "P1, never shelved"
	case models.TriageNotAllowed:
		return "not allowed"
	}
	if started {
		return "to be done"
	}
	return "would be changed"
}

// shownOutcomes are those of a triage in their order, what is to be done first.
func (r results) shownOutcomes() []models.TriageOutcome {
	var shown []models.TriageOutcome
	for _, o := range append([]models.TriageOutcome{""}, models.TriageOutcomes()...) {
		if len(r[o]) > 0 {
			shown = append(shown, o)
		}
	}
	return shown
}

// outcomeName is an outcome as the address holds it.
func outcomeName(o models.TriageOutcome) string {
	if o == "" {
		return "open"
	}
	return string(o)
}

func triageHref(run models.Triage, show string) string {
	return addressOf(triageHome+"/"+ui.ID(run.ID), "show", show)
}

func triageFigures(run models.Triage, sorted results, now time.Time) []ui.Number {
	age := ui.Age{At: now}
	figures := []ui.Number{{ID: "chosen", Label: "Chosen", Value: ui.Count(int64(len(run.Items))), Unit: "exceptions", Href: triageHref(run, ""), Age: age}}
	for _, o := range sorted.shownOutcomes() {
		figures = append(figures, ui.Number{
			ID: outcomeName(o), Label: capital(outcomeWords(o, run.StartedAt != nil)), Value: ui.Count(int64(len(sorted[o]))), Unit: "exceptions",
			Href: triageHref(run, outcomeName(o)), Age: age,
		})
	}
	return figures
}

func triageFacts(run models.Triage) ui.Table {
	kinds, priorities := map[string]int64{}, map[string]int64{}
	for _, item := range run.Items {
		kinds[string(item.Code)]++
		priorities[string(item.Priority)]++
	}
	same := func(s string) string { return s }
	facts := []ui.Fact{
		{Key: "By priority", Value: tallied(priorities, same)}, {Key: "By kind", Value: tallied(kinds, kindName)},
		{Key: "To", Value: run.Owner}, {Key: "Why", Value: run.Note}, {Key: "For", Value: shelfWords(run)}, {Key: "Chosen by", Value: run.Actor},
	}
	table := ui.Table{ID: "chosen-facts", Caption: "What is chosen", Columns: []ui.Column{{Title: "What", Fold: ui.FoldLead}, {Title: "Value", Fold: ui.FoldGrow}}}
	for _, fact := range facts {
		if fact.Value != "" {
			table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text(fact.Key), ui.Text(fact.Value))})
		}
	}
	return table
}

// kindName is the name of a kind with its code.
func kindName(code string) string {
	kind, _ := models.ExceptionCode(code).Kind()
	return strings.TrimSpace(kind.Name + " (" + code + ")")
}

func shelfWords(run models.Triage) string {
	if run.Seconds == 0 {
		return ""
	}
	return ui.Took(run.Change(models.TriageItem{}).For)
}

// shownTriage is the list of the exceptions with its tabs.
type shownTriage struct {
	tabs  []ui.Tab
	table ui.Table
}

func triageView(c echo.Context, run models.Triage, sorted results, now time.Time) shownTriage {
	show, items := c.QueryParam("show"), run.Items
	view := shownTriage{tabs: []ui.Tab{{Title: "All", Count: ui.Count(int64(len(run.Items))), Href: triageHref(run, ""), Current: true}}}
	outcomes := map[int64]models.TriageOutcome{}
	for _, o := range sorted.shownOutcomes() {
		for _, item := range sorted[o] {
			outcomes[item.ID] = o
		}
		chosen := show == outcomeName(o)
		if chosen {
			items, view.tabs[0].Current = sorted[o], false
		}
		view.tabs = append(view.tabs, ui.Tab{Title: capital(outcomeWords(o, run.StartedAt != nil)), Count: ui.Count(int64(len(sorted[o]))), Href: triageHref(run, outcomeName(o)), Current: chosen})
	}
	at := readPaging(c, int64(len(items)))
	view.table = triageTable(run, items[at.part().Offset:min(at.part().Offset+rowsOnPage, len(items))], outcomes, now)
	view.table.Pager = at.pager(func(page string) string { return addressOf(triageHome+"/"+ui.ID(run.ID), "show", show, "page", page) })
	return view
}

func triageTable(run models.Triage, items []models.TriageItem, outcomes map[int64]models.TriageOutcome, now time.Time) ui.Table {
	table := ui.Table{
		ID: "triaged", Caption: "Exceptions, the most urgent first",
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead}, {Title: "What happened", Fold: ui.FoldGrow}, {Title: "Code"}, {Title: "State"}, {Title: "Owner"},
			{Title: "Outcome", Fold: ui.FoldTrail}, {Title: "Why", Spare: true},
		},
		Empty: ui.Notice{Title: "None are left", Detail: "What was chosen is gone: retention has taken it."},
	}
	for _, item := range items {
		table.Rows = append(table.Rows, ui.Row{ID: "triaged-" + ui.ID(item.ID), Href: exceptionHref(item.ID), Cells: cells(
			ui.SeverityBadge(severityOf(item.Priority)), pages.Titled(item.Headline(), item.Happened), pages.Titled(string(item.Code), kindName(string(item.Code))),
			ui.Text(item.StateAt(now).Word()), ownerCell(item.Owner), ui.Text(outcomeWords(outcomes[item.ID], run.StartedAt != nil)), ui.Clip(item.OutcomeNote),
		)})
	}
	return table
}
