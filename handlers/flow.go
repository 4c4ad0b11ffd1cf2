package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

// flowWindow is what rates and latencies of the flow map cover, besides the minute that runs.
const flowWindow = 4 * time.Minute

// Flow answers the flow map, and draws it for all who look at it.
type Flow struct {
	Frame   *Frame
	Read    FlowReader
	Pauses  PauseReader
	DCs     DCLister
	Targets func() models.Targets // those that hold now
}

// Show answers GET /flow.
func (h *Flow) Show(c echo.Context) error {
	cut := models.FlowCut{DC: c.QueryParam("dc"), Entity: c.QueryParam("entity"), Version: c.QueryParam("version")}
	page := h.Frame.Page(c, layout.NavFlow, "Flow map")
	page.Lead = "Which hop holds up the others, and what fails where"
	page.Live = livePath(models.TopicFlow(cut))
	dcs, err := h.DCs.DCNames(c.Request().Context())
	if err != nil {
		return err
	}
	page.Filter = layout.DCPicker(layout.DCFilter{Action: "/flow", DCs: dcs, Current: cut.DC, More: flowChoices(cut)})
	view, err := h.view(c.Request().Context(), cut)
	if err != nil {
		return err
	}
	view.Page = page
	return render.HTML(c, http.StatusOK, pages.FlowPage(view))
}

// Draw is the fragment that all viewers of a part of the flow share.
func (h *Flow) Draw(ctx context.Context, topic models.Topic) ([]byte, error) {
	cut, err := models.FlowCutOf(topic)
	if err != nil {
		return nil, err
	}
	view, err := h.view(ctx, cut)
	if err != nil {
		return nil, err
	}
	return render.Bytes(h.Frame.Patch(ctx), pages.FlowRegion(view))
}

func (h *Flow) view(ctx context.Context, cut models.FlowCut) (pages.Flow, error) {
	now := h.Frame.Now()
	period := models.Period{From: now.Truncate(time.Minute).Add(-flowWindow), To: now}
	flow, err := h.Read.Map(ctx, period, cut)
	if err != nil {
		return pages.Flow{}, err
	}
	pauses, err := pauseNotices(ctx, h.Pauses, now)
	if err != nil {
		return pages.Flow{}, err
	}
	board := flowBoard{flow: flow, now: now, cut: cut, target: h.Targets().Latency(cut.Entity, cut.DC), constraint: models.Constraint(flow.Hops, now)}
	return pages.Flow{
		Pauses:   pauses,
		Figures:  board.figures(),
		Path:     board.path(),
		Note:     board.note(),
		Hops:     board.hops(),
		Steps:    board.steps(),
		Failures: board.failures(),
	}, nil
}

// flowBoard is a flow map on its way to the page.
type flowBoard struct {
	flow       models.FlowMap
	now        time.Time
	cut        models.FlowCut
	target     time.Duration // of the whole way
	constraint int           // index of the hop that holds up the others; -1 for none
}

func (b flowBoard) note() string {
	note := "rates and latencies of the last " + ui.Took(b.flow.Period.To.Sub(b.flow.Period.From).Truncate(time.Second)) + ", real time"
	if only := b.cutWords(); only != "" {
		note += " · " + only + " only, where a hop tells it apart"
	}
	return note
}

// cutWords name what the map is cut to, empty for the whole.
func (b flowBoard) cutWords() string {
	var parts []string
	for _, part := range []string{b.cut.DC, b.cut.Entity, b.cut.Version} {
		if part != "" {
			parts = append(parts, strings.ReplaceAll(part, "_", " "))
		}
	}
	return strings.Join(parts, ", ")
}

// flowChoices are the filters beside the DC.
func flowChoices(cut models.FlowCut) []layout.Choice {
	entity := layout.Choice{Name: "entity", Label: "Entity", All: "All entities", Current: cut.Entity}
	for _, e := range models.FlowEntities() {
		entity.Options = append(entity.Options, layout.ChoiceOption{Value: e, Label: strings.ReplaceAll(e, "_", " ")})
	}
	version := layout.Choice{Name: "version", Label: "Contract version", All: "All versions", Current: cut.Version}
	for _, v := range models.FlowVersions() {
		version.Options = append(version.Options, layout.ChoiceOption{Value: v, Label: v})
	}
	return []layout.Choice{entity, version}
}

// total is the whole way from the sources' commits to the tower's effect.
func (b flowBoard) total() models.Histogram {
	for _, step := range b.flow.Steps {
		if step.Stage == models.LatencyTotal {
			return step.Spread
		}
	}
	return models.Histogram{}
}

func (b flowBoard) figures() []ui.Number {
	total, age := b.total(), ui.Age{At: b.now}
	latency := ui.Number{ID: "flow-latency", Label: "Source to state, p95", Target: ui.Took(b.target), Age: age}
	if total.Count() > 0 {
		latency.Value = ui.Took(total.Quantile(0.95))
		if total.Quantile(0.95) > b.target {
			latency.Missed = ui.P2
		}
	}
	var behind, undelivered, orders int64
	var atLeast bool
	for _, hop := range b.flow.Hops {
		switch hop.Kind {
		case models.HopApply:
			behind += hop.Backlog
		case models.HopRoute:
			undelivered, atLeast = undelivered+hop.Backlog, atLeast || hop.AtLeast
		case models.HopERP:
			orders += hop.Backlog
		}
	}
	parked := ui.Number{ID: "flow-parked", Label: "Parked", Value: ui.Count(b.parked()), Note: "events that need a person", Age: age, Href: "/parked"}
	if b.parked() > 0 {
		parked.Missed = ui.P3
	}
	return []ui.Number{
		{ID: "flow-rate", Label: "Events applied", Value: ui.Overview(b.rate(int64(total.Count()))), Unit: "/s", Age: age},
		latency,
		{ID: "flow-behind", Label: "Not applied yet", Value: ui.Count(behind), Note: "events that wait in the log", Age: age},
		{ID: "flow-undelivered", Label: "Not delivered yet", Value: backlogWords(undelivered, atLeast), Note: "events that the routes' filters take", Age: age, Href: "/routes"},
		{ID: "flow-orders", Label: "Orders on the way", Value: ui.Count(orders), Note: "approved, not in the ERP", Age: age},
		parked,
	}
}

func (b flowBoard) parked() int64 {
	var parked int64
	for _, stage := range b.flow.Failures {
		parked += stage.Parked
	}
	return parked
}
