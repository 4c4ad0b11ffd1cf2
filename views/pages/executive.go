package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Executive is the one-page health: the measures, each with the way to its rows.
type Executive struct {
	Page     layout.Page
	Period   string // "last 24 h, real time"
	Measures []MeasureCard
	Risks    ui.Table // what is most at risk now
}

// MeasureCard is one measure with what is needed to judge and to check it.
type MeasureCard struct {
	Figure     ui.Number
	Owner      string
	Definition string
	Exclusions string
}

// MeasureDrill is the rows behind one measure; their sum or share is the headline.
type MeasureDrill struct {
	Page       layout.Page
	Figure     ui.Number
	Definition string
	Exclusions string
	Rows       ui.Table
}
