package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Faults is the panel that breaks the demo.
type Faults struct {
	Page   layout.Page
	Faults []ui.Fault
	Log    []ui.TimelineItem
}
