package handlers

import (
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// courseStep is what one point of the course of concentration tells of: so many
// business days, weeks from Monday on, or months. name is its value in the address.
type courseStep struct {
	name, noun   string
	points       int
	days, months int
	begin        func(day time.Time) time.Time // of the step that a day is in
}

// courseSteps has first what is shown unless another is asked for.
var courseSteps = []courseStep{
	{"", "day", 28, 1, 0, func(day time.Time) time.Time { return day }},
	{"week", "week", models.TrendPeriods, 7, 0, func(day time.Time) time.Time { return day.AddDate(0, 0, -(int(day.Weekday())+6)%7) }},
	{"month", "month", 12, 0, 1, func(day time.Time) time.Time { return day.AddDate(0, 0, 1-day.Day()) }},
}

// step is the one that is asked for, days for one that there is not.
func (cut concentrationCut) step() courseStep {
	at := slices.IndexFunc(courseSteps, func(s courseStep) bool { return s.name == cut.by })
	return courseSteps[max(at, 0)]
}

// begins are the business days on which the last steps begin, the earliest first and
// the one that a day is in last.
func (s courseStep) begins(day time.Time) []time.Time {
	var all []time.Time
	for ago := s.points - 1; ago >= 0; ago-- {
		all = append(all, s.begin(day).AddDate(0, -ago*s.months, -ago*s.days))
	}
	return all
}

func courseField(cut concentrationCut) ui.FilterField {
	field := ui.FilterField{Name: "by", Label: "Course", Value: cut.step().name}
	for _, s := range courseSteps {
		field.Options = append(field.Options, ui.Option{Value: s.name, Label: "By " + s.noun})
	}
	return field
}

// course reads the last steps of business time; the newest ends now.
func (h *ConcentrationPage) course(ctx context.Context, cut concentrationCut) ([]models.GatheredDay, error) {
	clock, now := h.Frame.Clock(), h.Frame.Now()
	begins := cut.step().begins(clock.At(now).UTC().Truncate(24 * time.Hour))
	var ends []time.Time
	for _, day := range begins {
		ends = append(ends, clock.When(day))
	}
	course, err := h.Read.GatheredDays(ctx, cut.filter(), append(ends, now))
	for i := range course {
		course[i].Day = begins[i]
	}
	return course, err
}

func openedSeries(course []models.GatheredDay, by courseStep) ui.TimeSeries {
	chart := ui.TimeSeries{ID: "opened", Title: "Exceptions of stock by business " + by.noun, Unit: "exceptions", FromZero: true, Height: 150}
	opened, open := ui.Series{Name: "opened that " + by.noun}, ui.Series{Name: "open at its end", Dashed: true}
	for _, d := range course {
		chart.Times = append(chart.Times, d.Day)
		opened.Values = append(opened.Values, plotted(decimal.NewFromInt(d.Opened)))
		open.Values = append(open.Values, plotted(decimal.NewFromInt(d.Open)))
	}
	chart.Series = []ui.Series{opened, open}
	return chart
}

func riskSeries(course []models.GatheredDay, by courseStep, currency string) ui.TimeSeries {
	chart := ui.TimeSeries{ID: "risk", Title: "Money at risk at the end of each business " + by.noun, Unit: currency, FromZero: true, Height: 150}
	risk := ui.Series{Name: "at risk at the end of the " + by.noun}
	for _, d := range course {
		chart.Times = append(chart.Times, d.Day)
		risk.Values = append(risk.Values, plotted(d.Value.Round(0)))
	}
	chart.Series = []ui.Series{risk}
	return chart
}
