package handlers

import (
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"throughline/views/ui"
)

// understoodTable sets what the tower understood beside what it was given, and
// shows what is not the same: what it does not use, what it filled in and what
// it changed. Another way to write the same number or instant is no difference.
func understoodTable(received, understood string) ui.Table {
	given, taken := fieldsOf(received), fieldsOf(understood)
	table := ui.Table{
		ID: "understood", Caption: "Received and understood",
		Columns: []ui.Column{{Title: "Member", Fold: ui.FoldLead}, {Title: "Received"}, {Title: "Understood"}, {Title: "Difference", Unnamed: true, Fold: ui.FoldTrail}},
		Empty:   ui.Notice{Title: "Nothing differs", Detail: counted(int64(len(given)), "member") + " of the data understood as received."},
	}
	members := maps.Clone(given)
	maps.Copy(members, taken)
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if word := understoodWord(given[member], taken[member]); word != "" {
			table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Code(member), fieldValue(given[member]), fieldValue(taken[member]), ui.Tag(word))})
		}
	}
	return table
}

// understoodWord names a difference; empty where there is none.
func understoodWord(given, taken string) string {
	switch {
	case sameValue(given, taken), given == "" && unset(taken):
		return ""
	case taken == "":
		return "not used"
	case given == "":
		return "filled in"
	default:
		return "changed"
	}
}

func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := decimal.NewFromString(a)
	y, errY := decimal.NewFromString(b)
	if errX == nil && errY == nil {
		return x.Equal(y)
	}
	at, errAt := time.Parse(time.RFC3339, a)
	then, errThen := time.Parse(time.RFC3339, b)
	return errAt == nil && errThen == nil && at.Equal(then)
}

// unset tells whether a fact's member holds nothing.
func unset(value string) bool {
	return slices.Contains([]string{"0", "false", "[]", "{}", time.Time{}.Format(time.RFC3339)}, value)
}
