package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Influence is the board of forecast revisions and how far each has come.
type Influence struct {
	Page    layout.Page
	Self    string
	Topics  string
	Tabs    []ui.Tab
	Filters ui.FilterBar
	Rows    ui.Table
}
