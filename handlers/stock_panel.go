package handlers

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
)

// movementsShown is how many movements stand in the detail of an item at a DC.
const movementsShown = 20

// panel is the opened item at a DC in full; nil when none is open.
func (h *Stock) panel(c echo.Context, cut stockCut) (*pages.BoardPanel, error) {
	at := strings.LastIndex(cut.open, "@")
	if at <= 0 || at == len(cut.open)-1 {
		return nil, nil //nolint:nilnil // the address names no item at a DC
	}
	item, dc, ctx := cut.open[:at], cut.open[at+1:], c.Request().Context()
	truths, err := h.Read.Truths(ctx, models.StockTruthFilter{Item: item, DC: dc, Measure: cut.measure}, models.Part{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(truths) == 0 {
		return nil, models.Errorf(models.CodeNotFound, "No stock of the item %q is known at the distribution center %q.", item, dc)
	}
	movements, err := h.Read.Movements(ctx, item, dc, movementsShown)
	if err != nil {
		return nil, err
	}
	t := truths[0]
	return &pages.BoardPanel{
		Panel: ui.Panel{Title: t.Item + " at " + t.DC, Subtitle: t.Description, CloseHref: cut.opening("").address()},
		Parts: []pages.PanelPart{
			{Title: "What each system has", Body: ui.DataTable(systemTable(t))},
			{Title: "Why they differ", Body: ui.KeyValues(stockFacts(t, may(c, h.Policy, authz.ViewFlow)))},
			{Title: "The tower's ledger", Body: ui.DataTable(movementTable("Newest stock movements here", movements))},
		},
	}, nil
}

func systemTable(t models.StockTruth) ui.Table {
	table := ui.Table{
		Caption: "Stock of " + t.Item + " at " + t.DC + " by system",
		Columns: []ui.Column{
			{Title: "System", Unit: t.Unit, Fold: ui.FoldLead}, {Title: "On hand", Number: true}, {Title: "Allocated", Number: true}, {Title: "Available", Number: true},
			{Title: "As of", Said: true}, {Title: "Version", Number: true},
		},
	}
	for _, s := range t.Systems {
		asOf := ui.Muted("none")
		if s.Figure.AsOf != nil {
			asOf = ui.Since(*s.Figure.AsOf)
		}
		name := systemWord(s.System)
		if s.IsOwner {
			name += ", the owner"
		}
		table.Rows = append(table.Rows, ui.Row{Cells: cells(ui.Text(name), ui.Text(ui.Exact(s.Figure.OnHand)), ui.Text(ui.Exact(s.Figure.Allocated)),
			ui.Text(ui.Exact(s.Figure.Available())), asOf, ui.Muted(strconv.FormatInt(s.Figure.Version, 10)))})
	}
	return table
}

// stockFacts say for each system why it differs; mayReconcile leads on to the
// difference that reconciliation called.
func stockFacts(t models.StockTruth, mayReconcile bool) []ui.KeyValue {
	var facts []ui.KeyValue
	for _, s := range t.Systems {
		if s.IsOwner {
			continue
		}
		facts = append(facts, ui.KeyValue{Key: systemWord(s.System), Value: whyCell(s, mayReconcile), Note: whyNote(s)})
	}
	return append(facts, ui.KeyValue{Key: "Chain", Value: ui.Link(chainPath(t.Item+"@"+t.DC), "Revision to receipt")})
}

func whyCell(s models.SystemStock, mayReconcile bool) templ.Component {
	switch {
	case s.Cause == models.DriftAgrees:
		return ui.Text("does not differ")
	case s.Drift != 0 && mayReconcile:
		return ui.Link(driftHref(s.Drift), driftCause(s.Cause))
	}
	return ui.Text(driftCause(s.Cause))
}

func whyNote(s models.SystemStock) string {
	switch {
	case s.Cause == models.DriftInFlight && s.Drift == 0:
		return "it stands at another version than the owner did when it was asked"
	case s.Cause == models.DriftUnexplained && s.Drift == 0:
		return "seen once; the next comparison looks for the cause"
	}
	return ""
}
