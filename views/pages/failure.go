package pages

import (
	"time"

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
	EditHref  string // where the payload can be edited; empty when it cannot
	Way       ui.Waterfall
	WayNote   string
	Attempts  *ui.Table
	Edits     []EditShown // what people made of the payload
	Documents []Document  // side by side; none for a reader who may not see payloads
	Facts     []ui.KeyValue
	Affected  []ui.KeyValue
	Related   *ui.Table // open exceptions that speak of it
	Contents  *ui.Table
}

// EditShown is one edit of a payload, before and after.
type EditShown struct {
	Title, Note string
	At          time.Time
	Table       ui.Table
}

// Document is a payload or a message as text.
type Document struct{ Title, Text string }
