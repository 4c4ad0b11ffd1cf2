package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Refused answers what a subscriber answered and did not take, and what a person
// decides about it.
type Refused struct {
	Frame    *Frame
	Read     RefusedReader
	Operate  RefusedOperator
	Messages AloneWriter
	Policy   authz.Policy
}

func refusedHome(route string) string { return routeHref(route) + "/refused" }

func refusedHref(e models.RefusedEvent) string {
	return refusedHome(e.Subscription) + "/" + ui.ID(e.ID)
}

// List answers GET /routes/:name/refused.
func (h *Refused) List(c echo.Context) error {
	name := c.Param("name")
	now := h.Frame.Now()
	if routes, err := h.Read.RouteStatuses(c.Request().Context(), models.Period{From: now.Add(-time.Minute), To: now}, name); err != nil {
		return err
	} else if len(routes) == 0 {
		return models.Errorf(models.CodeNotFound, "There is no route to %q.", name)
	}
	settled := c.QueryParam("show") == "all"
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64) // what is no number begins at the newest
	refused, err := h.Read.Refused(c.Request().Context(), name, models.RefusedQuery{Settled: settled, Before: before, Limit: rowsOnPage + 1})
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavRoutes, "What "+name+" refuses")
	page.Lead = "It answered and did not take these events; what followed went on"
	page.Crumbs = []layout.Crumb{{Title: "Routes", Href: "/routes"}, {Title: name, Href: routeHref(name)}}
	page.Live = livePath(models.TopicRoutes)
	home := refusedHome(name)
	sum, err := h.Read.RefusedSum(c.Request().Context(), name)
	if err != nil {
		return err
	}
	view := pages.Board{Page: page, ID: "refused", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes), Lists: []pages.BoardList{{
		Title: "Refused events", Table: refusedTable(refused, home, settled),
		Tabs: []ui.Tab{{Title: "To decide on", Href: home, Current: !settled}, {Title: "All", Href: home + "?show=all", Current: settled}},
	}}}
	if sum.Events > 0 && may(c, h.Policy, authz.OperateFlow) {
		view.Lists[0].Beside = ui.ActionButton(deliverAllAction(name, sum))
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

func refusedTable(refused []models.RefusedEvent, home string, settled bool) ui.Table {
	table := ui.Table{
		ID: "refused-events", Caption: "Refused events, the newest first",
		Columns: []ui.Column{
			{Title: "Event", Fold: ui.FoldLead}, {Title: "Answer", Fold: ui.FoldGrow}, {Title: "What"}, {Title: "Item"}, {Title: "DC"},
			{Title: "Refused"}, {Title: "Attempts", Number: true}, {Title: "Last tried", Fold: ui.FoldHide}, {Title: "Passed it", Unit: "events", Number: true, Help: "Later events of the same key that were delivered since"},
			{Title: "State", Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "Nothing is set aside", Detail: "An event that the subscriber refuses for what it tells appears here, with the subscriber's own words."},
	}
	for i, e := range refused {
		if i == rowsOnPage {
			query := "?before=" + ui.ID(refused[i-1].ID)
			if settled {
				query += "&show=all"
			}
			table.Pager = &ui.Pager{Shown: counted(rowsOnPage, "event"), NextHref: home + query}
			break
		}
		table.Rows = append(table.Rows, ui.Row{ID: "refused-" + ui.ID(e.ID), Href: refusedHref(e), Cells: cells(
			ui.Text(ui.ID(e.Event.Seq)), ui.Text(refusalWords(e)), ui.Text(entityWord(e.Event.Type.Entity())), ui.Text(e.Event.Item), ui.Text(e.Event.DC),
			ui.Since(e.RefusedAt), ui.Text(strconv.Itoa(e.Attempts)), ui.Since(e.TriedAt), ui.Text(ui.Count(e.Passed)), ui.Text(refusedWord(e.State)))})
	}
	return table
}

func refusedWord(s models.RefusedState) string {
	if s == models.RefusedOpen {
		return "set aside"
	}
	return string(s)
}

// refusalWords are the status and the beginning of what the subscriber said.
func refusalWords(e models.RefusedEvent) string {
	words := []rune(e.Answer)
	if len(words) > 100 {
		words = append(words[:100], '…')
	}
	if len(words) == 0 {
		words = []rune(http.StatusText(e.Status))
	}
	return "HTTP " + strconv.Itoa(e.Status) + ": " + string(words)
}

// Show answers GET /routes/:name/refused/:id.
func (h *Refused) Show(c echo.Context) error {
	id, err := numberParam(c, "id", "refused event")
	if err != nil {
		return err
	}
	e, err := h.Read.RefusedEvent(c.Request().Context(), c.Param("name"), id)
	if err != nil {
		return err
	}
	tries, err := h.Read.RefusedAttempts(c.Request().Context(), e)
	if err != nil {
		return err
	}
	payloads := may(c, h.Policy, authz.ViewPayloads)
	page := h.Frame.Page(c, layout.NavRoutes, e.Subscription+" refuses event "+ui.ID(e.Event.Seq)+": "+refusedWord(e.State))
	page.Lead = entityWord(e.Event.Type.Entity()) + " " + e.Event.Subject
	page.Crumbs = []layout.Crumb{{Title: "Routes", Href: "/routes"}, {Title: e.Subscription, Href: routeHref(e.Subscription)}, {Title: "Refused", Href: refusedHome(e.Subscription)}}
	page.Live = livePath(models.TopicRoutes)
	view := pages.Failure{
		Page: page, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes), Standing: refusedStanding(e), Facts: refusedFacts(e),
		Way: refusedWay(e, h.Frame.Now()), WayNote: "from its effect in the tower, real time",
		Answers: deliveryAnswers(tries, payloads), AnswersNote: "of every attempt at a message with it, the newest first",
	}
	if payloads {
		sent, takes, err := h.Messages.Alone(c.Request().Context(), e.Subscription, e.Event)
		if err != nil {
			return err
		}
		view.Documents = []pages.Document{{Title: "The event, as it was received", Text: indented(e.Event.Data)}, {Title: "The message, as it was sent alone and is sent again", Text: indented(sent)}}
		if len(tries) == 0 { // retention has taken what tells it else
			view.Documents = append(view.Documents, pages.Document{Title: "What the subscriber said", Text: refusalText(e)})
		}
		if !takes {
			view.Facts = append(view.Facts, ui.KeyValue{Key: "Its route today", Value: ui.Text("leaves such an event out"), Note: "delivered again, it is sent all the same"})
		}
	}
	if e.State == models.RefusedOpen && may(c, h.Policy, authz.OperateFlow) {
		view.Actions = refusedActions(e)
	}
	return render.HTML(c, http.StatusOK, pages.FailurePage(view))
}

func refusalText(e models.RefusedEvent) string {
	text := "HTTP " + strconv.Itoa(e.Status) + " " + http.StatusText(e.Status)
	if e.Answer == "" {
		return text + "\n\nIt said no more."
	}
	return text + "\n\n" + e.Answer
}

func refusedStanding(e models.RefusedEvent) *ui.Notice {
	switch e.State {
	case models.RefusedDelivered:
		return &ui.Notice{Kind: ui.Partial, Title: "Delivered after all", Detail: "The subscriber has it now."}
	case models.RefusedDiscarded:
		return &ui.Notice{Kind: ui.Partial, Title: "Discarded", Detail: "The subscriber never gets it; the audit trail of the route tells who decided that, and why."}
	case models.RefusedOpen:
	}
	detail := "What followed went on. Mend it at the subscriber and deliver it again, or discard it with a reason."
	if e.Passed > 0 {
		detail = counted(e.Passed, "later event") + " of the same key passed it. Delivered now it comes after them: see that the subscriber goes by its version."
	}
	return &ui.Notice{Kind: ui.Failed, Title: refusalWords(e), Detail: detail}
}

func refusedWay(e models.RefusedEvent, now time.Time) ui.Waterfall {
	way := waterfall{start: e.AppliedAt}
	way.add("Until it was refused", e.AppliedAt, e.RefusedAt.Sub(e.AppliedAt), ui.StageFailed, "HTTP "+strconv.Itoa(e.Status))
	until, state := now, ui.StageWaiting
	if e.SettledAt != nil {
		until, state = *e.SettledAt, ui.StageDone
	}
	way.add("Set aside", e.RefusedAt, until.Sub(e.RefusedAt), state, refusedWord(e.State))
	return way.Waterfall
}

func refusedFacts(e models.RefusedEvent) []ui.KeyValue {
	facts := []ui.KeyValue{
		{Key: "Event", Value: ui.Link(eventPath(e.Event.Seq), ui.ID(e.Event.Seq)), Note: e.Event.Source + " " + e.Event.ID},
		{Key: "Key", Value: ui.Code(e.Event.Key), Note: "shard " + strconv.Itoa(int(e.Event.Shard))},
		{Key: "Passed it", Value: ui.Text(counted(e.Passed, "event")), Note: "of the same key, later and delivered since"},
		{Key: "Attempts", Value: ui.Text(strconv.Itoa(e.Attempts)), Note: "alone or in a message with others"},
		{Key: "Took effect", Value: ui.Since(e.AppliedAt)},
		{Key: "Refused", Value: ui.Since(e.RefusedAt)},
		{Key: "Last tried", Value: ui.Since(e.TriedAt)},
	}
	if e.SettledAt != nil {
		facts = append(facts, ui.KeyValue{Key: "Settled", Value: ui.Since(*e.SettledAt)})
	}
	if e.Event.TraceID != "" {
		facts = append(facts, ui.KeyValue{Key: "Trace", Value: traceLink(e.Event.TraceID)})
	}
	return facts
}

func refusedActions(e models.RefusedEvent) []ui.Action {
	facts := []ui.Fact{{Key: "Event", Value: e.Event.Source + " " + e.Event.ID}, {Key: "Answer", Value: refusalWords(e)}, {Key: "Later ones of its key passed it", Value: ui.Count(e.Passed)}}
	return []ui.Action{
		{Label: "Deliver again", Key: "r", URL: refusedHref(e) + "/deliver", Tone: ui.Main, Confirm: &ui.Confirm{
			ID: "deliver-refused", Title: "Deliver event " + ui.ID(e.Event.Seq) + " to " + e.Subscription + " again?", Facts: facts, Reason: "What has changed since", Label: "Deliver again",
			Body: "It is sent once, alone and under a new message id. If it is refused again, it stays set aside.",
		}},
		{Label: "Discard", URL: refusedHref(e) + "/discard", Tone: ui.Danger, Confirm: &ui.Confirm{
			ID: "discard-refused", Title: "Discard event " + ui.ID(e.Event.Seq) + " for " + e.Subscription + "?", Facts: facts, Reason: "Why it may be left out", Label: "Discard",
			Body: "The subscriber never gets it, unless the route is rewound. In the tower it stays in effect.",
		}},
	}
}

// Deliver answers POST /routes/:name/refused/:id/deliver.
func (h *Refused) Deliver(c echo.Context) error {
	return h.decide(c, h.Operate.Redeliver, " has it now.")
}

// Discard answers POST /routes/:name/refused/:id/discard.
func (h *Refused) Discard(c echo.Context) error {
	return h.decide(c, h.Operate.DiscardRefused, " does not get it.")
}

func (h *Refused) decide(c echo.Context, do func(ctx context.Context, subscription string, id int64, actor, reason string) error, done string) error {
	id, err := numberParam(c, "id", "refused event")
	if err != nil {
		return err
	}
	name := c.Param("name")
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return name + done, do(ctx, name, id, actor, reason)
	})
}
