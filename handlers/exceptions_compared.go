package handlers

import (
	"strings"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// comparedTable sets two orders beside each other, a line for each thing in
// which they can differ.
func comparedTable(orders []models.ComparedOrder) ui.Table {
	table := ui.Table{
		ID: "compared", Caption: "Orders that may be one", Wide: true,
		Columns: []ui.Column{{Title: "Order"}},
	}
	lines := []struct {
		title string
		value func(models.ComparedOrder) templ.Component
	}{
		{"Made by", func(o models.ComparedOrder) templ.Component { return orderMaker(o.Reference) }},
		{"State", func(o models.ComparedOrder) templ.Component { return ui.Text(o.State) }},
		{"Quantity", func(o models.ComparedOrder) templ.Component { return ui.Text(amount(o.Quantity, o.Unit)) }},
		{"Need by", func(o models.ComparedOrder) templ.Component { return ui.Text(o.NeedBy.Format("2 Jan")) }},
		{"Ordered", func(o models.ComparedOrder) templ.Component { return ui.Since(o.OrderedAt) }},
		{"Confirmed", func(o models.ComparedOrder) templ.Component {
			if o.Confirmed == nil || o.Promised == nil {
				return ui.Muted("not yet")
			}
			return ui.Text(amount(*o.Confirmed, o.Unit) + " for " + o.Promised.Format("2 Jan"))
		}},
		{"Chain", func(o models.ComparedOrder) templ.Component { return ui.Link(chainPath(o.Number), "See it") }},
	}
	for _, o := range orders {
		table.Columns = append(table.Columns, ui.Column{Title: o.Number})
	}
	for _, line := range lines {
		row := ui.Row{Cells: cells(ui.Muted(line.title))}
		for _, o := range orders {
			row.Cells = append(row.Cells, line.value(o))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// orderMaker is the recommendation that an order was made from, if the tower made it.
func orderMaker(reference string) templ.Component {
	if recommendation, ours := strings.CutPrefix(reference, models.OrderReference("")); ours {
		return ui.Link(chainPath(recommendation), recommendation)
	}
	if reference == "" {
		return ui.Text("hand, no reference")
	}
	return ui.Text(reference)
}
