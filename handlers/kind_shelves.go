package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
	"throughline/web/session"
)

const kindShelvesPath = "/kind-shelves"

// KindShelves puts kinds of exceptions aside for a while, takes them back, and
// answers what one shelf has held back.
type KindShelves struct {
	Frame   *Frame
	Read    KindShelfReader
	Operate KindShelfOperator
	Owner   func(models.ExceptionCode) models.Team // that a kind belongs to
	Policy  authz.Policy
}

// KindShelfReader reads which kinds are put aside, and what that held back.
// CodeNotFound when there is no such shelf.
type KindShelfReader interface {
	List(ctx context.Context, since time.Time) ([]models.KindShelf, error)
	Get(ctx context.Context, id int64) (models.KindShelf, error)
	Held(ctx context.Context, id int64, part models.Part) ([]models.Exception, error)
}

// KindShelfOperator puts a kind aside and takes it back; CodeConflict when it is
// aside already, or is back.
type KindShelfOperator interface {
	Shelve(ctx context.Context, k models.KindShelf) (models.KindShelf, error)
	End(ctx context.Context, id int64, actor, reason string, now time.Time) error
}

// Show answers GET /kind-shelves/:id: a shelf and the rows behind its number.
func (h *KindShelves) Show(c echo.Context) error {
	shelf, err := h.named(c)
	if err != nil {
		return err
	}
	place := readPaging(c, shelf.Held).of("exception")
	held, err := h.Read.Held(c.Request().Context(), shelf.ID, place.part())
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavAlarms, "Shelved: "+kindScope(shelf))
	page.Lead = "By " + shelf.Actor + " since " + shelf.Since.UTC().Format("2 Jan 15:04 UTC") + ": " + shelf.Reason
	page.Live = livePath(models.TopicExceptions)
	page.Crumbs = flowCrumbs(c, h.Policy, layout.Crumb{Title: "Alarm health", Href: alarmsPath})
	list := pages.BoardList{Title: "Held back", Note: place.shown() + ", whatever became of them", Table: heldBackTable(held, h.Frame.Now())}
	list.Table.Pager = place.pager(func(page string) string { return addressOf(c.Request().URL.Path, "page", page) })
	if !shelf.Over(h.Frame.Now()) && h.mayShelve(c, shelf.Code) {
		list.Beside = ui.ActionButton(endShelfAction(shelf))
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "kind-shelf", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicExceptions),
		Figures: h.figures(shelf), Lists: []pages.BoardList{list},
	}))
}

func (h *KindShelves) figures(shelf models.KindShelf) []ui.Number {
	now := h.Frame.Now()
	ends := ui.Number{Label: "Returns", Value: ui.Took(shelf.Until.Sub(now).Truncate(time.Minute)), Unit: "left", Note: "at " + shelf.Until.UTC().Format("2 Jan 15:04 UTC"), Age: ui.Age{At: now}}
	if shelf.Over(now) {
		ends.Value, ends.Unit, ends.Note = ui.Took(now.Sub(shelf.Until).Truncate(time.Minute)), "ago", endWords(shelf)
	}
	return []ui.Number{
		{Label: "Held back", Value: ui.Count(shelf.Held), Unit: nounOf(shelf.Held, "exception"), Note: "open meanwhile, and called nobody", Age: ui.Age{At: now}, Href: "#held-back"},
		ends,
	}
}

// kindScope is a shelf's kind in words, with where it is meant.
func kindScope(k models.KindShelf) string {
	kind, _ := k.Code.Kind()
	return string(k.Code) + " " + kind.Name + ", " + k.Scope()
}

// endWords say how a shelf came to its end.
func endWords(k models.KindShelf) string {
	if k.EndedBy == "" {
		return "returned by itself"
	}
	return "taken back by " + k.EndedBy
}

func heldBackTable(held []models.Exception, now time.Time) ui.Table {
	table := ui.Table{
		ID: "held-back", Caption: "Exceptions that the shelf has held back, the newest first",
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead}, {Title: "Exception", Fold: ui.FoldGrow}, {Title: "Source"}, {Title: "DC"}, {Title: "Team"},
			{Title: "State", Fold: ui.FoldTrail}, {Title: "Opened"},
		},
		Empty: ui.Notice{Title: "Nothing was held back", Detail: "No exception of the kind was open there while it was shelved."},
	}
	for i := range held {
		e := &held[i]
		table.Rows = append(table.Rows, ui.Row{ID: "held-" + ui.ID(e.ID), Href: exceptionHref(e.ID), Cells: cells(
			ui.SeverityBadge(severityOf(e.Priority)), ui.Text(e.Headline()), ui.Text(e.Subject.Source), ui.Text(e.Subject.DC), ui.Text(teamWord(e.Team)),
			ui.Text(e.StateAt(now).Word()), ui.Since(e.OpenedAt))})
	}
	return table
}

// Shelve answers POST /kind-shelves.
func (h *KindShelves) Shelve(c echo.Context) error {
	k := models.KindShelf{Code: models.ExceptionCode(c.FormValue("code")), Source: c.FormValue("source"), DC: c.FormValue("dc"), Since: h.Frame.Now()}
	k.Until = k.Since.Add(shelfTime(c.FormValue("for")))
	if !h.mayShelve(c, k.Code) {
		return models.Errorf(models.CodeForbidden, "The kind belongs to another team: ask it, or IT, to shelve it.")
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		k.Actor, k.Reason = actor, reason
		shelved, err := h.Operate.Shelve(ctx, k)
		return kindScope(shelved) + ", is shelved for " + ui.Took(shelved.Until.Sub(k.Since)) + ": " + counted(shelved.Held, "exception") + " held back so far.", err
	})
}

// End answers POST /kind-shelves/:id/end.
func (h *KindShelves) End(c echo.Context) error {
	shelf, err := h.named(c)
	if err != nil {
		return err
	}
	if !h.mayShelve(c, shelf.Code) {
		return models.Errorf(models.CodeForbidden, "The kind belongs to another team: ask it, or IT, to take it back.")
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return kindScope(shelf) + ", is back: what stands calls again.", h.Operate.End(ctx, shelf.ID, actor, reason, h.Frame.Now())
	})
}

func (h *KindShelves) named(c echo.Context) (models.KindShelf, error) {
	id, err := numberParam(c, "id", "shelf")
	if err != nil {
		return models.KindShelf{}, err
	}
	return h.Read.Get(c.Request().Context(), id)
}

func (h *KindShelves) mayShelve(c echo.Context, code models.ExceptionCode) bool {
	user, _ := session.User(c.Request().Context())
	return h.Policy.MayShelve(user.Role, h.Owner(code))
}

// shelveAction asks for how long and why a kind is put aside; inputs say which
// kind is meant, and where.
func shelveAction(id, label string, inputs []ui.Input, fields ...ui.Field) ui.Action {
	return ui.Action{Label: label, Tone: ui.Quiet, URL: kindShelvesPath, Fields: fields, Confirm: &ui.Confirm{
		ID: id, Title: "Shelve a kind of exceptions?", Reason: "Why it can wait", Label: "Shelve",
		Body:   "They open and are counted as before, but stand under Shelved and call nobody, unless one is or becomes P1. The kind returns by itself; what still stands then begins with a clock of its own.",
		Inputs: append(inputs, ui.Input{Name: "for", Label: "For how long", Value: "4h", Hint: "such as 30m or 8h, 24h at most"}),
	}}
}

func endShelfAction(k models.KindShelf) ui.Action {
	id := ui.ID(k.ID)
	return ui.Action{Label: "Take back", Of: kindScope(k), URL: kindShelvesPath + "/" + id + "/end", Confirm: &ui.Confirm{
		ID: "end-shelf-" + id, Title: "Take the kind back now?", Facts: []ui.Fact{{Key: "Kind", Value: kindScope(k)}, {Key: "Held back", Value: ui.Count(k.Held)}},
		Body: "What still stands calls at once, with a clock of its own.", Reason: "What has changed", Label: "Take back",
	}}
}

// shelveKindAction offers to put all exceptions of a kind aside, or only those
// from the same source or DC.
func shelveKindAction(e models.Exception) ui.Action {
	var inputs []ui.Input
	for _, part := range []struct{ name, label, all, value string }{
		{"source", "From", "Every source", e.Subject.Source}, {"dc", "At", "Every DC", e.Subject.DC},
	} {
		if part.value != "" {
			inputs = append(inputs, ui.Input{Name: part.name, Label: part.label, Value: part.value, Optional: true, Options: textOptions(part.all, []string{part.value})})
		}
	}
	action := shelveAction("shelve-kind-"+ui.ID(e.ID), "Shelve this kind…", inputs, ui.Field{Name: "code", Value: string(e.Code)})
	kind, _ := e.Code.Kind()
	action.Confirm.Title = "Shelve " + string(e.Code) + " " + kind.Name + "?"
	return action
}
