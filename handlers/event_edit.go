package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
	"throughline/web/session"
)

// EditForm answers GET /events/:seq/edit.
func (h *Events) EditForm(c echo.Context) error {
	view, d, err := h.editView(c)
	if err != nil {
		return err
	}
	view.Payload, view.Base = indented(d.Data), strconv.Itoa(len(d.Edits))
	return render.HTML(c, http.StatusOK, pages.EventEditPage(view))
}

// Check answers POST /events/:seq/check: what the edit would do, without doing it.
func (h *Events) Check(c echo.Context) error {
	view, d, err := h.editView(c)
	if err != nil {
		return err
	}
	h.keep(c, &view)
	check, err := h.Editor.CheckEdit(c.Request().Context(), editOf(c, d.Seq))
	if refused := refusal(err); refused != nil {
		view.Problem = refused
		return render.HTML(c, http.StatusUnprocessableEntity, pages.EventEditPage(view))
	}
	if err != nil {
		return err
	}
	view.Outcome, view.Faults, view.Changes = checkNotice(check), faultTable(check.Violations), changeTable(check.Patch)
	return render.HTML(c, http.StatusOK, pages.EventEditPage(view))
}

// Edit answers POST /events/:seq/edit.
func (h *Events) Edit(c echo.Context) error {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return err
	}
	_, err = h.Editor.Edit(c.Request().Context(), editOf(c, seq))
	if refused := refusal(err); refused != nil {
		view, _, err := h.editView(c)
		if err != nil {
			return err
		}
		h.keep(c, &view)
		view.Problem = refused
		return render.HTML(c, http.StatusUnprocessableEntity, pages.EventEditPage(view))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/events/"+ui.ID(seq))
}

// editView is the form without what the reader typed.
func (h *Events) editView(c echo.Context) (pages.EventEdit, models.EventDetail, error) {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return pages.EventEdit{}, models.EventDetail{}, err
	}
	d, err := h.Read.Event(c.Request().Context(), seq)
	if err != nil {
		return pages.EventEdit{}, d, err
	}
	page := h.Frame.Page(c, layout.NavParked, "Edit and replay event "+ui.ID(seq))
	page.Live = livePath() // what is typed stays as it is
	page.Lead = eventTitle(d)
	page.Crumbs = flowCrumbs(c, h.Policy, layout.Crumb{Title: "Parked events", Href: unsettledHome}, layout.Crumb{Title: "Event " + ui.ID(seq), Href: "/events/" + ui.ID(seq)})
	view := pages.EventEdit{Page: page, Event: ui.ID(seq), Kept: keptWords(d), Original: indented(d.Data)}
	if !d.Unsettled() {
		view.Problem = &ui.Notice{Kind: ui.Failed, Title: "The event is " + eventState(d.State), Detail: "Only what did not pass can be edited."}
	}
	if hold := d.HeldAt(h.Frame.Now()); hold != nil {
		view.Problem = &ui.Notice{Kind: ui.Failed, Title: "Somebody holds the event", Detail: "Held " + hold.Words() + ". Release it first."}
	}
	return view, d, nil
}

// keptWords say which fields an edit must leave, and what to do about them.
func keptWords(d models.EventDetail) string {
	return "Only " + d.Source + " may say " + strings.Join(d.Type.OwnerWords(), ", ") + ": " + d.Type.OwnerMends() + "."
}

// keep gives the reader's own text back.
func (h *Events) keep(c echo.Context, view *pages.EventEdit) {
	view.Payload, view.Reason, view.Base = c.FormValue("payload"), c.FormValue("reason"), c.FormValue("base")
}

func editOf(c echo.Context, seq int64) models.EventEdit {
	user, _ := session.User(c.Request().Context())
	base, err := strconv.Atoi(c.FormValue("base"))
	if err != nil {
		base = -2 // matches no event
	}
	return models.EventEdit{
		Seq: seq, Base: base, Data: strings.TrimSpace(c.FormValue("payload")), Actor: user.Name, Reason: strings.TrimSpace(c.FormValue("reason")),
	}
}

// refusal is an error that the reader can do something about.
func refusal(err error) *ui.Notice {
	var coded *models.Error
	if !errors.As(err, &coded) {
		return nil
	}
	switch coded.Code {
	case models.CodeInvalid, models.CodeConflict, models.CodePrecondition:
		return &ui.Notice{Kind: ui.Failed, Title: "Nothing was changed", Detail: coded.Message}
	}
	return nil
}

func checkNotice(check models.EditCheck) *ui.Notice {
	notice := &ui.Notice{Kind: ui.Partial, Title: "It would be " + replayWords(check.Result)}
	if check.Result.State == "applied" {
		notice.Kind = ui.Empty
	}
	if check.Moved {
		notice.Detail = "It would belong to " + check.Key + " from then on. "
	}
	if check.MakesOrder {
		notice.Detail += "It is a recommendation: it may become an order. "
	}
	notice.Detail += "Nothing was changed by this check."
	return notice
}

func faultTable(violations []models.Violation) *ui.Table {
	if len(violations) == 0 {
		return nil
	}
	table := &ui.Table{ID: "violations", Caption: "What breaks the contract", Columns: []ui.Column{{Title: "At", Fold: ui.FoldLead}, {Title: "What is wrong", Fold: ui.FoldGrow}}}
	for _, v := range violations {
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Code(v.Pointer), ui.Text(v.Message))})
	}
	return table
}

// changeTable is a patch before and after; a patch that cannot be read has none.
func changeTable(patch string) *ui.Table {
	changes, err := models.PatchChanges(patch)
	if err != nil {
		return nil
	}
	table := &ui.Table{Caption: "What was changed", Columns: []ui.Column{{Title: "At", Fold: ui.FoldLead}, {Title: "Change"}, {Title: "Before", Fold: ui.FoldGrow}, {Title: "After", Fold: ui.FoldTrail}}}
	for _, change := range changes {
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Code(change.Path), ui.Text(change.Op), ui.Code(change.Before), ui.Code(change.After))})
	}
	return table
}

// editTables show the edits of an event, the newest first.
func editTables(edits []models.EditedEvent) []pages.EditShown {
	shown := make([]pages.EditShown, 0, len(edits))
	for _, e := range slices.Backward(edits) {
		table := changeTable(e.Patch)
		if table == nil {
			continue
		}
		table.ID = "edit-" + strconv.Itoa(e.Number)
		note := "by " + e.Actor + ": " + e.Reason + " → " + e.Outcome
		if e.Run != 0 {
			note += " · bulk action " + ui.ID(e.Run)
		}
		shown = append(shown, pages.EditShown{Title: "Edit " + strconv.Itoa(e.Number), Note: note, At: e.MadeAt, Table: *table})
	}
	return shown
}
