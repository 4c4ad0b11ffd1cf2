package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Flow is the map of all ways from the sources to the targets.
type Flow struct {
	Page     layout.Page
	Pauses   []ui.Notice // what somebody has stopped, or plans to
	Figures  []ui.Number
	Path     ui.FlowPath
	Note     string // what the figures cover
	Hops     ui.Table
	Steps    ui.Table
	Failures ui.Table
}
