package ui_test

import (
	"strings"
	"testing"
	"time"

	"throughline/views/ui"
)

func TestAChartWritesLessThanNothingAsThePageDoes(t *testing.T) {
	short := -3.5
	chart := draw(t, ui.TimeSeriesChart(ui.TimeSeries{
		ID: "stock", Title: "Projected stock", Unit: "EA", Times: []time.Time{noon()}, Series: []ui.Series{{Name: "on hand", Values: []*float64{&short}}},
	}))
	want(t, "the figure", words(chart.Find("td.num")), "−3.5 EA")
	if data := chart.Find("[data-chart]").AttrOr("data-chart", ""); !strings.Contains(data, `"text":["−3.5 EA"]`) || !strings.Contains(data, `"y":[-3.5]`) {
		t.Errorf("the chart is given %s", data)
	}
}
