package ui

import (
	"strconv"
	"strings"
	"time"
)

// TimeSeries is a chart of one measure over time, with the same figures in a
// table behind it.
type TimeSeries struct {
	ID    string
	Title string // what it shows, read to those who cannot see it
	Unit  string
	// Times are the x of every series, ascending.
	Times  []time.Time
	Series []Series
	// FromZero keeps zero on the axis.
	FromZero bool
	// Height in pixels, 200 if zero.
	Height int
}

// Series is one line. A nil value is a gap, never a zero.
type Series struct {
	Name   string
	Values []*float64
	// Dashed marks what is not measured: a forecast, a target.
	Dashed bool
}

// chartData is what the script reads. Text holds the figures as they are
// shown, so that script and server agree.
type chartData struct {
	X      []int64       `json:"x"`
	Zero   bool          `json:"zero"`
	Zone   string        `json:"zone"` // of the axis, the same as in the table
	Series []chartSeries `json:"series"`
}

type chartSeries struct {
	Class string     `json:"class"`
	Dash  bool       `json:"dash"`
	Y     []*float64 `json:"y"`
	Text  []string   `json:"text"`
	Last  string     `json:"last"`
}

func (t TimeSeries) data(zone *time.Location) chartData {
	data := chartData{X: make([]int64, len(t.Times)), Zero: t.FromZero, Zone: zone.String()}
	for i, at := range t.Times {
		data.X[i] = at.Unix()
	}
	for i, s := range t.Series {
		drawn := chartSeries{Class: seriesClass(i), Dash: s.Dashed, Y: s.Values, Text: make([]string, len(s.Values))}
		for j, v := range s.Values {
			drawn.Text[j] = t.figure(v)
			if v != nil {
				drawn.Last = drawn.Text[j]
			}
		}
		data.Series = append(data.Series, drawn)
	}
	return data
}

// figure is a value as it is read, to three significant digits.
func (t TimeSeries) figure(v *float64) string {
	if v == nil {
		return "–"
	}
	text := strconv.FormatFloat(*v, 'g', 3, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(*v, 'f', 0, 64)
	}
	return strings.TrimSpace(strings.Replace(text, "-", "−", 1) + " " + t.Unit)
}

func (t TimeSeries) height() string {
	if t.Height == 0 {
		return "200"
	}
	return strconv.Itoa(t.Height)
}

func seriesClass(i int) string { return "series-" + strconv.Itoa(i%4) }

func dashes(dashed bool) string {
	if dashed {
		return "4 3"
	}
	return "none"
}
