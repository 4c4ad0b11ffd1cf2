package handlers

import (
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// responseTable says how soon exceptions are answered and solved, by team, stage and DC.
func responseTable(groups []models.ResponseGroup, dc string) ui.Table {
	table := ui.Table{
		ID: "response", Caption: "Answer and repair by team, stage and DC",
		Columns: []ui.Column{
			{Title: "Of", Fold: ui.FoldLead}, {Title: "Opened", Number: true},
			{Title: "Answered", Number: true, Help: "Acknowledged or worked on by somebody"},
			{Title: "After", Number: true, Help: "Mean time from the opening to the answer (MTTA), real time without that on a shelf"},
			{Title: "In time", Number: true, Help: "Of the answered, within their clock"},
			{Title: "Solved", Number: true, Help: "By a person: resolved, or closed by what somebody did to its cause, such as a retry, a discard, an edit or reading again"},
			{Title: "After", Number: true, Fold: ui.FoldTrail, Help: "Mean time from the opening to a person's solution (MTTR), real time without that on a shelf"},
			{Title: "Cleared", Number: true, Help: "Closed by themselves when their cause was gone"}, {Title: "Open", Number: true},
		},
		Empty: ui.Notice{Title: "Nobody was called", Detail: "No exception has been opened in the last seven days."},
	}
	for _, g := range groups {
		table.Rows = append(table.Rows, ui.Row{ID: "response-" + g.By + "-" + g.Name, Href: responseHref(g, dc), Cells: cells(
			ui.Text(responseName(g)), ui.Text(ui.Count(g.Opened)), ui.Text(ui.Count(g.Answered)), meanCell(g.Answered, g.ToAnswer), inTimeCell(g),
			ui.Text(ui.Count(g.Solved)), meanCell(g.Solved, g.ToSolve), ui.Muted(ui.Count(g.Cleared())), ui.Text(ui.Count(g.Open)))})
	}
	return table
}

func meanCell(of int64, mean time.Duration) templ.Component {
	if of == 0 {
		return ui.Muted("–")
	}
	return ui.Text(ui.Took(mean))
}

func inTimeCell(g models.ResponseGroup) templ.Component {
	if g.Answered == 0 {
		return ui.Muted("–")
	}
	return ui.Text(ui.Percent(decimal.NewFromInt(g.AnsweredInDue).Div(decimal.NewFromInt(g.Answered))))
}

func responseName(g models.ResponseGroup) string {
	switch {
	case g.By == "team":
		return teamWord(models.Team(g.Name))
	case g.By == "stage":
		return "Stage " + strings.Replace(g.Name, "api", "API", 1)
	case g.Name == "":
		return "No DC"
	}
	return g.Name
}

// responseHref leads to what is open of a stage or a DC, of every team; a team's
// queue is where its load stands, and no list is of what names no DC.
func responseHref(g models.ResponseGroup, dc string) string {
	switch {
	case g.By == "stage":
		return addressOf(itQueue.path, "stage", g.Name, "dc", dc, "view", viewEvery, "each", "1")
	case g.By == "dc" && g.Name != "":
		return addressOf(itQueue.path, "dc", g.Name, "view", viewEvery, "each", "1")
	case g.By == "team":
		return "#load"
	}
	return ""
}
