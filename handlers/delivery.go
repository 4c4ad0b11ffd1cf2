package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Delivery answers GET /deliveries/:id: one call to a subscriber with the
// other attempts at the same message.
func (h *Routes) Delivery(c echo.Context) error {
	id, err := numberParam(c, "id", "delivery")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	d, tries, err := h.Read.Delivery(ctx, id)
	if err != nil {
		return err
	}
	events, err := h.Read.DeliveredEvents(ctx, d, messageEvents)
	if err != nil {
		return err
	}
	blocks, err := h.Read.Blocks(ctx, d)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavRoutes, "Delivery to "+d.Subscription+": "+d.Outcome)
	page.Lead = "Message " + d.MessageID + " with " + counted(d.Events, "event") + ", attempt " + strconv.Itoa(d.Attempt)
	page.Crumbs = flowCrumbs(c, h.Policy, layout.Crumb{Title: "Routes", Href: "/routes"}, layout.Crumb{Title: d.Subscription, Href: routeHref(d.Subscription)})
	page.Live = livePath(models.TopicRoutes)
	contents := contentsTable(events)
	view := pages.Failure{
		Page: page, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes), Standing: deliveryStanding(d, tries),
		Way: deliveryWay(tries), WayNote: "all attempts at the message, real time", Facts: deliveryFacts(d, may(c, h.Policy, authz.ViewFlow)), Contents: &contents,
		Answers: deliveryAnswers(tries, may(c, h.Policy, authz.ViewPayloads)), AnswersNote: "of every attempt at the message, the newest first",
	}
	if may(c, h.Policy, authz.ViewPayloads) {
		if view.Documents, err = h.deliveryDocuments(ctx, d, events); err != nil {
			return err
		}
	}
	if blocks {
		retry, err := h.retryFacts(ctx, d)
		if err != nil {
			return err
		}
		view.Facts = append(view.Facts, retry...)
	}
	if blocks && may(c, h.Policy, authz.OperateFlow) {
		view.Actions = deliveryActions(d)
	}
	if !d.Failed() && may(c, h.Policy, authz.OperateFlow) {
		view.Facts = append(view.Facts, ui.KeyValue{Key: "Deliver again", Value: ui.Link(rewindHref(d.Subscription)+"?delivery="+ui.ID(d.ID), "Rewind to here")})
	}
	return render.HTML(c, http.StatusOK, pages.FailurePage(view))
}

func deliveryStanding(d models.DeliveryAttempt, tries []models.DeliveryAttempt) *ui.Notice {
	last := tries[len(tries)-1]
	switch {
	case !d.Failed():
		return nil
	case !last.Failed():
		return &ui.Notice{Kind: ui.Partial, Title: d.Error, Detail: "A later attempt delivered the same message: attempt " + strconv.Itoa(last.Attempt) + "."}
	case d.Class == string(models.RetryRefused):
		return &ui.Notice{Kind: ui.Failed, Title: d.Error, Detail: "The target answers, but does not take this message. After a few tries it goes in parts, until the event to blame is alone. That one is tried for a while longer and then set aside; what follows goes on."}
	case d.Class == models.ClassPermanent:
		return &ui.Notice{Kind: ui.Failed, Title: d.Error, Detail: "The subscriber takes no more: the route is disabled until somebody resumes it."}
	}
	return &ui.Notice{Kind: ui.Failed, Title: d.Error, Detail: "It is tried again by itself, and what follows it in that part of the change log waits behind it."}
}

// retryFacts say when a message that was not taken is sent again, and by which policy.
func (h *Routes) retryFacts(ctx context.Context, d models.DeliveryAttempt) ([]ui.KeyValue, error) {
	routes, err := h.Read.RouteStatuses(ctx, h.period(), d.Subscription)
	if err != nil || len(routes) == 0 {
		return nil, err
	}
	circuits, err := h.Circuits.Circuits(ctx)
	if err != nil {
		return nil, err
	}
	facts := []ui.KeyValue{nextAttempt(routes[0], circuits)}
	if policy, ok := h.Retries[models.RetryClass(d.Class)]; ok {
		facts = append(facts, ui.KeyValue{Key: "Retries", Value: ui.Text(d.Class), Note: policy.String()})
	}
	return facts, nil
}

// nextAttempt is when a route is called again: while its circuit is open, the probe.
func nextAttempt(r models.RouteStatus, circuits []models.Circuit) ui.KeyValue {
	for _, c := range circuits {
		if c.Target == (models.Subscription{Name: r.Name}).Consumer() && c.NextProbe != nil {
			return ui.KeyValue{Key: "Next attempt", Value: ui.Deadline(*c.NextProbe, 0), Note: "a probe, since the circuit is open"}
		}
	}
	return ui.KeyValue{Key: "Next attempt", Value: ui.Deadline(r.NextAttempt, 0)}
}

func deliveryWay(tries []models.DeliveryAttempt) ui.Waterfall {
	way := waterfall{start: tries[0].StartedAt}
	for _, try := range tries {
		state, note := ui.StageDone, "taken"
		if try.Failed() {
			state, note = ui.StageFailed, try.Class
		}
		if try.Status != 0 {
			note = "HTTP " + strconv.Itoa(try.Status)
		}
		way.add("Attempt "+strconv.Itoa(try.Attempt), try.StartedAt, try.EndedAt.Sub(try.StartedAt), state, note)
	}
	return way.Waterfall
}

func deliveryFacts(d models.DeliveryAttempt, mayFlow bool) []ui.KeyValue {
	subscriber := ui.Text(d.Subscription)
	if mayFlow {
		subscriber = ui.Link(routeHref(d.Subscription), d.Subscription)
	}
	return []ui.KeyValue{
		{Key: "Subscriber", Value: subscriber},
		{Key: "Message", Value: ui.Code(d.MessageID), Note: "the same for every attempt"},
		{Key: "Sent", Value: ui.Since(d.StartedAt)},
		{Key: "Took", Value: ui.Text(ui.Took(d.EndedAt.Sub(d.StartedAt)))},
		{Key: "Change log", Value: ui.Text("part " + strconv.Itoa(int(d.Shard))), Note: "entries " + ui.Count(d.FromPos) + " to " + ui.Count(d.ToPos)},
	}
}

func contentsTable(events []models.Event) ui.Table {
	table := ui.Table{
		ID: "contents", Caption: "Events in the message",
		Columns: []ui.Column{{Title: "Event", Fold: ui.FoldLead}, {Title: "What", Fold: ui.FoldGrow}, {Title: "Item"}, {Title: "DC", Fold: ui.FoldTrail}, {Title: "Source's id"}, {Title: "Trace", Fold: ui.FoldHide}},
		Empty:   ui.Notice{Title: "No longer in the log", Detail: "Retention has taken the events that the message was made from."},
	}
	for _, e := range events {
		table.Rows = append(table.Rows, ui.Row{
			Href:  "/events/" + ui.ID(e.Seq),
			Cells: cells(ui.Text(ui.ID(e.Seq)), ui.Text(entityWord(e.Type.Entity())), ui.Text(e.Item), ui.Text(e.DC), ui.Muted(e.ID), traceLink(e.TraceID)),
		})
	}
	return table
}
