package ui

import "slices"

// sortsBy tells whether a reader can sort a list by one of its columns.
func sortsBy(columns []Column) bool {
	return slices.ContainsFunc(columns, func(c Column) bool { return c.SortHref != "" })
}

// sortTitle is the button's: the order that stands, else that there are some.
func sortTitle(columns []Column) string {
	for _, c := range columns {
		if c.Sorted != Unsorted {
			return "By " + c.Title + " " + c.Sorted.arrow()
		}
	}
	return "Sort by"
}

func (o SortOrder) arrow() string {
	switch o {
	case Ascending:
		return "↑"
	case Descending:
		return "↓"
	default:
		return ""
	}
}
