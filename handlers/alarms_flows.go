package handlers

import (
	"throughline/models"
	"throughline/views/ui"
)

// carriedWords are what each kind of flow carries.
var carriedWords = map[models.HopKind]string{models.HopSource: "events", models.HopRoute: "deliveries", models.HopERP: "orders", "": "no flow"}

func flowRateTable(flows []models.FlowExceptions, dc string) ui.Table {
	table := ui.Table{
		ID: "flow-rates", Caption: "Exceptions of a thousand by flow",
		Columns: []ui.Column{
			{Title: "Flow", Fold: ui.FoldGrow},
			{Title: "Carried", Number: true, Help: "Events of a source, deliveries to a subscriber with every attempt, orders that were sent to an ERP"}, {Title: "Of"},
			{Title: "Exceptions", Number: true},
			{Title: "Of a thousand", Number: true, Fold: ui.FoldTrail, Help: "Exceptions of a thousand events, deliveries or orders"},
		},
		Empty: ui.Notice{Title: "Nothing flowed", Detail: "No event came and no exception opened in the last six hours."},
	}
	for _, f := range flows {
		rate := ui.Muted("–")
		if perThousand, flowed := f.PerThousand(); flowed {
			rate = ui.Text(ui.Overview(perThousand))
		}
		table.Rows = append(table.Rows, ui.Row{ID: "rate-" + string(f.Kind) + "-" + f.Name, Href: flowRateHref(f, dc), Cells: cells(
			ui.Text(flowRateName(f)), ui.Text(orDash(ui.Count(f.Carried), f.Kind != "")), ui.Muted(carriedWords[f.Kind]), ui.Text(ui.Count(f.Exceptions)), rate)})
	}
	return table
}

// flowRateName is the flow's on the map, or the kind of what belongs to none.
func flowRateName(f models.FlowExceptions) string {
	if f.Kind != "" {
		return hopName(models.Hop{Kind: f.Kind, Name: f.Name})
	}
	kind, _ := models.ExceptionCode(f.Name).Kind()
	return kind.Name + " (" + f.Name + ")"
}

func flowRateHref(f models.FlowExceptions, dc string) string {
	switch f.Kind {
	case models.HopSource:
		return addressOf(itQueue.path, "source", f.Name, "dc", dc, "view", viewAll)
	case models.HopRoute, models.HopERP:
		return hopHref(models.Hop{Kind: f.Kind, Name: f.Name})
	default:
		return kindHref(models.ExceptionCode(f.Name), dc)
	}
}
