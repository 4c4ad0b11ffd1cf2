package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Chain is the thread of one item at one DC, from revision to receipt.
type Chain struct {
	Page   layout.Page
	Self   string
	Topic  string
	Thread ui.Chain
	Others []OtherChain
	Steps  ui.Table
	Basis  *Inspector // nil where nothing was recommended
}

// OtherChain is another thread that the same search could have meant.
type OtherChain struct {
	Link ui.Tab
	Age  ui.Age
}

// Search is what a text could mean.
type Search struct {
	Page   layout.Page
	Query  string
	Groups []SearchGroup
	None   ui.Notice // in place of the groups
}

// SearchGroup are the hits of one kind.
type SearchGroup struct {
	Title string
	Hits  ui.Table
}
