package pages

import (
	"github.com/a-h/templ"

	"throughline/views/layout"
	"throughline/views/ui"
)

// Alarms is how well the exceptions serve those whom they call.
type Alarms struct {
	Page       layout.Page
	Self       string
	Figures    []ui.Number
	Teams      ui.Table
	Kinds      ui.Table
	Chattering ui.Table
	Storms     ui.Table // when one called for many
	Shelved    ui.Table // kinds that are put aside, or were
	Shelve     templ.Component
	Stale      ui.Table
	Response   ui.Table // how soon exceptions are answered and solved
	Flows      ui.Table // exceptions beside what flowed
}
