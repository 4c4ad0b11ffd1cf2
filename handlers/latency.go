package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	latencyPath  = "/latency"
	slowestShown = 8
)

// Latency answers how soon the events of each entity take effect at each DC.
type Latency struct {
	Frame   *Frame
	Read    LatencyReader
	Rows    LatencyRows
	Targets func() models.Targets // those that hold now
}

// LatencyRows reads the events behind the latencies.
type LatencyRows interface {
	Slowest(ctx context.Context, q models.LatencyQuery, limit int) ([]models.SlowEvent, error)
	ClockLeads(ctx context.Context) ([]models.ClockLead, error)
}

// Show answers GET /latency.
func (h *Latency) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavLatency, "Latency by DC")
	page.Lead = "How soon what happened in a source takes effect, by entity and DC, real time"
	page.Live = livePath(models.TopicOverview)
	now, ctx := h.Frame.Now(), c.Request().Context()
	cut, err := latencyCutOf(c, now)
	if err != nil {
		return err
	}
	pairs, err := h.pairs(ctx, cut)
	if err != nil {
		return err
	}
	leads, err := h.Rows.ClockLeads(ctx)
	if err != nil {
		return err
	}
	view := pages.Latency{
		Page: page, Self: c.Request().URL.RequestURI(),
		Clocks: clockNotice(leads), Tabs: cut.tabs(now), Period: cut.form(), Matrix: latencyMatrix(pairs, cut), Pairs: pairTable(c, pairs, cut),
	}
	if cut.upTo(now) {
		view.Topics = string(models.TopicOverview)
	}
	if cut.Entity != "" {
		if view.Panel, err = h.panel(ctx, pairs, cut); err != nil {
			return err
		}
	}
	return render.HTML(c, http.StatusOK, pages.LatencyPage(view))
}

// pairs are the latencies of the period beside those of the one before it.
func (h *Latency) pairs(ctx context.Context, cut latencyCut) ([]latencyPair, error) {
	cells, err := h.Read.Matrix(ctx, models.LatencyQuery{Period: cut.period})
	if err != nil {
		return nil, err
	}
	before, err := h.Read.Matrix(ctx, models.LatencyQuery{Period: cut.period.Before()})
	if err != nil {
		return nil, err
	}
	return latencyPairs(cells, before, h.Targets()), nil
}

// panel is one pair in full: its steps, its course and its slowest events.
func (h *Latency) panel(ctx context.Context, pairs []latencyPair, cut latencyCut) (*pages.LatencyPanel, error) {
	query := models.LatencyQuery{DC: cut.DC, NoDC: cut.DC == "", Entity: cut.Entity, Period: cut.period}
	course, err := h.Read.Series(ctx, query, cut.step())
	if err != nil {
		return nil, err
	}
	slowest, err := h.Rows.Slowest(ctx, query, slowestShown)
	if err != nil {
		return nil, err
	}
	query.Stages = models.LatencyStages()
	steps, err := h.Read.Matrix(ctx, query)
	if err != nil {
		return nil, err
	}
	panel := &pages.LatencyPanel{
		Panel: ui.Panel{Title: entityWord(cut.Entity) + " at " + dcOrAll(cut.DC), Subtitle: cut.words(), CloseHref: cut.opening("", "")},
		Steps: latencyWay(steps), Course: latencySeries(course), Slowest: slowestTable(slowest),
	}
	for _, p := range pairs {
		if p.DC == cut.DC && p.Entity == cut.Entity {
			panel.Facts = p.facts()
		}
	}
	return panel, nil
}
