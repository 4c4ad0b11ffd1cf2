package ui

import "slices"

// ColumnChooser lets a reader hide columns of a list: a form that sends those
// to be shown.
type ColumnChooser struct {
	Action  string
	Fields  []Field
	Choices []ColumnChoice
}

// ColumnChoice is a column that may be hidden.
type ColumnChoice struct {
	Name, Title string
	Shown       bool
}

// Hidden counts those that are not shown.
func (c ColumnChooser) Hidden() int {
	n := 0
	for _, choice := range c.Choices {
		if !choice.Shown {
			n++
		}
	}
	return n
}

// hideable is false for what says which row it is, and for buttons.
func (c Column) hideable(i int) bool {
	return c.Name != "" && i > 0 && c.Fold != FoldLead && c.Fold != FoldGrow && !c.Unnamed
}

// Choices are the columns of a table that may be hidden.
func (t Table) Choices(hidden func(name string) bool) []ColumnChoice {
	var choices []ColumnChoice
	for i, c := range t.Columns {
		if c.hideable(i) {
			choices = append(choices, ColumnChoice{Name: c.Name, Title: c.Title, Shown: !hidden(c.Name)})
		}
	}
	return choices
}

// Without is the table without what is hidden of what may be.
func (t Table) Without(hidden func(name string) bool) Table {
	var kept []int
	for i, c := range t.Columns {
		if !c.hideable(i) || !hidden(c.Name) {
			kept = append(kept, i)
		}
	}
	if len(kept) == len(t.Columns) {
		return t
	}
	t.Columns, t.Rows = chosen(t.Columns, kept), slices.Clone(t.Rows)
	for i := range t.Rows {
		t.Rows[i].Cells = chosen(t.Rows[i].Cells, kept)
	}
	return t
}

func chosen[T any](from []T, at []int) []T {
	found := make([]T, len(at))
	for i, j := range at {
		found[i] = from[j]
	}
	return found
}
