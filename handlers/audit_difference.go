package handlers

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"

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
	before, after := auditFields(r.Before), auditFields(r.After)
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
		table.Rows = append(table.Rows, ui.Row{Cells: cells(name, auditValue(was), auditValue(is), ui.Tag("changed"))})
	}
	table.Rows = append(table.Rows, same...)
	return table
}

func auditValue(text string) templ.Component {
	if text == "" {
		return ui.Muted("–")
	}
	return ui.Text(text)
}

// auditFields are the fields of a document by their path; what is no object is
// one field.
func auditFields(document string) map[string]string {
	fields := map[string]string{}
	if document != "" {
		gatherFields(fields, "", json.RawMessage(document))
	}
	return fields
}

func gatherFields(fields map[string]string, path string, value json.RawMessage) {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) == nil && object != nil {
		for name, inner := range object {
			gatherFields(fields, strings.TrimPrefix(path+"."+name, "."), inner)
		}
		return
	}
	text := string(value)
	if plain := ""; json.Unmarshal(value, &plain) == nil {
		text = plain // null is nothing
	}
	if path == "" {
		path = "value"
	}
	if text != "" {
		fields[path] = text
	}
}
