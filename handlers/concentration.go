package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	concentrationPath = "/concentration"
	suppliersDrawn    = 10
)

// ConcentrationPage answers where the exceptions of stock gather.
type ConcentrationPage struct {
	Frame *Frame
	Read  ConcentrationReader
}

// ConcentrationReader reads it, by DC, supplier and class.
type ConcentrationReader interface {
	Concentration(ctx context.Context) ([]models.Concentration, error)
}

// Show answers GET /concentration.
func (h *ConcentrationPage) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavConcentration, "Concentration")
	page.Lead = "Where the exceptions of stock gather: each item at a DC counts once, with the most that it puts at risk"
	page.Live = livePath(models.TopicExceptions)
	cells, err := h.Read.Concentration(c.Request().Context())
	if err != nil {
		return err
	}
	age := ui.Age{At: h.Frame.Now()}
	byDC, bySupplier, byClass := models.Pareto(cells, ofDC), models.Pareto(cells, ofSupplier), models.Pareto(cells, ofClass)
	currency := h.Frame.Currency(c.Request().Context())
	return render.HTML(c, http.StatusOK, pages.ConcentrationPage(pages.Concentration{
		Page: page, Topics: string(models.TopicExceptions), Self: concentrationPath, Figures: concentrationFigures(cells, byDC, bySupplier, currency, age),
		Heat: concentrationHeat(cells, byDC, bySupplier, currency),
		DCs:  paretoTable("dcs", "DC", byDC, currency, func(key string) string { return ownQueuePath + "?dc=" + url.QueryEscape(key) }),
		Suppliers: paretoTable("suppliers", "Supplier", bySupplier, currency, func(key string) string {
			if key == "" {
				return ""
			}
			return ownQueuePath + "?text=" + url.QueryEscape(key)
		}),
		Classes: paretoTable("classes", "ABC class", byClass, currency, func(string) string { return "" }),
	}))
}

func ofDC(c models.Concentration) (key, name string)       { return c.DC, "" }
func ofSupplier(c models.Concentration) (key, name string) { return c.Supplier, c.SupplierName }
func ofClass(c models.Concentration) (key, name string)    { return c.Class, "" }

func concentrationFigures(cells []models.Concentration, byDC, bySupplier []models.ParetoRow, currency string, age ui.Age) []ui.Number {
	var items, exceptions int64
	var value decimal.Decimal
	for _, r := range byDC {
		items, exceptions, value = items+r.Items, exceptions+r.Exceptions, value.Add(r.Value)
	}
	var foreign int64
	for _, c := range cells {
		foreign += c.Foreign
	}
	risk := ui.Number{Label: "Money at risk", Value: ui.Overview(value.Round(0)), Unit: currency, Age: age, Href: ownQueuePath}
	if foreign > 0 {
		risk.Note = "without " + counted(foreign, "item") + " in another currency"
	}
	return []ui.Number{
		risk,
		{Label: "Items at DCs", Value: ui.Count(items), Note: counted(exceptions, "open exception"), Age: age, Href: ownQueuePath},
		{Label: "DCs that make four fifths of it", Value: ui.Count(vitalFew(byDC)), Note: "of " + ui.Count(int64(len(byDC))), Age: age, Href: "#dcs"},
		{Label: "Suppliers that do", Value: ui.Count(vitalFew(bySupplier)), Note: "of " + ui.Count(int64(len(bySupplier))), Age: age, Href: "#suppliers"},
	}
}

// vitalFew is how many of the dearest make four fifths of the value.
func vitalFew(rows []models.ParetoRow) int64 {
	most := decimal.New(8, -1)
	for i, r := range rows {
		if r.Cumulated.GreaterThanOrEqual(most) {
			return int64(i + 1)
		}
	}
	return 0
}

func paretoTable(id, title string, rows []models.ParetoRow, currency string, href func(key string) string) ui.Table {
	table := ui.Table{
		ID: id, Caption: "Money at risk by " + title,
		Columns: []ui.Column{
			{Title: title, Fold: ui.FoldLead}, {Title: "Items", Number: true}, {Title: "Exceptions", Number: true},
			{Title: "At risk", Unit: currency, Number: true, Fold: ui.FoldTrail}, {Title: "Share", Number: true},
			{Title: "With those above", Number: true, Help: "The share of it and all above it"},
		},
		Empty: ui.Notice{Title: "No exception of stock is open", Detail: "What puts an item at a DC at risk gathers here."},
	}
	for _, r := range rows {
		name := ui.Text(r.Key)
		switch {
		case r.Key == "":
			name = ui.Muted("not known")
		case r.Name != "":
			name = ui.Named(r.Key, r.Name)
		}
		table.Rows = append(table.Rows, ui.Row{ID: id + "-" + r.Key, Href: href(r.Key), Cells: cells(
			name, ui.Text(ui.Count(r.Items)), ui.Text(ui.Count(r.Exceptions)), ui.Text(ui.Overview(r.Value.Round(0))),
			ui.Text(ui.Percent(r.Share.Round(3))), ui.Muted(ui.Percent(r.Cumulated.Round(3))))})
	}
	return table
}

// concentrationHeat is supplier by DC, the dearest of both first; the levels
// are shares of the dearest cell and no target, so all of them are grey.
func concentrationHeat(cells []models.Concentration, byDC, bySupplier []models.ParetoRow, currency string) ui.Heatmap {
	heat := ui.Heatmap{
		Caption: "Money at risk by supplier and DC", RowTitle: "Supplier", Unit: currency, Shown: true,
		Key: []ui.HeatKey{{Level: ui.HeatLow, Text: "less"}, {Level: ui.HeatHigh, Text: "more: of the dearest cell"}},
	}
	value := map[[2]string]decimal.Decimal{}
	var most decimal.Decimal
	for _, c := range cells {
		at := [2]string{c.Supplier, c.DC}
		value[at] = value[at].Add(c.Value)
		most = decimal.Max(most, value[at])
	}
	for _, dc := range byDC {
		heat.Columns = append(heat.Columns, dc.Key)
	}
	for _, s := range bySupplier[:min(len(bySupplier), suppliersDrawn)] {
		row := ui.HeatRow{Label: s.Key, Cells: make([]ui.HeatCell, 0, len(byDC))}
		for _, dc := range byDC {
			row.Cells = append(row.Cells, concentrationCell(s, dc.Key, value[[2]string{s.Key, dc.Key}], most, currency))
		}
		heat.Rows = append(heat.Rows, row)
	}
	return heat
}

func concentrationCell(s models.ParetoRow, dc string, value, most decimal.Decimal, currency string) ui.HeatCell {
	if !value.IsPositive() {
		return ui.HeatCell{Level: ui.HeatNone}
	}
	part, _ := value.Div(most).Float64()
	return ui.HeatCell{
		Value: ui.Overview(value.Round(0)), Level: ui.LevelOf(part),
		Title: s.Name + " at " + dc + ": " + amount(value.Round(0), currency) + " at risk",
	}
}
