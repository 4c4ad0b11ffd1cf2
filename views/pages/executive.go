package pages

import (
	"github.com/a-h/templ"

	"throughline/views/layout"
	"throughline/views/ui"
)

// Executive is the one-page health: the measures, each with the way to its rows.
type Executive struct {
	Topic, Self string // the hint that tells of news, and where to fetch them
	Page        layout.Page
	Period      string // what a value covers, and its trend
	Measures    ui.Table
	Undecided   templ.Component // what the decision latency leaves out; nil for nothing
	Risks       ui.Table        // what is most at risk now
	AllRisks    templ.Component // the way to the rest
	RisksOf     ui.FilterBar
}

// MeasureDrill is the rows behind one measure; their sum or share is the headline.
type MeasureDrill struct {
	Page       layout.Page
	Self       string
	Topic      string
	Figure     ui.Number
	Definition string
	Exclusions string
	Undecided  templ.Component // what it leaves out for now; nil for nothing
	Order      string          // of the rows, in words
	Rows       ui.Table
}
