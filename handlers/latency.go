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
	Slowest(ctx context.Context, dc, entity string, limit int) ([]models.SlowEvent, error)
	ClockLeads(ctx context.Context) ([]models.ClockLead, error)
}

// latencyPeriods are the spans that a reader may choose; step is of the chart.
var latencyPeriods = []struct {
	name       string
	span, step time.Duration
}{
	{"15m", 15 * time.Minute, time.Minute},
	{"1h", time.Hour, time.Minute},
	{"6h", 6 * time.Hour, 10 * time.Minute},
	{"24h", 24 * time.Hour, time.Hour},
}

// latencyCut is what a reader asked for: a period, and the pair that is opened.
type latencyCut struct {
	arrangement
	Period     string
	span, step time.Duration
	DC, Entity string
}

func latencyCutOf(c echo.Context) latencyCut {
	cut := latencyCut{arrangement: readArrangement(c), DC: c.QueryParam("dc"), Entity: c.QueryParam("entity")}
	chosen := latencyPeriods[1]
	for _, p := range latencyPeriods {
		if p.name == c.QueryParam("period") {
			chosen = p
		}
	}
	cut.Period, cut.span, cut.step = chosen.name, chosen.span, chosen.step
	return cut
}

// opening is the address of the page with a pair's panel, without one for an empty entity.
func (l latencyCut) opening(dc, entity string) string {
	query := url.Values{"period": {l.Period}}
	l.put(query)
	if entity != "" {
		query.Set("dc", dc)
		query.Set("entity", entity)
	}
	return latencyPath + "?" + query.Encode()
}

// Show answers GET /latency.
func (h *Latency) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavLatency, "Latency by DC")
	page.Lead = "How soon what happened in a source takes effect, by entity and DC, real time"
	page.Live = livePath(models.TopicOverview)
	cut, now, ctx := latencyCutOf(c), h.Frame.Now(), c.Request().Context()
	pairs, err := h.pairs(ctx, cut, now)
	if err != nil {
		return err
	}
	leads, err := h.Rows.ClockLeads(ctx)
	if err != nil {
		return err
	}
	view := pages.Latency{
		Page: page, Self: c.Request().URL.RequestURI(), Topics: string(models.TopicOverview),
		Clocks: clockNotice(leads), Tabs: periodTabs(cut), Matrix: latencyMatrix(pairs, cut), Pairs: pairTable(c, pairs, cut),
	}
	if cut.Entity != "" {
		if view.Panel, err = h.panel(ctx, pairs, cut, now); err != nil {
			return err
		}
	}
	return render.HTML(c, http.StatusOK, pages.LatencyPage(view))
}

// pairs are the latencies of the period beside those of the one before it.
func (h *Latency) pairs(ctx context.Context, cut latencyCut, now time.Time) ([]latencyPair, error) {
	period := models.Period{From: now.Add(-cut.span), To: now}
	cells, err := h.Read.Matrix(ctx, models.LatencyQuery{Period: period})
	if err != nil {
		return nil, err
	}
	before, err := h.Read.Matrix(ctx, models.LatencyQuery{Period: models.Period{From: period.From.Add(-cut.span), To: period.From}})
	if err != nil {
		return nil, err
	}
	return latencyPairs(cells, before, h.Targets()), nil
}

// panel is one pair in full: its steps, its course and its slowest events.
func (h *Latency) panel(ctx context.Context, pairs []latencyPair, cut latencyCut, now time.Time) (*pages.LatencyPanel, error) {
	query := models.LatencyQuery{DC: cut.DC, Entity: cut.Entity, Period: models.Period{From: now.Add(-cut.span), To: now}}
	course, err := h.Read.Series(ctx, query, cut.step)
	if err != nil {
		return nil, err
	}
	query.Stages = models.LatencyStages()
	steps, err := h.Read.Matrix(ctx, query)
	if err != nil {
		return nil, err
	}
	slowest, err := h.Rows.Slowest(ctx, cut.DC, cut.Entity, slowestShown)
	if err != nil {
		return nil, err
	}
	panel := &pages.LatencyPanel{
		Panel: ui.Panel{Title: entityWord(cut.Entity) + " at " + cut.DC, Subtitle: "the last " + cut.Period, CloseHref: cut.opening("", "")},
		Steps: latencyWay(steps), Course: latencySeries(course), Slowest: slowestTable(slowest),
	}
	for _, p := range pairs {
		if p.DC == cut.DC && p.Entity == cut.Entity {
			panel.Facts = p.facts()
		}
	}
	return panel, nil
}
