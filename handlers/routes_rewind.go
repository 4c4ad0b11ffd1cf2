package handlers

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

// rewindSpans are the ways back that are offered; 0 is all that is kept.
var rewindSpans = []struct {
	title string
	back  time.Duration
}{
	{"15 min", 15 * time.Minute}, {"1 h", time.Hour}, {"4 h", 4 * time.Hour}, {"24 h", 24 * time.Hour}, {"All that is kept", 0},
}

// rewindSince reads how far back: a duration such as 15m, an instant, or
// nothing for the first span that is offered. CodeInvalid for anything else.
func rewindSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		text = rewindSpans[0].back.String()
	}
	if back, err := time.ParseDuration(text); err == nil && back >= 0 {
		if back == 0 {
			return time.Unix(0, 0), nil
		}
		return now.Add(-back), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.After(now) {
		return at, models.Errorf(models.CodeInvalid, "Say how far back: a time like 15m or 4h, or an instant before now like 2026-03-01T08:00:00Z.")
	}
	return at, nil
}

func rewindHref(name string) string { return routeHref(name) + "/rewind" }

// RewindForm answers GET /routes/:name/rewind.
func (h *Routes) RewindForm(c echo.Context) error {
	name, ctx, now := c.Param("name"), c.Request().Context(), h.Frame.Now()
	asked := c.QueryParam("since")
	since, err := rewindSince(asked, now)
	if err != nil {
		return err
	}
	plan, err := h.Operate.PlanRewind(ctx, name, since)
	if err != nil {
		return err
	}
	deliveries, err := h.Read.Deliveries(ctx, name, false, deliveriesRows)
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavRoutes, "Rewind the route to "+name)
	page.Lead = "What took effect since then is delivered again, in order, under new message ids"
	page.Crumbs = []layout.Crumb{{Title: "Routes", Href: "/routes"}, {Title: name, Href: routeHref(name)}}
	page.Live = livePath(models.TopicRoutes)
	list := pages.BoardList{Tabs: rewindTabs(name, asked), Table: deliveryTable(deliveries)}
	if plan.Events > 0 {
		list.Beside = ui.ActionButton(rewindAction(name, plan))
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "rewind", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes), Dear: true, Figures: rewindFigures(plan, now), Lists: []pages.BoardList{list},
	}))
}

func rewindTabs(name, asked string) (tabs []ui.Tab) {
	for i, span := range rewindSpans {
		value := span.back.String()
		tabs = append(tabs, ui.Tab{
			Title: span.title, Href: rewindHref(name) + "?" + url.Values{"since": {value}}.Encode(), Current: asked == value || asked == "" && i == 0,
		})
	}
	return tabs
}

func rewindFigures(plan models.RewindPlan, now time.Time) []ui.Number {
	age := ui.Age{At: now}
	again := ui.Number{Label: "Comes again", Value: ui.Count(plan.Events), Unit: "events", Age: age, Note: "of all types, at most"}
	switch {
	case plan.Events == 0:
		again.Note = "nothing that was delivered took effect since then"
	case plan.Filtered:
		again.Note = "of the route's types and DCs"
	}
	kept := ui.Number{Label: "The log goes back", Age: age, Note: "what is older cannot come again"}
	if plan.KeptSince != nil {
		kept.Value = ui.Took(now.Sub(*plan.KeptSince).Truncate(time.Second))
	}
	return []ui.Number{again, kept}
}

func rewindAction(name string, plan models.RewindPlan) ui.Action {
	return ui.Action{Label: "Rewind", URL: rewindHref(name), Tone: ui.Main, Confirm: &ui.Confirm{
		ID: "rewind-route", Title: "Deliver again to " + name + "?", Reason: "Why", Label: "Rewind",
		Body:   "A receiver takes or leaves each fact by its version. What somebody skipped since then comes again too. This cannot be taken back.",
		Facts:  []ui.Fact{{Key: "Comes again", Value: counted(plan.Events, "event")}},
		Inputs: []ui.Input{{Name: "since", Label: "From", Value: plan.Since.UTC().Format(time.RFC3339), Hint: "an instant, in UTC"}},
	}}
}

// Rewind answers POST /routes/:name/rewind.
func (h *Routes) Rewind(c echo.Context) error {
	since, err := rewindSince(c.FormValue("since"), h.Frame.Now())
	if err != nil {
		return err
	}
	name := c.Param("name")
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say why.")
		}
		return "The route to " + name + " starts again from then.", h.Operate.RewindRoute(ctx, name, since, actor, reason)
	})
}
