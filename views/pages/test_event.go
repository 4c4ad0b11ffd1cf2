package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// TestEvent is the form on which one event is sent as its source would.
type TestEvent struct {
	Page    layout.Page
	Action  string
	Source  ui.FilterField
	Type    ui.FilterField
	Event   string
	Outcome *ui.Notice
	Faults  *ui.Table // of the contract
}
