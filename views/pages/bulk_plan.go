package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// BulkPlan is the form on which a bulk action is planned over a stored filter.
type BulkPlan struct {
	Page    layout.Page
	Filters *ui.FilterBar
	Keep    []ui.Field // the filter
	OnPage  string     // "25 on this page"
	All     string     // "all 8,412 that match"; empty when the filter is empty
	Action  string     // that is chosen; empty for the first
	Typed   BulkTyped
	Table   ui.Table
	Problem *ui.Notice
}

// BulkTyped is what stands in the fields: what was typed before a refusal, else
// what the form opens with.
type BulkTyped struct {
	Picked                            bool // the events that are ticked, not all that match
	Canary, Rate, Stop, Patch, Reason string
	GoOn                              bool
}
