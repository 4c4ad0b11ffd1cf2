package handlers

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// SourceLister names the sources that are known.
type SourceLister interface {
	Sources(ctx context.Context) ([]string, error)
}

// kindShelfTable tells which kinds are shelved now, and were in the week before.
func kindShelfTable(shelves []models.KindShelf, now time.Time) ui.Table {
	table := ui.Table{
		ID: "kind-shelves", Caption: "Shelved kinds, the newest first",
		Columns: []ui.Column{
			{Title: "Kind", Fold: ui.FoldLead}, {Title: "Where"}, {Title: "By"}, {Title: "Why", Fold: ui.FoldGrow}, {Title: "Since"},
			{Title: "Until", Fold: ui.FoldTrail}, {Title: "Held back", Unit: "exceptions", Number: true, Help: "Opened on the shelf or put there, and called nobody"}, {Title: ""},
		},
		Empty: ui.Notice{Title: "No kind was shelved", Detail: "In the last seven days no kind of exceptions was put aside as a whole."},
	}
	for _, k := range shelves {
		kind, _ := k.Code.Kind()
		row := ui.Row{ID: "kind-shelf-" + ui.ID(k.ID), Href: kindShelvesPath + "/" + ui.ID(k.ID)}
		until, button := templ.Join(ui.HealthBadge(ui.HealthLate, "shelved"), ui.Text(" "), ui.Deadline(k.Until, 0)), ui.Muted("")
		if k.Over(now) {
			until = templ.Join(ui.Muted(endWords(k)+" "), ui.Since(k.Until))
		} else {
			button = ui.ActionButton(endShelfAction(k))
		}
		row.Cells = cells(ui.Named(string(k.Code), kind.Name), ui.Text(k.Scope()), ui.Text(k.Actor), ui.Text(k.Reason), ui.Since(k.Since), until, ui.Text(ui.Count(k.Held)), button)
		table.Rows = append(table.Rows, row)
	}
	return table
}

// shelveButton offers to put any kind aside, anywhere.
func (h *Alarms) shelveButton(ctx context.Context) (templ.Component, error) {
	sources, err := h.Sources.Sources(ctx)
	if err != nil {
		return nil, err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return nil, err
	}
	var kinds []ui.Option
	for _, kind := range models.ExceptionKinds() {
		kinds = append(kinds, ui.Option{Value: string(kind.Code), Label: string(kind.Code) + " " + kind.Name})
	}
	return ui.ActionButton(shelveAction("shelve-kind", "Shelve a kind…", []ui.Input{
		{Name: "code", Label: "Kind", Options: kinds},
		{Name: "source", Label: "From", Optional: true, Options: textOptions("Every source", sources)},
		{Name: "dc", Label: "At", Optional: true, Options: textOptions("Every DC", dcs)},
	})), nil
}
