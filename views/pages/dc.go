package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// DC is one distribution centre: how late its data is, and what runs short.
type DC struct {
	Page      layout.Page
	Topic     string
	Self      string
	Figures   []ui.Number
	Stages    ui.Table
	Series    ui.TimeSeries
	Hours     ui.Heatmap
	Stale     ui.Table
	Short     ui.Table
	ShortFrom string // the sources of its figures, as the end of a sentence
}
