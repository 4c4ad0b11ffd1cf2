package handlers

import (
	"maps"
	"slices"
	"strings"

	"throughline/models"
	"throughline/views/ui"
)

// auditDifference sets what stood before beside what stood after, what changed
// first and marked in words.
func auditDifference(r models.AuditRow) ui.Table {
	table := ui.Table{
		ID: "difference", Caption: "Before and after", Wide: true,
		Columns: []ui.Column{{Title: "Field"}, {Title: "Before"}, {Title: "After"}, {Title: "Changed", Unnamed: true}},
		Empty:   ui.Notice{Title: "Nothing to compare", Detail: "The row says what was done; it holds no state before and after."},
	}
	before, after := fieldsOf(r.Before), fieldsOf(r.After)
	fields := maps.Clone(before)
	maps.Copy(fields, after)
	var same []ui.Row
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		was, is := before[field], after[field]
		name := ui.Text(strings.ReplaceAll(field, "_", " "))
		if was == is {
			same = append(same, ui.Row{Cells: cells(name, ui.Muted(was), ui.Muted(is), nil)})
			continue
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells(name, fieldValue(was), fieldValue(is), ui.Tag("changed"))})
	}
	table.Rows = append(table.Rows, same...)
	return table
}
