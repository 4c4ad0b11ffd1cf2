package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Exceptions is the queue of one team.
type Exceptions struct {
	Page    layout.Page
	Tabs    []ui.Tab
	Filters ui.FilterBar
	Self    string // the address with its filters, to fetch the queue anew
	Topic   string // the hint that tells of news
	Rows    ui.Table
	Picks   *ui.PickBar     // what is done with the rows that are ticked; nil for who may not
	Open    *ExceptionPanel // the one beside the list
}

// ExceptionPanel is one exception in full.
type ExceptionPanel struct {
	Panel    ui.Panel
	Happened string
	Moves    []MoveButton
	Compared *ui.Table // the orders that may be one
	Facts    []ui.KeyValue
	History  []ui.TimelineItem
	Runbook  Runbook
}

// Fold tells how many rows stand under another one, and leads to them.
type Fold struct {
	Text     string
	Open     bool
	Href     string // unfolds them, or folds them again
	ListHref string // all of them as a list of their own
}

func expanded(open bool) string {
	if open {
		return "true"
	}
	return "false"
}

// MoveButton is a next move: something to do, or a place to look.
type MoveButton struct {
	Action *ui.Action
	Label  string
	Href   string
}

// ExceptionDetail is one exception on a page of its own.
type ExceptionDetail struct {
	Page  layout.Page
	Panel ExceptionPanel
}
