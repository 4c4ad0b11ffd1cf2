package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Books answers the account of every accepted event, and its recount.
type Books struct {
	Frame     *Frame
	Read      BooksAuditor
	Retention RetiredReader
	Policy    authz.Policy
}

// RetiredReader reads what retention has taken of the log.
type RetiredReader interface {
	Retired(ctx context.Context, limit int) ([]models.RetiredDay, error)
}

// Show answers GET /books.
func (h *Books) Show(c echo.Context) error {
	view, err := h.view(c)
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BooksPage(view))
}

// Audit answers POST /books/audit: the books counted again from the effects,
// beside what the counters say. It reads the whole log and changes nothing.
func (h *Books) Audit(c echo.Context) error {
	view, err := h.view(c)
	if err != nil {
		return err
	}
	recount, err := h.Read.Audit(c.Request().Context())
	if err != nil {
		return err
	}
	view.Recount, view.RecountNote = recountTable(recount)
	if !render.IsHTMX(c.Request()) {
		return render.HTML(c, http.StatusOK, pages.BooksPage(view))
	}
	c.SetRequest(c.Request().WithContext(h.Frame.Patch(c.Request().Context())))
	return render.HTML(c, http.StatusOK, pages.RecountRegion(view))
}

func (h *Books) view(c echo.Context) (pages.Books, error) {
	page := h.Frame.Page(c, layout.NavBooks, "Books")
	page.Lead = "Every accepted event is in exactly one place: received = applied + superseded + parked + discarded + pending"
	page.Live = livePath(models.TopicBooks)
	books, err := h.Read.Read(c.Request().Context())
	if err != nil {
		return pages.Books{}, err
	}
	retired, err := h.Retention.Retired(c.Request().Context(), retiredShown)
	if err != nil {
		return pages.Books{}, err
	}
	view := pages.Books{
		Page: page, Total: booksLine(books.Total, h.Frame.Now()), Sources: booksTable(books), Retired: retiredTable(retired),
	}
	if may(c, h.Policy, authz.OperateFlow) {
		view.Audit = &ui.Action{Label: "Count again", URL: "/books/audit", Key: "r"}
	}
	return view, nil
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

func booksColumns() []ui.Column {
	return []ui.Column{
		{Title: "Source", Fold: ui.FoldLead}, {Title: "Received", Number: true, Fold: ui.FoldTrail}, {Title: "Applied", Number: true},
		{Title: "Superseded", Number: true}, {Title: "Parked", Number: true}, {Title: "Discarded", Number: true}, {Title: "Pending", Number: true},
		{Title: "Missing", Number: true, Help: "Received and in none of the five; less than zero when in two"},
		{Title: "Duplicates", Number: true, Help: "Sent again and not accepted again; beside the books"},
	}
}

func booksTable(books models.Books) ui.Table {
	table := ui.Table{
		ID: "books-sources", Caption: "Books by source", Columns: booksColumns(),
		Empty: ui.Notice{Title: "Nothing was received yet", Detail: "Each source has its line here from its first event on."},
	}
	for _, source := range books.Sources {
		table.Rows = append(table.Rows, ui.Row{ID: "books-" + source.Source, Cells: bookCells(source.Source, source.BookCounts, true)})
	}
	return table
}

func bookCells(name string, b models.BookCounts, links bool) []templ.Component {
	count := func(n int64) templ.Component { return ui.Text(ui.Count(n)) }
	parked, missing := count(b.Parked), ui.Muted("0")
	if links && b.Parked > 0 {
		parked = ui.Link("/parked?source="+queryEscape(name), ui.Count(b.Parked))
	}
	if b.Missing() != 0 {
		missing = ui.SeverityCount(ui.P1, ui.Count(b.Missing()))
	}
	return cells(ui.Text(name), count(b.Received), count(b.Applied), count(b.Superseded), parked, count(b.Discarded), count(b.Pending), missing,
		ui.Muted(ui.Count(b.Duplicate)))
}

// recountTable says what the effects add up to and, in a sentence, whether the
// counters agree. Counters and recount are read at two instants, so only the
// recount's own sums are judged, not the flow between them.
func recountTable(recount models.Books) (*ui.Table, string) {
	table := &ui.Table{
		ID: "books-recount", Caption: "Recount by source", Columns: booksColumns(),
		Empty: ui.Notice{Title: "Nothing to count", Detail: "The log is empty."},
	}
	for _, source := range recount.Sources {
		table.Rows = append(table.Rows, ui.Row{Cells: bookCells(source.Source, source.BookCounts, false)})
	}
	if missing := recount.Total.Missing(); missing != 0 {
		return table, "The effects leave " + ui.Count(missing) + " events unaccounted for."
	}
	return table, "The effects account for all " + ui.Count(recount.Total.Received) + " events."
}
