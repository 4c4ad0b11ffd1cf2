package handlers

import (
	"context"

	"throughline/models"
	"throughline/views/ui"
)

// forecastTable lists what a revision expects day by day, nil for any other step.
func (h *Chain) forecastTable(ctx context.Context, chain models.Chain, n models.ChainNode) (*ui.Table, error) {
	if n.Stage != models.StageRevision {
		return nil, nil //nolint:nilnil // no revision, no values
	}
	values, err := h.Read.Forecast(ctx, chain.Item, chain.DC, n.Seq)
	if err != nil {
		return nil, err
	}
	table := ui.Table{
		Caption: "Demand expected on each business day",
		Columns: []ui.Column{{Title: "Business day", Fold: ui.FoldLead}, {Title: "Expected", Unit: values.Unit, Number: true, Fold: ui.FoldTrail}},
	}
	for i, quantity := range values.Quantities {
		table.Rows = append(table.Rows, ui.Row{Cells: cells(
			ui.Text(values.Start.AddDate(0, 0, i).Format("Mon 2 Jan 2006")), ui.Text(ui.Exact(quantity)))})
	}
	return &table, nil
}
