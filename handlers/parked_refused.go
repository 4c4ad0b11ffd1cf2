package handlers

import (
	"context"

	"throughline/views/pages"
	"throughline/views/ui"
)

// addRefused lists the subscribers that refused events on which nobody decided:
// these passed here, and stand at the target's door.
func (h *Parked) addRefused(ctx context.Context, view *pages.Board) error {
	routes, err := h.Refused.RefusedByRoute(ctx)
	if err != nil || len(routes) == 0 {
		return err
	}
	table := ui.Table{
		ID: "refused-by", Caption: "What subscribers refused",
		Columns: []ui.Column{
			{Title: "Subscriber", Fold: ui.FoldLead}, {Title: "Set aside", Unit: "events", Number: true, Fold: ui.FoldTrail},
			{Title: "Passed", Unit: "events", Number: true, Help: "Of these, that later ones of their keys have passed"}, {Title: "Oldest", Said: true},
		},
	}
	for _, r := range routes {
		table.Rows = append(table.Rows, ui.Row{ID: "refused-by-" + r.Subscription, Href: refusedHome(r.Subscription), Cells: cells(
			ui.Text(r.Subscription), ui.Text(ui.Count(r.Events)), ui.Text(ui.Count(r.Passed)), ui.Since(*r.Oldest))})
	}
	view.Lists = append(view.Lists, pages.BoardList{Title: "Refused by subscribers", Note: "applied here and not taken there; each is decided on in the list of its route", Table: table})
	return nil
}
