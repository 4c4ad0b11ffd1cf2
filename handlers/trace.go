package handlers

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Traces answers what one trace went through.
type Traces struct {
	Frame  *Frame
	Read   TraceReader
	Policy authz.Policy
}

// TraceReader finds what shares a trace id; CodeNotFound when nothing does.
type TraceReader interface {
	Trace(ctx context.Context, id string) (models.Trace, error)
}

func tracePath(id string) string { return "/traces/" + id }

// traceLink leads to all that shares a trace.
func traceLink(id string) templ.Component {
	if !models.IsTraceID(id) {
		return ui.Muted("none")
	}
	return ui.Link(tracePath(id), id)
}

// Show answers GET /traces/:id.
func (h *Traces) Show(c echo.Context) error {
	t, err := h.Read.Trace(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavFlow, "Trace "+t.ID)
	page.Lead = "Everything that shares the trace, from what a source sent to the order in the ERP"
	page.Crumbs = flowCrumbs(c, h.Policy, layout.Crumb{Title: "Flow map", Href: "/flow"})
	page.Live = livePath(models.TopicExceptions, models.TopicApprovals)
	return render.HTML(c, http.StatusOK, pages.TracePage(pages.Trace{
		Page: page, Topics: string(models.TopicExceptions) + " " + string(models.TopicApprovals), Self: tracePath(t.ID),
		Events: tracedEvents(t), EventsNote: tracedNote(t), Orders: tracedOrders(t.Orders),
	}))
}

func tracedNote(t models.Trace) string {
	if t.More {
		return "the first " + ui.Count(int64(len(t.Events))) + ", the oldest first"
	}
	return counted(int64(len(t.Events)), "event") + ", the oldest first"
}

func tracedEvents(t models.Trace) ui.Table {
	table := ui.Table{
		ID: "events", Caption: "Events of the trace",
		Columns: []ui.Column{
			{Title: "Event", Fold: ui.FoldLead}, {Title: "Received"}, {Title: "What", Fold: ui.FoldGrow}, {Title: "Item"}, {Title: "DC"},
			{Title: "From"}, {Title: "Source's id", Fold: ui.FoldHide}, {Title: "State", Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "No event is kept", Detail: "Retention has taken the events of this trace."},
	}
	for _, e := range t.Events {
		table.Rows = append(table.Rows, ui.Row{Href: eventPath(e.Seq), Cells: cells(
			ui.Text(ui.ID(e.Seq)), ui.Since(e.ReceivedAt), ui.Text(entityWord(e.Type.Entity())), ui.Text(e.Item), ui.Text(e.DC),
			ui.Text(e.Source), ui.Muted(e.ID), ui.Text(eventState(e.State)))})
	}
	return table
}

// tracedOrders are the recommendations among the events; nil when there are none.
func tracedOrders(orders []models.TracedOrder) *ui.Table {
	if len(orders) == 0 {
		return nil
	}
	table := &ui.Table{
		ID: "orders", Caption: "Recommendations of the trace",
		Columns: []ui.Column{
			{Title: "Recommendation", Fold: ui.FoldLead}, {Title: "Item"}, {Title: "DC"}, {Title: "State"}, {Title: "Decided"}, {Title: "By", Fold: ui.FoldGrow},
			{Title: "ERP write", Fold: ui.FoldTrail}, {Title: "Order"},
		},
	}
	for _, o := range orders {
		state, decided, write, document := ui.Muted("not judged yet"), ui.Muted("not yet"), ui.Muted("none"), ui.Muted("none")
		if o.State != "" {
			state = ui.Text(string(o.State))
		}
		if o.DecidedAt != nil {
			decided = ui.Since(*o.DecidedAt)
		}
		if o.Write != 0 {
			write = ui.Link(writePath(o.Write), writeWord(o.WriteState))
		}
		if o.Document != "" {
			document = ui.Link(chainPath(o.Document), o.Document)
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells(
			ui.Link(chainPath(o.Recommendation), o.Recommendation), ui.Text(o.Item), ui.Text(o.DC), state, decided, ui.Text(o.DecidedBy), write, document)})
	}
	return table
}
