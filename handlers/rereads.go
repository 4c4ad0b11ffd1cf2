package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// rereadMove is the move that has a balance read again; its page comes first.
const rereadMove = "reread"

// rereadDoes says what reading again does, before it is done.
const rereadDoes = "The owner is asked once more for its figure, which takes effect here; where a system's copy differs, the figure is delivered to it again. Nothing is written into the owner."

// rereadsWithin is the real time after which no further difference is read again in
// one request.
const rereadsWithin = 30 * time.Second

// rereadRow is a balance that is to be read again, and what would follow or why
// nobody knows.
type rereadRow struct {
	id      string // in the table
	preview models.RereadPreview
	failed  error
	skipped bool // not asked, since another row of its source failed so
}

// previews asks for what reading each of some differences again would bring. A source
// about which one question fails is not asked about again: it may wait long each time.
func (h *Reconciliation) previews(ctx context.Context, drifts []models.Drift) []rereadRow {
	rows := make([]rereadRow, 0, len(drifts))
	failed := map[string]rereadRow{} // by source
	for _, d := range drifts {
		row, skipped := failed[d.Source]
		if skipped {
			row.preview.Item, row.preview.DC, row.skipped = d.Item, d.DC, true
		} else if row.preview, row.failed = h.Rereads.Preview(ctx, d.Source, d.Item, d.DC); row.failed != nil {
			failed[d.Source] = row
		}
		row.id = "drift-" + ui.ID(d.ID)
		rows = append(rows, row)
	}
	return rows
}

// preview answers GET /reconciliation?move=reread: what reading the differences of a
// page again would do.
func (h *Reconciliation) preview(c echo.Context) error {
	if !may(c, h.Policy, authz.OperateFlow) {
		return models.Errorf(models.CodeForbidden, "Your account may not do this.")
	}
	lists, err := h.lists(c)
	if err != nil {
		return err
	}
	rows := h.previews(c.Request().Context(), lists.standing.rows)
	var fields []ui.Field
	for i, r := range rows {
		if r.failed == nil && r.preview.Changes() {
			fields = append(fields, ui.Field{Name: "drift", Value: ui.ID(lists.standing.rows[i].ID)})
		}
	}
	page := h.Frame.Page(c, layout.NavReconciliation, "Read again")
	page.Crumbs = []layout.Crumb{{Title: "Reconciliation", Href: lists.address("open", "")}}
	return rereadPage(c, page, rows, ui.Action{URL: reconciliationHome + "/reread", Fields: fields})
}

// Reread answers POST /reconciliation/reread: some differences are read again from
// their owner, each with its audit rows, until one cannot be or time is up.
func (h *Reconciliation) Reread(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The form could not be read.")
	}
	ids := form["drift"]
	if len(ids) == 0 || len(ids) > rowsOnPage {
		return models.Errorf(models.CodeInvalid, "Name the differences to read again, %d at most.", rowsOnPage)
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say why: this changes what is held, and the audit keeps the reason.")
		}
		results, err := h.rereadAll(ctx, ids, actor, reason)
		if err != nil {
			return "", rereadUntil(results, len(ids), err)
		}
		return counted(int64(len(ids)), "balance") + " read again. What came of it: " + tally(results) + ".", nil
	})
}

// rereadAll tells what came of each difference until one could not be read again.
// Where one is not decided in time, the lane is behind: the others are not waited for.
func (h *Reconciliation) rereadAll(ctx context.Context, ids []string, actor, reason string) ([]models.ReplayResult, error) {
	results, wait, until := make([]models.ReplayResult, 0, len(ids)), true, time.Now().Add(rereadsWithin)
	for _, id := range ids {
		if time.Now().After(until) {
			return results, models.Errorf(models.CodeUnavailable, "It takes too long now: read the rest again later.")
		}
		read, err := h.reread(ctx, id, actor, reason, wait)
		if err != nil {
			return results, err
		}
		results = append(results, read.Outcome)
		wait = wait && read.Outcome.State != "pending"
	}
	return results, nil
}

// rereadUntil tells how far it came.
func rereadUntil(done []models.ReplayResult, all int, err error) error {
	refused, ok := errors.AsType[*models.Error](err)
	if !ok {
		return err
	}
	words := ui.Count(int64(len(done))) + " of " + counted(int64(all), "balance") + " read again"
	if len(done) > 0 {
		words += " (" + tally(done) + ")"
	}
	return models.Wrap(models.CodePrecondition, err, words+"; then: "+refused.Message)
}

func (h *Reconciliation) reread(ctx context.Context, id, actor, reason string, wait bool) (read models.Reread, err error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return read, models.Errorf(models.CodeInvalid, "There is no difference %q.", id)
	}
	d, err := h.Read.Drift(ctx, number)
	if err != nil {
		return read, err
	}
	entry := models.AuditEntry{Actor: actor, Action: "drift.reread", Subject: "drift:" + id, Reason: reason}
	err = h.Audit.Around(ctx, entry, func(ctx context.Context) error {
		read, err = h.Rereads.Reread(ctx, d.Source, d.Item, d.DC, wait)
		return err
	})
	return read, err
}

// previewReread answers GET /exceptions/:id?move=reread: what the move would do.
func (h *Exceptions) previewReread(c echo.Context, id int64) error {
	detail, err := h.Store.Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	e := detail.Exception
	if !offers(e, rereadMove) {
		return models.Errorf(models.CodeNotFound, "Nothing can be read again about exception %d.", id)
	}
	if !mayMove(c, h.Policy, rereadMove) {
		return models.Errorf(models.CodeForbidden, "Your account may not do this.")
	}
	row := rereadRow{id: "balance"}
	row.preview, row.failed = h.Rereads.Preview(c.Request().Context(), e.Subject.Source, e.Subject.Item, e.Subject.DC)
	page := h.Frame.Page(c, "", "Read again")
	page.Crumbs = []layout.Crumb{{Title: e.Headline(), Href: "/exceptions/" + ui.ID(id)}}
	return rereadPage(c, page, []rereadRow{row}, ui.Action{URL: "/exceptions/" + ui.ID(id) + "/moves/" + rereadMove})
}

// rereadHref leads to what the move would do about an exception.
func rereadHref(e models.Exception) string {
	return addressOf("/exceptions/"+ui.ID(e.ID), "move", rereadMove)
}

// rereadPage shows what would follow, and asks for the go-ahead where something
// would. It does not follow the news: each look asks the owner.
func rereadPage(c echo.Context, page layout.Page, rows []rereadRow, goAhead ui.Action) error {
	page.Lead = "What would follow; nothing has changed"
	table, changes := rereadTable(rows)
	list := pages.BoardList{Title: "Asked just now", Note: ui.Count(changes) + " of " + counted(int64(len(rows)), "balance") + " would change", Table: table}
	if changes > 0 {
		goAhead.Label, goAhead.Tone = "Read again", ui.Main
		goAhead.Confirm = &ui.Confirm{
			ID: "reread-go-ahead", Title: "Read " + counted(changes, "balance") + " again?", Body: rereadDoes, Reason: "Why", Label: "Read again",
		}
		list.Beside = ui.ActionButton(goAhead)
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "reread", Self: c.Request().URL.RequestURI(), Lists: []pages.BoardList{list},
	}))
}

func rereadTable(rows []rereadRow) (table ui.Table, changes int64) {
	table = ui.Table{
		ID: "rereads", Caption: "Balances to read again", Wraps: true,
		Columns: []ui.Column{
			{Title: "Item", Fold: ui.FoldLead}, {Title: "DC", Fold: ui.FoldLead}, {Title: "Read from", Said: true}, {Title: "Held", Said: true, Help: "Where the figure would change"},
			{Title: "Held now", Number: true, Help: "On hand in its unit, and since when it stands"}, {Title: "Allocated now", Number: true},
			{Title: "Owner's answer", Number: true, Fold: ui.FoldTrail, Help: "On hand in its unit, and since when by its own word"}, {Title: "Allocated there", Number: true},
			{Title: "What would follow", Said: true, Fold: ui.FoldSub},
		},
		Empty: ui.Notice{Title: "Nothing differs", Detail: "A difference that stands can be read again from its owner."},
	}
	for _, r := range rows {
		p := r.preview
		held, ours, theirs, follows := "here", figureCell(p.Ours), figureCell(p.Theirs), ui.Text(p.Follows())
		if p.Copy != "" {
			held = p.Copy
		}
		ourAllocated, theirAllocated := ui.Text(ui.Exact(p.Ours.Allocated)), ui.Text(ui.Exact(p.Theirs.Allocated))
		if r.failed != nil {
			ours, theirs, ourAllocated, theirAllocated = ui.Muted("–"), ui.Muted("–"), ui.Muted("–"), ui.Muted("–")
			follows = ui.Text(r.why())
		} else if p.Changes() {
			changes++
		}
		table.Rows = append(table.Rows, ui.Row{ID: "reread-" + r.id, Cells: []templ.Component{
			ui.Text(p.Item), ui.Text(p.DC), ui.Text(p.Owner), ui.Text(held), ours, ourAllocated, theirs, theirAllocated, follows}})
	}
	return table, changes
}

// why says why nothing is known.
func (r rereadRow) why() string {
	if r.skipped {
		return "Not asked: " + failureWords(r.failed)
	}
	return failureWords(r.failed)
}

// failureWords are why nothing is known, as far as a reader may know.
func failureWords(err error) string {
	if coded, ok := errors.AsType[*models.Error](err); ok {
		return coded.Message
	}
	return "It could not be asked: the log of the tower says why."
}
