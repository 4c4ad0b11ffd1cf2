package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Trace is all that shares a trace id.
type Trace struct {
	Page       layout.Page
	Topics     string
	Self       string
	Events     ui.Table
	EventsNote string
	Orders     *ui.Table // nil when no recommendation is among the events
}
