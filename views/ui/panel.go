package ui

import (
	"time"

	"github.com/a-h/templ"
)

// Panel is the detail beside a list. Draw it with SidePanel right after the
// list, both inside WithPanel; EmptyPanel keeps its place while none is open.
type Panel struct {
	Title    string
	Subtitle string
	// CloseHref is the list's address without the panel.
	CloseHref string
	// Self is an address that draws the panel, and Topics are the hints (space
	// separated) that tell of news in it; a panel without Self stays as it was drawn.
	Self, Topics string
	// Actions stand at the foot, always in view.
	Actions []Action
}

// KeyValue is one line of a description.
type KeyValue struct {
	Key   string
	Value templ.Component
	Note  string
}

// TimelineItem is one thing that happened, or should have.
type TimelineItem struct {
	At     time.Time
	Title  string
	Actor  string
	Detail string
	Mark   Mark
}

// Mark is how an item stands on a timeline.
type Mark string

// The marks.
const (
	MarkDone    Mark = ""
	MarkFailed  Mark = "failed"
	MarkWaiting Mark = "waiting"
	MarkMissing Mark = "missing"
)

// Layer is one of the five layers that a flow passes.
type Layer struct {
	Name   string
	Health Health
	State  string // in words; the health's own word if empty
	Note   string // one line: "6 of 6 sources, newest 4 s"
	Href   string
}

// Books is the balance of what came in and what became of it.
type Books struct {
	Received, Applied, Superseded, Parked, Discarded, Pending int64
	// ParkedHref leads to what waits for a person.
	ParkedHref string
	// DifferenceHref leads to what is known of books that do not balance.
	DifferenceHref string
	Age            Age
}

// Difference is zero while the books balance.
func (b Books) Difference() int64 {
	return b.Received - b.Applied - b.Superseded - b.Parked - b.Discarded - b.Pending
}
