package handlers

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// groupsApart is how many groups of a kind have a row each; of more from one
// source, all share one that leads to them.
const groupsApart = 25

// folds says whether kinds with many groups share a row: not where the filter
// asks for one of them.
func (f parkedFilter) folds() bool { return f.group == "" && (f.code == "" || f.source == "") }

// kindTitle is "10,000 missing records: Unknown reference".
func kindTitle(k models.ParkedKind) string {
	code := models.ExceptionCode(k.Code)
	noun := "cause"
	if code == models.ExceptionUnknownReference {
		noun = "missing record"
	}
	kind, known := code.Kind()
	if !known {
		return counted(k.Groups, noun)
	}
	return counted(k.Groups, noun) + ": " + kind.Name
}

// kindRow is all groups of a kind from one source, a way to them.
func kindRow(k models.ParkedKind, f parkedFilter) ui.Row {
	to := f.with("")
	to.code, to.source = k.Code, k.Source
	return ui.Row{
		ID: "kind-" + k.Code + "-" + k.Source, Href: to.address(),
		Cells: cells(ui.Tag(k.Code), ui.Text(kindTitle(k)), ui.Text(ui.Count(k.Events)), ui.Text(ui.Count(k.Ages[2]+k.Ages[3])), ui.Text(k.Source),
			ui.Text(strings.Join(k.DCs, ", ")), ui.Text(named(k.Items)), ui.Text(named(k.Orders)), ui.Since(k.FirstAt), ui.Since(k.LastAt),
			ui.Text(string(models.ReplayOf(f.state, models.ExceptionCode(k.Code)))), ui.Muted("by cause")),
	}
}

// addKinds puts the rows of the kinds into the table of the groups, in the order
// in which the groups stand.
func addKinds(table *ui.Table, groups []models.EventGroup, kinds []models.ParkedKind, f parkedFilter) {
	type placed struct {
		code        string
		events, old int64
		row         ui.Row
	}
	all := make([]placed, 0, len(kinds)+len(groups))
	for _, k := range kinds {
		all = append(all, placed{k.Code, k.Events, k.Ages[2] + k.Ages[3], kindRow(k, f)})
	}
	for i, g := range groups {
		all = append(all, placed{g.Code, g.Events, g.Ages[2] + g.Ages[3], table.Rows[i]})
	}
	by := f.sorting()
	slices.SortStableFunc(all, func(a, b placed) int {
		var order int
		switch by.Key {
		case "code":
			order = strings.Compare(a.code, b.code)
		case "old":
			order = cmp.Compare(a.old, b.old)
		case "events":
			order = cmp.Compare(a.events, b.events)
		default:
			return cmp.Compare(b.events, a.events)
		}
		if by.Descending {
			return -order
		}
		return order
	})
	table.Rows = table.Rows[:0]
	for _, p := range all {
		table.Rows = append(table.Rows, p.row)
	}
}

// allInBulk are the ways to plan something for all that a filter of one kind and
// source shows.
func allInBulk(f parkedFilter) templ.Component {
	return planLinks(parkedFilter{state: f.state, code: f.code, source: f.source, dc: f.dc, age: f.age})
}
