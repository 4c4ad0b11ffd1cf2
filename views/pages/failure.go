package pages

import (
	"time"

	"throughline/views/layout"
	"throughline/views/ui"
)

// Failure is one event, ERP write or delivery with all that became of it.
type Failure struct {
	Page        layout.Page
	Topics      string
	Self        string
	Standing    *ui.Notice // how it stands and what to do, when that needs somebody
	Actions     []ui.Action
	EditHref    string // where the payload can be edited; empty when it cannot
	Way         ui.Waterfall
	WayNote     string
	Attempts    *ui.Table
	Edits       []EditShown // what people made of the payload
	Answers     []Answer    // of every attempt, the newest first
	AnswersNote string
	Documents   []Document // side by side; none for a reader who may not see payloads
	Understood  *ui.Table  // how what was understood differs from what came; nil where nothing was
	// DocumentsNote says how the documents came to be, where they are not kept as they came.
	DocumentsNote string
	Facts         []ui.KeyValue
	Affected      []ui.KeyValue
	Related       *ui.Table // open exceptions that speak of it
	Same          *ui.Table // others that fail for the same cause
	Contents      *ui.Table
}

// EditShown is one edit of a payload, before and after.
type EditShown struct {
	Title, Note string
	At          time.Time
	Table       ui.Table
}

// Answer is what came of one attempt. Request and Body are empty when they were
// not kept or the reader may not see them.
type Answer struct {
	ID      string
	Title   string
	Took    string
	At      time.Time
	Error   string
	Request string // what was asked
	Body    string // the beginning of what was answered
	Empty   bool   // the answer said nothing beside its status
	Open    bool
}

// Document is a payload or a message as text.
type Document struct{ Title, Text string }
