package pages

import (
	"time"

	"throughline/views/layout"
	"throughline/views/ui"
)

// Chain is the thread of one item at one DC, from revision to receipt.
type Chain struct {
	Page   layout.Page
	Self   string
	Topic  string
	Known  KnownControl
	Cannot *ui.Notice // in place of the thread
	GTIN   string     // empty where the item has none
	Thread ui.Chain
	Event  ui.Tab // that was searched for and is no step; empty for none
	Others []OtherChain
	Steps  ui.Table
	// Levels are the thresholds that stock of the item fell to.
	Levels []ui.KeyValue
	Basis  *Inspector // nil where nothing was recommended
	Open   *ChainPanel
}

// KnownControl chooses the moment as of which a thread is shown. Then is zero
// for this moment.
type KnownControl struct {
	Query      string
	Value      string
	Then       time.Time
	Since      time.Time
	BeforeHref string
	AfterHref  string
	NowHref    string
}

// ChainPanel is one step of a thread in full.
type ChainPanel struct {
	Panel    ui.Panel
	Facts    []ui.KeyValue
	Forecast *ui.Table // of a revision: its values
	Event    []ui.KeyValue
	Missing  *ui.Notice // why there is no event or no payload
	Ways     []ui.Tab
	Document *Document
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
