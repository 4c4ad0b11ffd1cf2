package ui

import (
	"slices"

	"github.com/a-h/templ"
)

// Table is rows under sticky headings. The first column stays in view when
// the table is wider than its place; at phone width rows fold to two lines.
type Table struct {
	ID      string
	Caption string // what the rows are, read to those who cannot see the page
	Columns []Column
	Rows    []Row
	// Empty stands in place of the rows when there are none.
	Empty Notice
	// Selectable puts a check box named "id" before each row.
	Selectable bool
	// PickForm is the id of the form that the boxes belong to, where that does
	// not stand around the table: rows with buttons have forms of their own.
	PickForm string
	Pager    *Pager
	// Wide keeps the columns at phone width and scrolls instead: only for a
	// table that loses its meaning when folded, such as a matrix.
	Wide bool
	// Wraps breaks long cells into lines instead of cutting them off; at phone width
	// each cell has a line of its own. For a table that is made of sentences.
	Wraps bool
}

// Column is one heading and how the cells under it are drawn.
type Column struct {
	Title string
	// Name is what addresses call the column; empty where a reader can neither
	// sort by it nor hide it.
	Name string
	Unit string // stands in the heading: "min", "EUR"
	// Number aligns right.
	Number bool
	// Help explains the column on hover.
	Help string
	// Said puts the title before the value where no heading stands over it, as it
	// does for numbers: an age or a word that does not tell what it is of.
	Said bool
	// Sortable lets a reader sort by it; SortHref is then the address that does.
	Sortable bool
	SortHref string
	Sorted   SortOrder
	Fold     Fold
	// Breaks puts a long cell on several lines instead of cutting it off.
	Breaks bool
	// Spare gives way where the table is narrow, as beside a panel that says it too.
	Spare bool
	// Unnamed hides the title from sight, for a column of buttons.
	Unnamed bool
}

// SortOrder is how a column is sorted at present.
type SortOrder int

// The orders.
const (
	Unsorted SortOrder = iota
	Ascending
	Descending
)

func (o SortOrder) aria() string {
	switch o {
	case Ascending:
		return "ascending"
	case Descending:
		return "descending"
	default:
		return "none"
	}
}

// Fold is a column's place in the two-line row at phone width.
type Fold int

// The places: beneath (the default), first line left, first line left and
// taking the room, first line right, nowhere.
const (
	FoldSub Fold = iota
	FoldLead
	FoldGrow
	FoldTrail
	FoldHide
)

// NextSort is what a press on the heading asks for, as an address writes it: the
// order that shows most first, then the other way round, then the list's own.
func (c Column) NextSort() string {
	first, second := c.Name, "-"+c.Name
	reached := Ascending
	if c.Number {
		first, second, reached = second, first, Descending
	}
	switch c.Sorted {
	case Unsorted:
		return first
	case reached:
		return second
	default:
		return ""
	}
}

func (c Column) foldClass() string {
	switch c.Fold {
	case FoldLead:
		return "fold-lead"
	case FoldGrow:
		return "fold-lead fold-grow"
	case FoldTrail:
		return "fold-trail"
	case FoldHide:
		return "fold-hide"
	default:
		return "fold-sub"
	}
}

// foldLabel is written before the value in the second line at phone width,
// where no heading says what a bare figure or age means.
func (c Column) foldLabel() string {
	if c.Fold == FoldSub && (c.Number || c.Said) {
		return c.Title
	}
	return ""
}

// foldUnit tells whether the unit is written after the value at phone width.
func (c Column) foldUnit() bool {
	return c.Number && c.Unit != "" && c.Fold != FoldHide
}

// Row is one line. A row with an ID is morphed and glows by itself.
type Row struct {
	ID    string
	Cells []templ.Component // as many as there are columns, nil for an empty one
	// Href opens the row: enter and a click on its first cell go there.
	Href string
	// Panel, with Href, opens it in the side panel and keeps the list.
	Panel bool
	// Open marks the row whose detail is shown.
	Open bool
	// Value is the check box's value when the table is selectable.
	Value   string
	Checked bool
}

// Pager leads through a list that is read with a keyset: there is no page
// number, only what comes before and after.
type Pager struct {
	Shown    string // "50 rows of about 8,410"
	PrevHref string
	NextHref string
}

// SortedBy is the name of the column by which the table is sorted; empty for its own order.
func (t Table) SortedBy() string {
	for _, c := range t.Columns {
		if c.Sorted != Unsorted {
			return c.Name
		}
	}
	return ""
}

// leadsOn says that the keyboard gets into the table by its links; where it
// does not, the frame itself takes the focus, so that it can be scrolled.
func (t Table) leadsOn() bool {
	return slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Href != "" })
}
