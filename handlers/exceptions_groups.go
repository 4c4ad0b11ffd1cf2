package handlers

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// noSource is how an address names the exceptions that concern no source.
const noSource = "-"

// groupRows is the queue by cause: each group leads to all of its rows.
func (h *Exceptions) groupRows(ctx context.Context, kind queueKind, f queueFilter, reader string) (ui.Table, string, error) {
	groups, err := h.Groups.Groups(ctx, f.query(kind, reader))
	if err != nil {
		return ui.Table{}, "", err
	}
	table := ui.Table{
		ID: "causes", Caption: kind.title + " by cause",
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead, Help: "Of the most urgent"}, {Title: "What happens", Fold: ui.FoldGrow},
			{Title: "Open", Number: true, Fold: ui.FoldTrail, Help: "Exceptions in the group"},
			{Title: "Count", Unit: "×", Number: true, Help: "Occurrences"},
			{Title: "Last 24 h", Help: "Occurrences by the hour; what has cleared meanwhile counts too", Fold: ui.FoldHide},
			{Title: "First"}, {Title: "Last"}, {Title: "Touches"}, {Title: "Heals", Help: "What ends it"},
			{Title: "At risk", Unit: models.UnitMoney, Number: true, Fold: ui.FoldHide}, {Title: "Left", Help: "Business time to the first stockout or cut-off; of technical faults real time until it hurts"}, {Title: "Clock", Help: "Real time left for the first of them"},
			{Title: "Unowned", Number: true, Fold: ui.FoldHide},
		},
		Empty: ui.Notice{
			Title:  "Nothing needs anyone here",
			Detail: "Exceptions of one kind from one source stand here as one row, with the way to each of them.",
		},
	}
	var open int64
	for _, g := range groups {
		open += g.Open
		table.Rows = append(table.Rows, ui.Row{
			ID: "cause-" + string(g.Code) + "-" + g.Source, Href: groupAddress(kind, f, g), Cells: groupCells(g, h.Frame.Now(), h.Frame.Clock()),
		})
	}
	return table, counted(int64(len(groups)), "cause") + " of " + counted(open, "exception"), nil
}

// groupAddress is the plain list of a group, narrowed as the groups were.
func groupAddress(kind queueKind, f queueFilter, g models.ExceptionGroup) string {
	f.view, f.code, f.source, f.after = viewAll, string(g.Code), g.Source, ""
	if g.Source == "" {
		f.source = noSource
	}
	return f.address(kind.path)
}

func groupCells(g models.ExceptionGroup, now time.Time, business models.BusinessClock) []templ.Component {
	left := g.DueAt.Sub(now)
	clock := ui.Text(ui.Until(left))
	if left < 0 {
		clock = ui.Change(ui.Until(left), severityOf(g.Priority))
	}
	return cells(ui.SeverityBadge(severityOf(g.Priority)), pages.GroupTitle(groupTitle(g), string(g.Code)+" · "+g.Why),
		ui.Text(ui.Count(g.Open)), ui.Text(ui.Count(g.Occurrences)), hoursCell(g.Hours), ui.Since(g.FirstAt), ui.Since(g.LastAt),
		ui.Text(groupReach(g)), healingCell(g), ui.Sum(g.ValueAtRisk), leftCell(g.ConsequenceAt, g.Technical(), now, business), clock, ui.Text(ui.Count(g.Unowned)))
}

func groupTitle(g models.ExceptionGroup) string {
	kind, known := g.Code.Kind()
	title := kind.Name
	if !known {
		title = string(g.Code)
	}
	if g.Source != "" {
		title += " · " + g.Source
	}
	return title
}

func groupReach(g models.ExceptionGroup) string {
	var parts []string
	add := func(n int64, noun string) {
		if n > 0 {
			parts = append(parts, counted(n, noun))
		}
	}
	add(g.DCs, "DC")
	add(g.Items, "item")
	add(g.Documents, "order")
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

func hoursCell(hours []int64) templ.Component {
	spark := ui.Sparkline{Values: make([]float64, len(hours))}
	var total, most int64
	for i, n := range hours {
		spark.Values[i] = float64(n)
		total, most = total+n, max(most, n)
	}
	if total == 0 {
		return ui.Muted("none")
	}
	spark.Label = counted(total, "occurrence") + " in 24 h, at most " + ui.Count(most) + " in an hour"
	return ui.SparklineChart(spark)
}

// healingCell has the way to what a target refused, which only a person settles.
func healingCell(g models.ExceptionGroup) templ.Component {
	if g.Code != models.ExceptionTargetRejects {
		return ui.Clip(healingWords(g))
	}
	return templ.Join(ui.Text("Needs a person: "), ui.Link(refusedHome(g.Source), counted(g.Occurrences, "refused event")), ui.Text(" to deliver or discard"))
}

// healingWords say whether somebody has to do something, and what ends it otherwise.
func healingWords(g models.ExceptionGroup) string {
	kind, _ := g.Code.Kind()
	switch g.Healing() {
	case models.HealsByPerson:
		if g.Stopped {
			return "Needs a person: the route is stopped until it is resumed"
		}
		return "Needs a person: " + counted(g.Parked, "parked event") + " to retry or discard"
	case models.HealsByRetry:
		return "The tower goes on trying. Closes when it is true: " + kind.Cleared
	case models.HealsByWait:
		return "Heals by itself when the record comes: " + counted(g.Waiting, "event") + " waiting"
	case models.HealsAtSource:
	}
	return "Closes by itself when it is true: " + kind.Cleared
}
