package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
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

const (
	routeWindow    = 15 * time.Minute
	deliveriesRows = 50
	messageEvents  = 50
)

// Routes answers the ways to the subscribers and single deliveries.
type Routes struct {
	Frame     *Frame
	Read      RouteReader
	Operate   RouteOperator
	Circuits  CircuitReader
	Canonical Canonicalizer
	Messages  MessageWriter
	Retries   models.RetryPolicies // of failed deliveries, by class
	Policy    authz.Policy
}

func (h *Routes) period() models.Period {
	now := h.Frame.Now()
	return models.Period{From: now.Add(-routeWindow), To: now}
}

// List answers GET /routes.
func (h *Routes) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavRoutes, "Routes")
	page.Lead = "Who gets what took effect, and who is behind"
	page.Live = livePath(models.TopicRoutes, models.TopicBooks)
	routes, err := h.Read.RouteStatuses(c.Request().Context(), h.period(), "")
	if err != nil {
		return err
	}
	circuits, err := h.Circuits.Circuits(c.Request().Context())
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "routes", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes) + " " + string(models.TopicBooks),
		Lists: []pages.BoardList{
			{Title: "Subscriptions", Note: "deliveries of the last 15 min", Table: h.routeTable(c, routes)},
			{Title: "Circuits", Note: "who is called, and who is left alone until a probe", Table: circuitTable(circuits, h.Frame.Now())},
		},
	}))
}

func routeHealth(r models.RouteStatus) (ui.Health, string) {
	switch {
	case r.State == "disabled":
		return ui.HealthFailing, "disabled"
	case r.State == "paused":
		return ui.HealthLate, "paused"
	case r.Failures > 2:
		return ui.HealthFailing, strconv.Itoa(r.Failures) + " failures in a row"
	case r.Failures > 0:
		return ui.HealthLate, "trying again"
	}
	return ui.HealthGood, "delivering"
}

// routeSorts are what the lists of those who are sent to may be sorted by.
var routeSorts = map[string]func(a, b models.RouteStatus) int{
	"name":      func(a, b models.RouteStatus) int { return strings.Compare(a.Name, b.Name) },
	"behind":    func(a, b models.RouteStatus) int { return cmp.Compare(a.Backlog, b.Backlog) },
	"oldest":    func(a, b models.RouteStatus) int { return compareTimes(a.OldestAt, b.OldestAt) },
	"last":      func(a, b models.RouteStatus) int { return compareTimes(a.LastAt, b.LastAt) },
	"delivered": func(a, b models.RouteStatus) int { return cmp.Compare(a.Delivered, b.Delivered) },
	"failed":    func(a, b models.RouteStatus) int { return cmp.Compare(a.Failed, b.Failed) },
}

func (h *Routes) routeTable(c echo.Context, routes []models.RouteStatus) ui.Table {
	arranged := readArrangement(c)
	table := ui.Table{
		ID: "route-list", Caption: "Subscriptions",
		Columns: []ui.Column{
			{Title: "Subscriber", Name: "name", Sortable: true, Fold: ui.FoldLead}, {Title: "State", Fold: ui.FoldTrail}, {Title: "Behind", Name: "behind", Sortable: true, Unit: "events", Number: true},
			{Title: "Oldest", Name: "oldest", Sortable: true}, {Title: "Last delivery", Name: "last", Sortable: true}, {Title: "Delivered", Name: "delivered", Sortable: true, Unit: "events", Number: true},
			{Title: "Failed", Name: "failed", Sortable: true, Unit: "of calls", Number: true}, {Title: "p95", Number: true, Help: "Of the calls that were taken"}, {Title: "Address", Fold: ui.FoldHide},
		},
		Empty: ui.Notice{Title: "No subscription yet", Detail: "A system that needs what took effect subscribes with an address and the types it takes."},
	}
	for _, r := range sortRows(routes, arranged.sorting(), routeSorts) {
		health, word := routeHealth(r)
		oldest, last := ui.Muted("–"), ui.Muted("never")
		if r.OldestAt != nil {
			oldest = ui.Since(*r.OldestAt)
		}
		if r.LastAt != nil {
			last = ui.Since(*r.LastAt)
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "route-" + r.Name, Href: routeHref(r.Name),
			Cells: cells(ui.Text(r.Name), ui.HealthBadge(health, word), ui.Text(backlogWords(r.Backlog, r.AtLeast)), oldest, last, ui.Text(ui.Count(r.Delivered)),
				ui.Text(ui.Count(r.Failed)+" of "+ui.Count(r.Attempts)), ui.Text(p95(r.Spread)), ui.Muted(r.URL)),
		})
	}
	arranged.arrange(c, &table)
	return table
}

// Show answers GET /routes/:name.
func (h *Routes) Show(c echo.Context) error {
	name, ctx := c.Param("name"), c.Request().Context()
	routes, err := h.Read.RouteStatuses(ctx, h.period(), name)
	if err != nil {
		return err
	}
	if len(routes) == 0 {
		return models.Errorf(models.CodeNotFound, "There is no route to %q.", name)
	}
	deliveries, err := h.deliveryList(c, name)
	if err != nil {
		return err
	}
	route := routes[0]
	circuits, err := h.Circuits.Circuits(ctx)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavRoutes, "Route to "+name)
	page.Lead = route.URL + " · takes " + routeFilter(route)
	page.Crumbs = []layout.Crumb{{Title: "Routes", Href: "/routes"}}
	page.Live = livePath(models.TopicRoutes)
	view := pages.Board{
		Page: page, ID: "route", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes), Figures: append(h.routeFigures(route), circuitFigures(circuits, name, h.Frame.Now())...),
		Lists: []pages.BoardList{deliveries},
	}
	if may(c, h.Policy, authz.OperateFlow) {
		buttons := []templ.Component{ui.ButtonLink(rewindHref(name), "Rewind", ui.Plain), ui.ButtonLink(secretHref(name), "Rotate secret", ui.Plain), ui.ActionButton(routeAction(route))}
		sum, err := h.Read.RefusedSum(ctx, name)
		if err != nil {
			return err
		}
		if sum.Events > 0 {
			buttons = append([]templ.Component{ui.ActionButton(deliverAllAction(name, sum))}, buttons...)
		}
		view.Lists[0].Beside = templ.Join(buttons...)
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// routeFilter says what a route takes.
func routeFilter(r models.RouteStatus) string {
	text := strings.Join(typeNames(r.Types), ", ")
	if len(r.DCs) > 0 {
		text += " · of " + strings.Join(r.DCs, ", ")
	}
	if r.Condition != "" {
		text += " · where " + r.Condition
	}
	return text
}

// typeNames leave off what all contracts have in common.
func typeNames(types []string) []string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = strings.TrimPrefix(t, "throughline.")
	}
	return names
}

func (h *Routes) routeFigures(r models.RouteStatus) []ui.Number {
	age := ui.Age{At: h.Frame.Now()}
	health, word := routeHealth(r)
	state := ui.Number{Label: "State", Value: word, Age: age, Note: r.DisabledWhy}
	switch health {
	case ui.HealthFailing:
		state.Missed = ui.P2
	case ui.HealthLate:
		state.Missed = ui.P3
	}
	behind := ui.Number{Label: "Behind", Value: backlogWords(r.Backlog, r.AtLeast), Unit: "events", Age: age}
	if r.OldestAt != nil {
		behind.Note = "the first since " + ui.Took(h.Frame.Now().Sub(*r.OldestAt).Truncate(time.Second))
	}
	if r.OldUntil != nil && r.OldUntil.After(h.Frame.Now()) {
		state.Note = strings.TrimPrefix(state.Note+" · the old secret signs too, for another "+ui.Took(r.OldUntil.Sub(h.Frame.Now()).Truncate(time.Minute)), " · ")
	}
	latency := ui.Number{Label: "Calls, p95", Age: age, Note: "last 15 min"}
	if r.Spread.Count() > 0 {
		latency.Value = ui.Took(r.Spread.Quantile(0.95))
	}
	aside := ui.Number{Label: "Refused, set aside", Value: ui.Count(r.Refused), Unit: "events", Age: age, Href: refusedHome(r.Name)}
	if r.Refused > 0 {
		aside.Missed = ui.P3
	}
	return []ui.Number{
		state, behind, aside,
		{Label: "Delivered", Value: ui.Count(r.Delivered), Unit: "events", Age: age, Note: "last 15 min"},
		{Label: "Failed calls", Value: ui.Count(r.Failed), Age: age, Note: "of " + ui.Count(r.Attempts) + " in the last 15 min"},
		latency,
	}
}

// backlogWords tell how much waits, where only a part of it was looked at.
func backlogWords(waits int64, atLeast bool) string {
	if atLeast {
		return "at least " + ui.Count(waits)
	}
	return ui.Count(waits)
}

func routeAction(r models.RouteStatus) ui.Action {
	if r.State == "active" {
		return ui.Action{Label: "Pause", URL: routeHref(r.Name) + "/pause", Confirm: &ui.Confirm{
			ID: "pause-route", Title: "Pause the route to " + r.Name + "?", Reason: "Why", Label: "Pause",
			Body: "What takes effect meanwhile is kept and delivered in order when it is resumed.",
		}}
	}
	return ui.Action{Label: "Resume", URL: routeHref(r.Name) + "/resume", Tone: ui.Main, Confirm: &ui.Confirm{
		ID: "resume-route", Title: "Resume the route to " + r.Name + "?", Reason: "What has changed since", Label: "Resume",
		Facts: []ui.Fact{{Key: "To be delivered", Value: backlogWords(r.Backlog, r.AtLeast) + " events"}},
	}}
}

// Pause answers POST /routes/:name/pause.
func (h *Routes) Pause(c echo.Context) error { return h.set(c, "paused", " is paused.") }

// Resume answers POST /routes/:name/resume.
func (h *Routes) Resume(c echo.Context) error { return h.set(c, "active", " delivers again.") }

func (h *Routes) set(c echo.Context, to, words string) error {
	name := c.Param("name")
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say why.")
		}
		return "The route to " + name + words, h.Operate.SetRouteState(ctx, name, to, actor, reason)
	})
}
