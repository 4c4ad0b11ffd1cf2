package pages

import (
	"time"

	"github.com/a-h/templ"

	"throughline/views/ui"
)

// Inspector sets the basis of a recommendation beside what is known now.
type Inspector struct {
	Lead      string // where the basis comes from
	Figures   ui.Table
	Moments   []BasisMoment
	Movements ui.Table
	More      string // how many movements are not shown, empty when all are
}

// BasisMoment is the verdict at one moment of a recommendation's life.
type BasisMoment struct {
	Name    string
	At      time.Time // zero while the moment has not come
	Verdict ui.Verdict
	Figures string // age, movement against tolerance
	Changed string // what changed, in words
	Effect  string // what a new run would recommend, empty when the same
}

// VerdictCell is a verdict with the age of the stock figure behind it.
func VerdictCell(v ui.Verdict, age string) templ.Component { return verdictCell(v, age) }
