package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	stageWindow  = 15 * time.Minute
	seriesWindow = time.Hour
	hoursWindow  = 24 * time.Hour
	shortRows    = 22
	coverTableID = "below-cover"
)

// DC answers the page of one distribution centre.
type DC struct {
	Frame   *Frame
	Network NetworkReader
	Latency LatencyReader
	Cover   CoverReader
	Targets func() models.Targets // those that hold now
}

// Show answers GET /dcs/:dc.
func (h *DC) Show(c echo.Context) error {
	dc := c.Param("dc")
	page := h.Frame.Page(c, layout.NavOverview, dc)
	page.Crumbs = []layout.Crumb{{Title: "Overview", Href: "/overview"}}
	page.Live = livePath(models.TopicDC(dc))
	ctx, now := c.Request().Context(), h.Frame.Now()
	states, err := h.Network.DCs(ctx, dc)
	if err != nil {
		return err
	}
	if len(states) == 0 {
		return models.Errorf(models.CodeNotFound, "There is no distribution center %q.", dc)
	}
	state := states[0]
	page.Title, page.Lead = dc+" "+state.Name, "Is its data in time, and what runs short · "+state.TimeZone
	view := pages.DC{Page: page, Topic: string(models.TopicDC(dc)), Self: c.Request().URL.RequestURI()}
	if err := h.fill(ctx, &view, state, now); err != nil {
		return err
	}
	place := readPagingBy(c, "page", shortRows, int64(state.BelowCover))
	short, err := h.Cover.BelowCover(ctx, dc, place.part())
	if err != nil {
		return err
	}
	view.Short = coverTable(dc, short, place)
	return render.HTML(c, http.StatusOK, pages.DCPage(view))
}

func dcPath(dc string) string { return "/dcs/" + url.PathEscape(dc) }

func (h *DC) fill(ctx context.Context, view *pages.DC, state models.DCState, now time.Time) error {
	cut := func(window time.Duration, stages ...models.LatencyStage) models.LatencyQuery {
		return models.LatencyQuery{DC: state.DC, Stages: stages, Period: models.Period{From: now.Add(-window), To: now}}
	}
	stages, err := h.Latency.Matrix(ctx, cut(stageWindow, append(models.LatencyStages(), models.LatencyTotal)...))
	if err != nil {
		return err
	}
	minutes, err := h.Latency.Series(ctx, cut(seriesWindow), time.Minute)
	if err != nil {
		return err
	}
	hours, err := h.Latency.Series(ctx, cut(hoursWindow), time.Hour)
	if err != nil {
		return err
	}
	fresh, err := h.Network.Freshness(ctx, state.DC)
	if err != nil {
		return err
	}
	target := h.Targets().Overall(state.DC)
	view.Figures = append([]ui.Number{dcLatency(stages, target, now)}, dcFigures(state, stockAge(fresh, state.DC), now, h.Frame.Currency(ctx))...)
	view.Stages = stageTable(stages)
	view.Series = latencySeries(minutes)
	view.Hours = hourTable(hours, target, now)
	view.Stale, view.ShortFrom = ageTable(fresh, now), coverSources(fresh, now)
	return nil
}

func dcLatency(stages []models.LatencyCell, target time.Duration, now time.Time) ui.Number {
	total := merged(stages, func(cell models.LatencyCell) bool { return cell.Stage == models.LatencyTotal })
	latency := ui.Number{ID: "dc-latency", Label: "Sync latency p95", Target: ui.Took(target), Age: ui.Age{At: now}, Note: "over 15 min"}
	if total.Count() > 0 {
		latency.Value = ui.Took(total.Quantile(0.95))
		if total.Quantile(0.95) > target {
			latency.Missed = ui.P2
		}
	}
	return latency
}

func dcFigures(s models.DCState, stock ui.Age, now time.Time, currency string) []ui.Number {
	age := ui.Age{At: now}
	oldest := ui.Number{Label: "Oldest stock position", Note: ui.Count(int64(s.Positions)) + " positions"}
	if s.OldestPosition != nil {
		oldest.Value = ui.Ago(now.Sub(*s.OldestPosition))
	}
	open := s.Open[models.PriorityP1] + s.Open[models.PriorityP2]
	urgent := ui.Number{Label: "Critical and high", Value: strconv.Itoa(open), Age: age, Href: addressOf(ownQueuePath, "dc", s.DC, "priority", urgentPriorities, "view", viewEvery, "each", "1")}
	if open > 0 {
		urgent.Missed = ui.P2
	}
	return []ui.Number{
		oldest, urgent,
		{Label: "Below cover", Value: ui.Count(int64(s.BelowCover)), Unit: nounOf(int64(s.BelowCover), "item"), Age: stock, Href: dcPath(s.DC) + "#" + coverTableID},
		{Label: "To decide", Value: ui.Count(int64(s.Waiting)), Unit: nounOf(int64(s.Waiting), "recommendation"), Note: worth(s.WaitingValue, currency), Href: "/approvals?dc=" + s.DC, Age: age},
		{Label: "Money at risk", Value: ui.Overview(s.ValueAtRisk[currency].Round(0)), Unit: models.UnitMoney, Note: besides(s.ValueAtRisk, currency), Href: ownQueuePath + "?dc=" + queryEscape(s.DC), Age: age},
	}
}
