package handlers

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

func gapID(g models.ConfirmationGap) string { return g.Number + "-" + strconv.Itoa(g.Line) }

// gapKind is the word for how a confirmation differs.
func gapKind(g models.ConfirmationGap) string {
	if g.Kind() == models.GapPhased {
		return string(models.GapPhased) + " in " + strconv.Itoa(len(g.Parts))
	}
	return string(g.Kind())
}

// alternativeCounts say how much there is to choose from, and what it is.
func alternativeCounts(a models.GapAlternatives) (short, long string) {
	var parts []string
	add := func(n int, noun string) {
		if n > 0 {
			parts = append(parts, counted(int64(n), noun))
		}
	}
	add(len(a.Lines), "order")
	add(len(a.Transfers), "DC")
	add(len(a.Suppliers), "supplier")
	if len(parts) == 0 {
		return "none", "No other open order line, no DC with stock to spare, no other supplier who has delivered it"
	}
	return strings.Join(parts, ", "), "Other open order lines, DCs with stock to spare, other suppliers who have delivered it"
}

// gapPanel is one gap in full: what is promised when, and what could fill it.
func gapPanel(g models.ConfirmationGap, closeHref string) *pages.GapPanel {
	panel := &pages.GapPanel{
		Panel: ui.Panel{
			Title: g.Number + ": " + gapKind(g), Subtitle: g.Item + " " + g.Description + " for " + g.DC, CloseHref: closeHref,
		},
		Facts: []ui.KeyValue{
			{Key: "Ordered", Value: ui.Text(amount(g.Requested, g.Unit)), Note: "for " + g.NeedBy.Format("2 Jan")},
			{Key: "Confirmed", Value: ui.Text(amount(g.Confirmed, g.Unit)), Note: "until " + g.Promised.Format("2 Jan")},
			{Key: "Answered", Value: ui.Since(g.ConfirmedAt), Note: "by " + g.SupplierName},
			{Key: "Stock runs out", Value: gapEffect(g), Note: "as ordered, then as confirmed"},
			{Key: "Chain", Value: ui.Link(chainPath(g.Number), "Revision to receipt")},
		},
		Alternatives: gapAlternatives(g),
	}
	if g.Said != "" {
		panel.Facts = append(panel.Facts, ui.KeyValue{
			Key: "Supplier says", Value: templ.Join(ui.Text("“"+g.Said+"” "), ui.Since(*g.SaidAt), ui.Text(", "), ui.Link(eventPath(g.SaidSeq), "its event")),
		})
	}
	if g.Exception != 0 {
		panel.Facts = append(panel.Facts, ui.KeyValue{
			Key: "Exception", Value: ui.Link("/exceptions/"+ui.ID(g.Exception), "History and runbook"),
		})
	}
	if g.Kind() != models.GapPhased {
		return panel
	}
	for _, part := range g.Parts {
		panel.Parts = append(panel.Parts, ui.KeyValue{Key: part.Day.Format("Mon 2 Jan"), Value: ui.Text(amount(part.Quantity, g.Unit))})
	}
	return panel
}

// gapAlternatives name what could fill a gap, and say so where there is none.
func gapAlternatives(g models.ConfirmationGap) []pages.Alternative {
	lines := pages.Alternative{Kind: "Other open order lines here", None: "None is open for this item at " + g.DC + "."}
	for _, l := range g.Alternatives.Lines {
		lines.Links = append(lines.Links, pages.AlternativeLink{
			Href: chainPath(l.Number), Title: l.Number, Note: amount(l.Quantity, g.Unit) + " for " + l.Day.Format("2 Jan"),
		})
	}
	transfers := pages.Alternative{Kind: "Transfer from another DC", None: "No DC can spare any within the lead time."}
	for _, t := range g.Alternatives.Transfers {
		transfers.Links = append(transfers.Links, pages.AlternativeLink{
			Href: "/dcs/" + url.PathEscape(t.DC), Title: t.DC, Note: amount(t.Quantity.Floor(), g.Unit) + " to spare",
		})
	}
	suppliers := pages.Alternative{Kind: "Another supplier", None: "No other has delivered this item."}
	for _, s := range g.Alternatives.Suppliers {
		suppliers.Links = append(suppliers.Links, pages.AlternativeLink{
			Href: approvalPath + "?supplier=" + url.QueryEscape(s.Supplier), Title: s.Name,
			Note: counted(int64(s.Lines), "line") + " received, last on " + s.ReceivedAt.UTC().Format("2 Jan"),
		})
	}
	return []pages.Alternative{lines, transfers, suppliers}
}
