package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Events answers single events with all that became of them.
type Events struct {
	Frame     *Frame
	Read      EventReader
	Canonical Canonicalizer
	Replay    EventReplayer
	Editor    EventEditor
	Holds     EventHolder
	Router    EventRouter
	People    PeopleLister
	Policy    authz.Policy
}

// Show answers GET /events/:seq.
func (h *Events) Show(c echo.Context) error {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return err
	}
	d, err := h.Read.Event(c.Request().Context(), seq)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavFlow, eventTitle(d))
	page.Lead = "Event " + ui.ID(d.Seq) + " from " + d.Source + " · " + string(d.Type)
	way := []layout.Crumb{{Title: "Flow map", Href: "/flow"}}
	if d.Unsettled() {
		way = append(way, layout.Crumb{Title: "Parked events", Href: "/parked?state=" + d.State})
	}
	page.Crumbs = flowCrumbs(c, h.Policy, way...)
	page.Live = livePath(models.TopicExceptions, models.TopicRoutes)
	view := pages.Failure{
		Page: page, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicExceptions) + " " + string(models.TopicRoutes),
		Standing: holdNotice(d, h.Frame.Now()), Way: eventWay(d, h.Frame.Now()), WayNote: eventWayNote(d),
		Facts: eventFacts(d), Affected: eventAffected(d, may(c, h.Policy, authz.ViewFlow)), Related: relatedTable(d.Exceptions, h.Frame.Now()),
	}
	if len(d.Attempts) > 0 {
		attempts := eventAttempts(d.Attempts)
		view.Attempts = &attempts
	}
	if may(c, h.Policy, authz.ViewPayloads) {
		view.Documents, view.Understood = h.documents(d)
		view.Edits = editTables(d.Edits)
		if len(view.Documents) > 0 {
			view.DocumentsNote = envelopeNote
		}
	}
	if d.Unsettled() && may(c, h.Policy, authz.OperateFlow) {
		if view.Actions, err = h.actions(c.Request().Context(), d); err != nil {
			return err
		}
		if may(c, h.Policy, authz.ViewPayloads) && d.HeldAt(h.Frame.Now()) == nil {
			view.EditHref = "/events/" + ui.ID(d.Seq) + "/edit"
		}
	}
	return render.HTML(c, http.StatusOK, pages.FailurePage(view))
}

// documents are the event as it came and as the tower understood its payload,
// and how the two differ where it was understood.
func (h *Events) documents(d models.EventDetail) ([]pages.Document, *ui.Table) {
	if d.Retired {
		return nil, nil
	}
	var differs *ui.Table
	canonical, err := h.Canonical.Canonical(d.Type, d.Data)
	if err != nil {
		canonical = "The tower does not understand it: " + err.Error()
	} else {
		table := understoodTable(d.Data, canonical)
		differs = &table
	}
	received := d.Data
	if len(d.Edits) > 0 {
		received = d.Original
	}
	documents := []pages.Document{{Title: "As received", Text: cloudEvent(d.Event, received)}}
	if len(d.Edits) > 0 {
		documents = append(documents, pages.Document{Title: "As edited", Text: indented(d.Data)})
	}
	return append(documents, pages.Document{Title: "As understood", Text: canonical}), differs
}

// actions are what may be done about an event that did not pass. While somebody
// holds it that is little.
func (h *Events) actions(ctx context.Context, d models.EventDetail) ([]ui.Action, error) {
	var actions []ui.Action
	now := h.Frame.Now()
	if d.HeldAt(now) == nil {
		actions = eventActions(d)
	}
	if hold, offered := holdAction(d, now); offered {
		actions = append(actions, hold)
	}
	if d.State == "held" {
		return actions, nil
	}
	route, err := h.routeAction(ctx, d)
	return append(actions, route), err
}

func eventActions(d models.EventDetail) []ui.Action {
	id := ui.ID(d.Seq)
	facts := []ui.Fact{{Key: "Event", Value: id}, {Key: "Held behind it", Value: ui.Count(d.HeldBehind)}}
	actions := []ui.Action{
		{Label: "Retry", Key: "r", URL: "/events/" + id + "/retry", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "retry-event", Title: "Retry event " + id + "?", Facts: facts, Reason: "What has changed since", Label: "Retry",
			Body: "It goes through the same rules again, and what is held behind it follows.",
		}},
		{Label: "Discard", URL: "/events/" + id + "/discard", Tone: ui.Danger, Confirm: &ui.Confirm{
			ID: "discard-event", Title: "Discard event " + id + "?", Facts: facts, Reason: "Why it may be left out", Label: "Discard",
			Body: "It never takes effect, and what is held behind it goes on without it. This cannot be undone; its payload is kept.",
		}},
	}
	if d.Conflict { // another try finds the id used as before
		slices.Reverse(actions)
		actions[1].Tone = ui.Plain
	}
	return actions
}

// Retry answers POST /events/:seq/retry.
func (h *Events) Retry(c echo.Context) error { return h.replay(c, h.Replay.Retry) }

// Discard answers POST /events/:seq/discard.
func (h *Events) Discard(c echo.Context) error { return h.replay(c, h.Replay.Discard) }

type replayFunc func(ctx context.Context, seqs []int64, actor, reason string) ([]models.ReplayResult, error)

func (h *Events) replay(c echo.Context, replay replayFunc) error {
	seq, err := numberParam(c, "seq", "event")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		results, err := replay(ctx, []int64{seq}, actor, reason)
		if err != nil {
			return "", err
		}
		return "Event " + ui.ID(seq) + " is " + replayWords(results[0]), nil
	})
}

func replayWords(r models.ReplayResult) string {
	if r.State == "gone" {
		return "settled already."
	}
	words := r.State
	if r.State == "parked" {
		words += " again"
	}
	if r.Reason == "" {
		return words + "."
	}
	return words + ": " + r.Reason
}

// numberParam reads a number of the address; what is none does not exist.
func numberParam(c echo.Context, name, noun string) (int64, error) {
	n, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil {
		return 0, models.Errorf(models.CodeNotFound, "There is no %s %q.", noun, c.Param(name))
	}
	return n, nil
}
