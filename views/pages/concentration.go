package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Concentration is where the exceptions of stock gather.
type Concentration struct {
	Page       layout.Page
	Topics     string
	Self       string
	Filters    ui.FilterBar
	Figures    []ui.Number
	HeatTitle  string
	Heat       ui.Heatmap
	Paretos    []Pareto
	Step       string // of the course: day, week or month
	Opened     ui.TimeSeries
	Risk       ui.TimeSeries
	Behind     ui.Table
	BehindNote string // how much of all is shown
}

// Pareto is one dimension, the dearest first.
type Pareto struct {
	Title string
	Table ui.Table
}
