package handlers

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// RetiredReader reads what retention has taken of the log.
type RetiredReader interface {
	Retired(ctx context.Context, limit int) ([]models.RetiredDay, error)
}

// KeptReader reads how long each kind is kept, what retention took of it, and why it takes nothing.
type KeptReader interface {
	Report(ctx context.Context) ([]models.KeptReport, error)
	Frozen(ctx context.Context) ([]models.RetentionFreeze, error)
}

// frozenNotices say why nothing is taken, and what ends that.
func frozenNotices(freezes []models.RetentionFreeze) []ui.Notice {
	notices := make([]ui.Notice, len(freezes))
	for i, f := range freezes {
		notices[i] = ui.Notice{
			Kind: ui.Failed, Title: "Retention is stopped: the books of " + f.Source + " do not balance",
			Detail: f.Why + " What is there is what they are put right from. Retention goes on by itself when the books balance and a recount agrees. Frozen since " +
				f.Since.UTC().Format("2 Jan 15:04") + " UTC.",
			Actions: []templ.Component{ui.Link("/exceptions/"+strconv.FormatInt(f.Exception, 10), "The exception and its steps")},
		}
	}
	return notices
}

func keptTable(kinds []models.KeptReport) ui.Table {
	table := ui.Table{
		ID: "kept", Caption: "What is kept, for how long and since when",
		Columns: []ui.Column{
			{Title: "Kind", Fold: ui.FoldGrow, Help: "As throughline.yaml names it under retention"}, {Title: "Kept for", Unit: "days", Number: true, Fold: ui.FoldTrail}, {Title: "Kept since", Said: true},
			{Title: "Gone", Unit: "rows", Number: true, Help: "Since the tower reports it"}, {Title: "Gone last", Unit: "rows", Number: true, Help: "On the newest day on which any went"}, {Title: "When", Said: true},
		},
	}
	what := map[models.Kept]string{}
	for _, k := range models.Keepings() {
		what[k.Kind] = k.What
	}
	for _, k := range kinds {
		since, rows, last, when := ui.Muted("the beginning"), ui.Muted("0"), ui.Muted("–"), ui.Muted("–")
		if k.Since != nil && k.LastAt != nil {
			since, rows, last, when = ui.Text(k.Since.UTC().Format(time.DateOnly)), ui.Text(ui.Count(k.Rows)), ui.Text(ui.Count(k.Last)), ui.Since(*k.LastAt)
		}
		days := decimal.NewFromInt(k.Hours).Div(decimal.NewFromInt(24)).Round(1)
		table.Rows = append(table.Rows, ui.Row{ID: "kept-" + string(k.Kind), Cells: cells(
			ui.Named(what[k.Kind], string(k.Kind)), ui.Text(ui.Exact(days)), since, rows, last, when)})
		for _, e := range k.Entities {
			table.Rows = append(table.Rows, ui.Row{ID: "kept-" + string(k.Kind) + "-" + e.Entity, Cells: cells(
				ui.Muted("of these, "+entityWord(e.Entity)), ui.Muted("–"), ui.Text(e.Day.AddDate(0, 0, 1).Format(time.DateOnly)), ui.Text(ui.Count(e.Events)), ui.Muted("–"), ui.Muted("–"))})
		}
	}
	return table
}

// stubsCell says how many stubs of a day are kept, and since when they are not.
func stubsCell(d models.RetiredDay) templ.Component {
	if d.StubsGoneAt == nil {
		return ui.Text(ui.Count(d.Stubs))
	}
	return ui.Text(ui.Count(d.Stubs-d.StubsGone) + " of " + ui.Count(d.Stubs) + " since " + d.StubsGoneAt.UTC().Format(time.DateOnly))
}

// retiredShown is how many of the days that retention took are listed.
const retiredShown = 30

func retiredTable(days []models.RetiredDay) ui.Table {
	table := ui.Table{
		ID: "retired", Caption: "Days that retention has taken",
		Columns: []ui.Column{
			{Title: "Day", Fold: ui.FoldLead, Help: "Of the reception, UTC"}, {Title: "Events", Number: true, Fold: ui.FoldTrail}, {Title: "Numbers", Number: true},
			{Title: "Stubs", Number: true, Help: "Of the chains from forecast to receipt: kept without their payload"}, {Title: "Freed", Unit: "MB", Number: true}, {Title: "Taken"},
		},
		Empty: ui.Notice{Title: "Nothing yet", Detail: "Days that are older than the retention leave the log whole; what took effect, and what still waits for a person, is kept."},
	}
	for _, d := range days {
		numbers := "–"
		if d.FirstSeq != nil && d.LastSeq != nil {
			numbers = ui.ID(*d.FirstSeq) + " to " + ui.ID(*d.LastSeq)
		}
		megabytes := decimal.NewFromInt(d.Bytes).Div(decimal.NewFromInt(1_000_000)).Round(1)
		table.Rows = append(table.Rows, ui.Row{ID: "retired-" + d.Day.Format(time.DateOnly), Cells: cells(
			ui.Text(d.Day.Format(time.DateOnly)), ui.Text(ui.Count(d.Events)), ui.Text(numbers), stubsCell(d), ui.Text(ui.Exact(megabytes)), ui.Since(d.DroppedAt))})
	}
	return table
}
