package handlers

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

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
	Kept      KeptReader
	Policy    authz.Policy
}

// Show answers GET /books.
func (h *Books) Show(c echo.Context) error {
	view, _, err := h.view(c)
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BooksPage(view))
}

// Audit answers POST /books/audit: the books counted again from the effects,
// beside what the counters say. It reads the whole log and changes nothing.
func (h *Books) Audit(c echo.Context) error {
	view, off, err := h.view(c)
	if err != nil {
		return err
	}
	recount, err := h.Read.Audit(c.Request().Context())
	if err != nil {
		return err
	}
	view.Recount, view.RecountNote = recountTable(recount, off)
	if !render.IsHTMX(c.Request()) {
		return render.HTML(c, http.StatusOK, pages.BooksPage(view))
	}
	c.SetRequest(c.Request().WithContext(h.Frame.Patch(c.Request().Context())))
	return render.HTML(c, http.StatusOK, pages.RecountRegion(view))
}

// view also gives the exceptions about false books, by source.
func (h *Books) view(c echo.Context) (view pages.Books, off map[string]int64, err error) {
	page := h.Frame.Page(c, layout.NavBooks, "Books")
	page.Lead = "Every accepted event is in exactly one place: received = applied + superseded + parked + discarded + pending"
	page.Live = livePath(models.TopicBooks)
	books, err := h.Read.Read(c.Request().Context())
	if err != nil {
		return view, nil, err
	}
	retired, err := h.Retention.Retired(c.Request().Context(), retiredShown)
	if err != nil {
		return view, nil, err
	}
	kept, err := h.Kept.Report(c.Request().Context())
	if err != nil {
		return view, nil, err
	}
	frozen, err := h.Kept.Frozen(c.Request().Context())
	if err != nil {
		return view, nil, err
	}
	off = booksExceptions(frozen)
	view = pages.Books{
		Page: page, Total: booksLine(books.Total, h.Frame.Now()), Sources: booksTable(books, off), Frozen: frozenNotices(frozen), Kept: keptTable(kept), Retired: retiredTable(retired),
	}
	if view.LastRecount, err = h.lastRecount(c.Request().Context(), off); err != nil {
		return view, nil, err
	}
	if may(c, h.Policy, authz.OperateFlow) {
		view.Audit = &ui.Action{Label: "Count again", URL: "/books/audit", Key: "r"}
	}
	return view, off, nil
}

// lastRecount is what the recount found that the tower makes by itself.
func (h *Books) lastRecount(ctx context.Context, off map[string]int64) (ui.Notice, error) {
	notice := ui.Notice{Title: "Not counted yet", Detail: "A recount reads the whole log, the change log and everything that did not simply pass, and adds them up again."}
	at, err := h.Read.RecountedAt(ctx)
	if err != nil || at.IsZero() {
		return notice, err
	}
	found, err := h.Read.LastRecount(ctx)
	if err != nil {
		return notice, err
	}
	notice.Title = "Counted by itself " + ui.Took(h.Frame.Now().Sub(at)) + " ago"
	notice.Detail = "The effects of all events agreed with the books."
	if len(found) > 0 {
		notice.Kind, notice.Detail = ui.Failed, strings.Join(slices.Sorted(maps.Values(found)), " ")
		for _, source := range slices.Sorted(maps.Keys(found)) {
			notice.Actions = append(notice.Actions, ui.Link(booksOffHref(off[source]), "The exception about "+source))
		}
	}
	return notice, nil
}

func booksColumns() []ui.Column {
	return []ui.Column{
		{Title: "Source", Fold: ui.FoldLead}, {Title: "Received", Number: true, Fold: ui.FoldTrail}, {Title: "Applied", Number: true},
		{Title: "Superseded", Number: true}, {Title: "Parked", Number: true}, {Title: "Discarded", Number: true}, {Title: "Pending", Number: true},
		{Title: "Missing", Number: true, Help: "Received and in none of the five; less than zero when in two"},
		{Title: "Duplicates", Number: true, Help: "Sent again and not accepted again; beside the books"},
	}
}

// booksExceptions are those that stand about false books, by source.
func booksExceptions(freezes []models.RetentionFreeze) map[string]int64 {
	off := make(map[string]int64, len(freezes))
	for _, f := range freezes {
		off[f.Source] = f.Exception
	}
	return off
}

// booksOffHref leads to the exception about false books; 0, while the watch has not
// raised it yet, to where it will stand.
func booksOffHref(exception int64) string {
	if exception == 0 {
		return addressOf(ownQueuePath, "code", string(models.ExceptionBooksOff), "view", viewEvery)
	}
	return exceptionHref(exception)
}

func booksTable(books models.Books, off map[string]int64) ui.Table {
	table := ui.Table{
		ID: "books-sources", Caption: "Books by source", Columns: booksColumns(),
		Empty: ui.Notice{Title: "Nothing was received yet", Detail: "Each source has its line here from its first event on."},
	}
	for _, source := range books.Sources {
		table.Rows = append(table.Rows, ui.Row{ID: "books-" + source.Source, Cells: bookCells(source.Source, source.BookCounts, true, off[source.Source])})
	}
	return table
}

func bookCells(name string, b models.BookCounts, links bool, exception int64) []templ.Component {
	count := func(n int64) templ.Component { return ui.Text(ui.Count(n)) }
	parked, missing := count(b.Parked), ui.Muted("0")
	if links && b.Parked > 0 {
		parked = ui.Link("/parked?source="+queryEscape(name), ui.Count(b.Parked))
	}
	if b.Missing() != 0 {
		missing = ui.SeverityLink(ui.P1, ui.Count(b.Missing()), booksOffHref(exception))
	}
	return cells(ui.Text(name), count(b.Received), count(b.Applied), count(b.Superseded), parked, count(b.Discarded), count(b.Pending), missing,
		ui.Muted(ui.Count(b.Duplicate)))
}

// recountTable says what the effects add up to and, in a sentence, whether the
// counters agree. Counters and recount are read at two instants, so only the
// recount's own sums are judged, not the flow between them.
func recountTable(recount models.Books, off map[string]int64) (*ui.Table, string) {
	table := &ui.Table{
		ID: "books-recount", Caption: "Recount by source", Columns: booksColumns(),
		Empty: ui.Notice{Title: "Nothing to count", Detail: "The log is empty."},
	}
	for _, source := range recount.Sources {
		table.Rows = append(table.Rows, ui.Row{Cells: bookCells(source.Source, source.BookCounts, false, off[source.Source])})
	}
	if missing := recount.Total.Missing(); missing != 0 {
		return table, "The effects leave " + ui.Count(missing) + " events unaccounted for."
	}
	return table, "The effects account for all " + ui.Count(recount.Total.Received) + " events."
}
