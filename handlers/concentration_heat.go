package handlers

import (
	"cmp"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// heatDrawn is how many rows and columns of a heat table are drawn at most.
const heatDrawn = 12

// concentrationHeat sets two dimensions against each other, the dearest of both
// first; the levels are shares of the dearest cell and no target, so all are grey.
func concentrationHeat(cut concentrationCut, cells []models.Concentration, currency string) ui.Heatmap {
	pair := cut.heat()
	heat := ui.Heatmap{
		Caption: "Money at risk: " + pair.title(), RowTitle: pair.rows.title, Unit: currency, Shown: true, Named: true,
		Key: []ui.HeatKey{{Level: ui.HeatLow, Text: "less"}, {Level: ui.HeatHigh, Text: "more: of the dearest cell"}},
	}
	gathered := map[[2]string]models.Concentration{}
	var most decimal.Decimal
	for _, c := range cells {
		row, _ := pair.rows.of(c)
		column, _ := pair.columns.of(c)
		sum := gathered[[2]string{row, column}]
		sum.Items, sum.Value = sum.Items+c.Items, sum.Value.Add(c.Value)
		gathered[[2]string{row, column}], most = sum, decimal.Max(most, sum.Value)
	}
	rows, columns := models.Pareto(cells, pair.rows.of), models.Pareto(cells, pair.columns.of)
	rows, columns = rows[:min(len(rows), heatDrawn)], columns[:min(len(columns), heatDrawn)]
	for _, column := range columns {
		heat.Columns = append(heat.Columns, keyName(column.Key))
	}
	for _, r := range rows {
		row := ui.HeatRow{Label: keyName(r.Key), Href: cut.with(pair.rows, r.Key).address(), Cells: make([]ui.HeatCell, 0, len(columns))}
		for _, column := range columns {
			cell := concentrationCell(r, column, gathered[[2]string{r.Key, column.Key}], most, currency)
			if cell.Level != ui.HeatNone {
				cell.Href = cut.with(pair.rows, r.Key).with(pair.columns, column.Key).address()
			}
			row.Cells = append(row.Cells, cell)
		}
		heat.Rows = append(heat.Rows, row)
	}
	return heat
}

func keyName(key string) string { return cmp.Or(key, "not known") }

// concentrationCell draws what is there, also where it puts no money at risk.
func concentrationCell(row, column models.ParetoRow, sum models.Concentration, most decimal.Decimal, currency string) ui.HeatCell {
	if sum.Items == 0 {
		return ui.HeatCell{Level: ui.HeatNone}
	}
	level := ui.HeatLow
	if sum.Value.IsPositive() {
		part, _ := sum.Value.Div(most).Float64()
		level = ui.LevelOf(part)
	}
	return ui.HeatCell{
		Value: ui.Overview(sum.Value.Round(0)), Level: level,
		Title: cmp.Or(row.Name, keyName(row.Key)) + ", " + cmp.Or(column.Name, keyName(column.Key)) + ": " +
			amount(sum.Value.Round(0), currency) + " at risk, " + counted(sum.Items, "item"),
	}
}
