package models

import "strings"

// Sorting is the column by which a reader wants a list. The zero value is the
// list's own order, and so is a column that the list does not know.
type Sorting struct {
	Key        string
	Descending bool
}

// ParseSorting reads what String writes: "value" or, descending, "-value".
// Anything else is the list's own order.
func ParseSorting(text string) Sorting {
	name, descending := strings.CutPrefix(text, "-")
	if !isColumnName(name) {
		return Sorting{}
	}
	return Sorting{Key: name, Descending: descending}
}

func (s Sorting) String() string {
	if s.Descending {
		return "-" + s.Key
	}
	return s.Key
}
