package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Concentration is where the exceptions of stock gather.
type Concentration struct {
	Page      layout.Page
	Topics    string
	Self      string
	Figures   []ui.Number
	Heat      ui.Heatmap
	DCs       ui.Table
	Suppliers ui.Table
	Classes   ui.Table
}
