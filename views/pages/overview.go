package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Overview shows whether the network is in step.
type Overview struct {
	Page      layout.Page
	Pauses    []ui.Notice // what somebody has stopped, or plans to
	Layers    []ui.Layer
	Figures   []ui.Number
	DCs       ui.Table
	Freshness ui.Heatmap // DC by entity
	Risks     ui.Table
	Books     ui.Books
}
