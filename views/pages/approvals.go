package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Approvals is the queue of recommendations that wait for a person.
type Approvals struct {
	Page    layout.Page
	Notices []ui.Notice // of what is late
	Tabs    []ui.Tab
	Filters ui.FilterBar
	Self    string // the address with its filters, to fetch the queue anew
	Topic   string
	Rows    ui.Table
	Open    *Review   // the one beside the list
	Gap     *GapPanel // in its place on the list of gaps
}

// Review is one recommendation in full.
type Review struct {
	Panel     ui.Panel
	Self      string // the address that draws this review again
	Topics    string // space separated
	Notice    *ui.Notice
	State     []ui.KeyValue // how it stands: who approves, until when, what came of it
	Reason    string        // the engine's
	Inputs    []ui.KeyValue
	Outlook   *Outlook      // nil where there is nothing to compare
	Source    []ui.KeyValue // how who delivers kept its word
	Basis     Inspector
	Failed    []RuleLine
	Passed    []RuleLine
	History   []ui.TimelineItem
	Questions []Question
	Actions   []ui.Action
}

// Outlook is projected stock with and without an order.
type Outlook struct {
	Chart ui.TimeSeries
	Facts []ui.KeyValue
	Note  string // what it was projected from
}

// Question is one question with its answer, or the way to answer it.
type Question struct {
	Question ui.TimelineItem
	Answer   *ui.TimelineItem
	Action   *ui.Action
}

// RuleLine is the outcome of one rule of the policy.
type RuleLine struct {
	Name    string
	Message string
	Values  string // the values that it read
}

// ReviewDetail is one recommendation on a page of its own.
type ReviewDetail struct {
	Page   layout.Page
	Review Review
}
