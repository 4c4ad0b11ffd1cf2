package pages

import (
	"github.com/a-h/templ"

	"throughline/views/layout"
	"throughline/views/ui"
)

// Board is a page of lists that fetches itself anew when a hint tells of news.
type Board struct {
	Page    layout.Page
	ID      string     // of the region that is fetched
	Topics  string     // the hints, separated by blanks
	Self    string     // the address with its filters
	Dear    bool       // to make: it is fetched anew twice a minute at most
	Notice  *ui.Notice // above the figures; nil for none
	Figures []ui.Number
	Lists   []BoardList
	Panel   *BoardPanel // beside the lists; boards without panels leave HasPanel false
	// HasPanel keeps the place where a row opens.
	HasPanel bool
}

// BoardList is one titled list of a board. Tabs and Filters take the title's place.
type BoardList struct {
	Title   string
	Note    string
	Beside  templ.Component
	Tabs    []ui.Tab
	Filters *ui.FilterBar
	Table   ui.Table
}

// BoardPanel is an opened row in full.
type BoardPanel struct {
	Panel ui.Panel
	Parts []PanelPart
}

// of is the panel as part of its board, with whose news it changes.
func (p BoardPanel) of(b Board) BoardPanel {
	p.Panel.Self, p.Panel.Topics = b.Self, b.Topics
	return p
}

// PanelPart is a titled part of a panel.
type PanelPart struct {
	Title string
	Body  templ.Component
}
