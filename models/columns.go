package models

import (
	"slices"
	"strings"
)

// mostColumns bounds what an address names; no list is as wide.
const mostColumns = 40

// ColumnNames are columns of a list as an address holds them, separated by
// commas, each once and in alphabetical order.
type ColumnNames string

// ParseColumnNames leaves out what can be no name of a column.
func ParseColumnNames(text string) ColumnNames {
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if isColumnName(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return ColumnNames(strings.Join(names[:min(len(names), mostColumns)], ","))
}

// Has tells whether a column is among them.
func (c ColumnNames) Has(name string) bool {
	return slices.Contains(strings.Split(string(c), ","), name)
}

// longestColumnName bounds what an address may carry on to every link of a page.
const longestColumnName = 32

func isColumnName(name string) bool {
	strange := func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	return name != "" && name[0] >= 'a' && name[0] <= 'z' && len(name) <= longestColumnName && !strings.ContainsFunc(name, strange)
}
