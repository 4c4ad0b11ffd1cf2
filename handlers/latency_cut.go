package handlers

import (
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// latencyPeriods are the spans up to now that a reader may choose at once.
func latencyPeriods() []chosenPeriod {
	return []chosenPeriod{{"15m", "15m", 15 * time.Minute}, {"1h", "1h", time.Hour}, {"6h", "6h", 6 * time.Hour}, {"24h", "24h", 24 * time.Hour}, {"30d", "30d", 30 * 24 * time.Hour}}
}

// latencyCut is what a reader asked for: a period, and the pair that is opened.
type latencyCut struct {
	arrangement
	span       chosenPeriod // up to now, unless from or to is given
	from, to   string       // as the address has them
	period     models.Period
	DC, Entity string
}

func latencyCutOf(c echo.Context, now time.Time) (latencyCut, error) {
	cut := latencyCut{
		arrangement: readArrangement(c), span: latencyPeriods()[1], from: c.QueryParam("from"), to: c.QueryParam("to"),
		DC: c.QueryParam("dc"), Entity: c.QueryParam("entity"),
	}
	for _, p := range latencyPeriods() {
		if p.name == c.QueryParam("period") {
			cut.span = p
		}
	}
	var err error
	cut.period, err = models.ParsePeriod(c.QueryParam, cut.span.span, now)
	return cut, err
}

// chosen says whether the reader named the bounds of the period.
func (l latencyCut) chosen() bool { return l.from != "" || l.to != "" }

// upTo says whether the period goes on, so that what it shows changes.
func (l latencyCut) upTo(now time.Time) bool { return !l.period.To.Before(now) }

// step is that of the chart.
func (l latencyCut) step() time.Duration {
	switch length := l.period.Length(); {
	case length < 2*time.Hour:
		return time.Minute
	case length < 12*time.Hour:
		return 10 * time.Minute
	case length < 8*24*time.Hour:
		return time.Hour
	}
	return 24 * time.Hour
}

// words tell the period.
func (l latencyCut) words() string {
	if !l.chosen() {
		return "the last " + l.span.title
	}
	const minute = "2 Jan 15:04"
	return l.period.From.UTC().Format(minute) + " to " + l.period.To.UTC().Format(minute) + " UTC"
}

// opening is the address of the page with a pair's panel, without one for an empty entity.
func (l latencyCut) opening(dc, entity string) string {
	query := url.Values{"period": {l.span.name}}
	if l.chosen() {
		query = url.Values{"from": {l.from}, "to": {l.to}}
	}
	l.put(query)
	if entity != "" {
		query.Set("entity", entity)
		if dc != "" {
			query.Set("dc", dc)
		}
	}
	return latencyPath + "?" + query.Encode()
}

// over is the same cut over another period.
func (l latencyCut) over(span chosenPeriod, from, to string) string {
	l.span, l.from, l.to = span, from, to
	return l.opening(l.DC, l.Entity)
}

// tabs are the spans up to now, and the day before.
func (l latencyCut) tabs(now time.Time) []ui.Tab {
	var tabs []ui.Tab
	for _, p := range latencyPeriods() {
		tabs = append(tabs, ui.Tab{Title: p.title, Href: l.over(p, "", ""), Current: !l.chosen() && p.name == l.span.name})
	}
	yesterday := now.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	return append(tabs, ui.Tab{Title: "Yesterday", Href: l.over(l.span, yesterday, yesterday), Current: l.from == yesterday && l.to == yesterday})
}

// form has the period that is shown, so that a reader moves its bounds.
func (l latencyCut) form() pages.PeriodForm {
	form := pages.PeriodForm{Action: latencyPath, From: minuteParameter(l.period.From), To: minuteParameter(l.period.To.Truncate(time.Minute))}
	kept := url.Values{}
	l.put(kept)
	if l.Entity != "" {
		kept.Set("entity", l.Entity)
		if l.DC != "" {
			kept.Set("dc", l.DC)
		}
	}
	for name := range kept {
		form.Keep = append(form.Keep, ui.Field{Name: name, Value: kept.Get(name)})
	}
	return form
}
