package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
	asked := rewindAsked(c.QueryParam)
	to, err := h.rewindTo(ctx, name, asked, now)
	if err != nil {
		return err
	}
	plan, err := h.Operate.PlanRewind(ctx, name, to)
	if err != nil {
		return err
	}
	deliveries, err := h.Read.Deliveries(ctx, models.DeliveryQuery{Subscription: name, Limit: deliveriesRows})
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, layout.NavRoutes, "Rewind the route to "+name)
	page.Lead = "What took effect since then is delivered again, in order, under new message ids"
	page.Crumbs = []layout.Crumb{{Title: "Routes", Href: "/routes"}, {Title: name, Href: routeHref(name)}}
	page.Live = livePath(models.TopicRoutes)
	list := pages.BoardList{Tabs: rewindTabs(name, asked), Table: deliveryTable(deliveries.Rows), Filters: &ui.FilterBar{
		Action: rewindHref(name), Fields: []ui.FilterField{{Name: "event", Label: "Event", Value: asked.Get("event")}, {Name: "delivery", Label: "Delivery", Value: asked.Get("delivery")}},
	}}
	if plan.Events > 0 {
		list.Beside = ui.ActionButton(rewindAction(name, asked, plan))
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "rewind", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicRoutes), Dear: true, Figures: rewindFigures(plan, now), Lists: []pages.BoardList{list},
	}))
}

// rewindAsked reads where to: an event's number or a delivery's, or how far back.
func rewindAsked(param func(string) string) url.Values {
	for _, name := range []string{"event", "delivery", "since"} {
		if value := strings.TrimSpace(param(name)); value != "" {
			return url.Values{name: {value}}
		}
	}
	return url.Values{}
}

func (h *Routes) rewindTo(ctx context.Context, name string, asked url.Values, now time.Time) (models.RewindTo, error) {
	for _, by := range []struct {
		name string
		find func(ctx context.Context, name string, number int64) (models.RewindTo, error)
	}{{"event", h.Operate.RewindToEvent}, {"delivery", h.Operate.RewindToDelivery}} {
		if text := asked.Get(by.name); text != "" {
			number, err := strconv.ParseInt(text, 10, 64)
			if err != nil || number < 1 {
				return models.RewindTo{}, models.Errorf(models.CodeInvalid, "An %s is named by its number.", by.name)
			}
			return by.find(ctx, name, number)
		}
	}
	since, err := rewindSince(asked.Get("since"), now)
	return models.RewindTo{Since: since}, err
}

func rewindTabs(name string, asked url.Values) (tabs []ui.Tab) {
	for i, span := range rewindSpans {
		value := span.back.String()
		tabs = append(tabs, ui.Tab{
			Title: span.title, Href: rewindHref(name) + "?" + url.Values{"since": {value}}.Encode(), Current: asked.Get("since") == value || len(asked) == 0 && i == 0,
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
	figures := []ui.Number{again, kept}
	if plan.Filtered {
		figures = append(figures, ui.Number{Label: "Superseded", Value: ui.Count(plan.Superseded), Unit: "events", Age: age, Note: "of these, a newer one of the same key follows"})
	}
	if to := plan.To; to.Pos > 0 {
		figures = append(figures, ui.Number{
			Label: "Begins with", Value: "event " + ui.ID(to.Seq), Age: age,
			Note: "position " + ui.ID(to.Pos) + " of shard " + strconv.Itoa(int(to.Shard)) + "; other shards with what took effect since " + models.Instant(to.Since),
		})
	}
	return figures
}

func rewindAction(name string, asked url.Values, plan models.RewindPlan) ui.Action {
	confirm := &ui.Confirm{
		ID: "rewind-route", Title: "Deliver again to " + name + "?", Reason: "Why", Label: "Rewind",
		Body:  "A receiver takes or leaves each fact by its version. What somebody skipped since then comes again too. This cannot be taken back.",
		Facts: []ui.Fact{{Key: "Comes again", Value: counted(plan.Events, "event")}},
	}
	action := ui.Action{Label: "Rewind", URL: rewindHref(name), Tone: ui.Main, Confirm: confirm}
	if plan.Filtered {
		confirm.Facts = append(confirm.Facts, ui.Fact{Key: "Of these superseded by newer ones", Value: ui.Count(plan.Superseded)})
	}
	if plan.To.Pos == 0 {
		confirm.Inputs = []ui.Input{{Name: "since", Label: "From", Value: plan.To.Since.UTC().Format(time.RFC3339), Hint: "an instant, in UTC"}}
		return action
	}
	for by := range asked {
		action.Fields = append(action.Fields, ui.Field{Name: by, Value: asked.Get(by)})
	}
	confirm.Facts = append(confirm.Facts, ui.Fact{Key: "Begins with", Value: "event " + ui.ID(plan.To.Seq)})
	return action
}

// Rewind answers POST /routes/:name/rewind.
func (h *Routes) Rewind(c echo.Context) error {
	name, asked := c.Param("name"), rewindAsked(c.FormValue)
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		if reason == "" {
			return "", models.Errorf(models.CodeInvalid, "Say why.")
		}
		to, err := h.rewindTo(ctx, name, asked, h.Frame.Now())
		if err != nil {
			return "", err
		}
		return "The route to " + name + " starts again from there.", h.Operate.RewindRoute(ctx, name, to, actor, reason)
	})
}
