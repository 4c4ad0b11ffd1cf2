package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/form"
	"throughline/web/render"
)

const (
	influencePath = "/influence"
	influenceRows = 50
	// stateOpen is all states before replenishment decided, in the address.
	stateOpen = ""
)

// Influence answers the board of forecast revisions that have not reached
// replenishment. Consumer is the replenishment engine's subscription.
type Influence struct {
	Frame    *Frame
	Lists    *Lists
	Read     InfluenceReader
	Engine   Evaluator
	Audit    AuditTrail
	DCs      DCLister
	Policy   authz.Policy
	Consumer string
}

// influenceFilter is the filter as it stands in the address.
type influenceFilter struct {
	arrangement
	state, dc, class, after string
}

func readInfluenceFilter(c echo.Context) influenceFilter {
	q := c.QueryParam
	return influenceFilter{arrangement: readArrangement(c), state: q("state"), dc: q("dc"), class: q("class"), after: q("after")}
}

func (f influenceFilter) address() string {
	values := url.Values{}
	for name, value := range map[string]string{"state": f.state, "dc": f.dc, "class": f.class, "after": f.after} {
		if value != "" {
			values.Set(name, value)
		}
	}
	f.put(values)
	if len(values) == 0 {
		return influencePath
	}
	return influencePath + "?" + values.Encode()
}

func (h *Influence) query(f influenceFilter) models.InfluenceFilter {
	query := models.InfluenceFilter{DC: f.dc, Class: f.class, Consumer: h.Consumer, By: f.sorting(), After: f.after, Limit: influenceRows}
	if f.state != stateOpen {
		query.States = []models.InfluenceState{models.InfluenceState(f.state)}
	}
	return query
}

// Show answers GET /influence.
func (h *Influence) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavInfluence, "Influence board")
	page.Lead = "Forecast revisions that changed the picture, and how far each has come"
	page.Live = livePath(models.TopicOverview, models.TopicRoutes)
	ctx := c.Request().Context()
	f := readInfluenceFilter(c)
	board, err := h.Read.Board(ctx, h.query(f))
	if err != nil {
		return err
	}
	counts, err := h.Read.Counts(ctx, h.query(f))
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	shown := onPage(len(board.Rows), revisionsIn(f.state, counts), board.Next != "" || f.after != "")
	view := pages.Influence{
		Page: page, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicOverview) + " " + string(models.TopicRoutes),
		Tabs: influenceTabs(f, counts), Filters: influenceBar(f, dcs, shown),
		Rows: h.table(board, f, shown, may(c, h.Policy, authz.PlanDay)),
	}
	if f.dc != "" || f.class != "" {
		view.Rows.Empty = noMatch(currentTab(view.Tabs), view.Filters, influencePath)
	}
	if err := h.Lists.arrange(c, f.arrangement, &view.Filters, &view.Rows); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.InfluencePage(view))
}

// Evaluate answers POST /influence/evaluate: the engine looks at an item at a
// DC now. Asking twice does no harm.
func (h *Influence) Evaluate(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The form could not be read.")
	}
	f := form.Read(values)
	item, dc := f.Required("item", 100), f.Required("dc", 100)
	if err := f.Err(); err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, _ string) (string, error) {
		entry := models.AuditEntry{Actor: actor, Action: "replenishment.evaluate", Subject: "item:" + item + "@" + dc}
		return "Replenishment looks at " + item + " in " + dc + " now.", h.Audit.Around(ctx, entry, func(ctx context.Context) error {
			return h.Engine.Reevaluate(ctx, item, dc, "asked for by "+actor)
		})
	})
}

// revisionsIn counts what stands under a tab.
func revisionsIn(state string, counts map[models.InfluenceState]int) int64 {
	if state == stateOpen {
		n := 0
		for _, open := range models.InfluenceOpen() {
			n += counts[open]
		}
		return int64(n)
	}
	return int64(counts[models.InfluenceState(state)])
}

func influenceTabs(f influenceFilter, counts map[models.InfluenceState]int) []ui.Tab {
	tab := func(title, state string) ui.Tab {
		to := f
		to.state, to.after = state, ""
		return ui.Tab{Title: title, Count: ui.Count(revisionsIn(state, counts)), Href: to.address(), Current: f.state == state}
	}
	tabs := []ui.Tab{tab("Not yet influencing", stateOpen)}
	for _, state := range models.InfluenceStates() {
		tabs = append(tabs, tab(capital(influenceWord(state)), string(state)))
	}
	return append(tabs, ui.Tab{Title: "On time", Href: onTimePath})
}

func influenceWord(state models.InfluenceState) string {
	switch state {
	case models.InfluenceNotDelivered:
		return "not delivered"
	case models.InfluenceNotEvaluated:
		return "not evaluated"
	case models.InfluenceBlocked:
		return "blocked"
	case models.InfluenceAnnounced:
		return "not arrived"
	case models.InfluenceNoAction:
		return "no action"
	case models.InfluenceRecommended:
		return "recommended"
	case models.InfluenceOrdered:
		return "ordered"
	}
	return string(state)
}

func influenceBar(f influenceFilter, dcs []string, shown string) ui.FilterBar {
	bar := ui.FilterBar{
		Action: influencePath, Result: shown,
		Fields: []ui.FilterField{
			{Name: "dc", Label: "DC", Value: f.dc, Options: textOptions("All", dcs)},
			{Name: "class", Label: "Class", Value: f.class, Options: textOptions("All", []string{"A", "B", "C"})},
		},
	}
	if f.state != "" {
		bar.Keep = []ui.Field{{Name: "state", Value: f.state}}
	}
	f.keep(&bar)
	if f.dc != "" || f.class != "" {
		bar.ClearHref = influenceFilter{arrangement: f.arrangement, state: f.state}.address()
	}
	return bar
}
