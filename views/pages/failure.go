package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Failure is one event, ERP write or delivery with all that became of it.
type Failure struct {
	Page      layout.Page
	Topics    string
	Self      string
	Standing  *ui.Notice // how it stands and what to do, when that needs somebody
	Actions   []ui.Action
	Way       ui.Waterfall
	WayNote   string
	Attempts  *ui.Table
	Documents []Document // side by side; none for a reader who may not see payloads
	Facts     []ui.KeyValue
	Affected  []ui.KeyValue
	Related   *ui.Table // open exceptions that speak of it
	Contents  *ui.Table
}

// Document is a payload or a message as text.
type Document struct{ Title, Text string }
