package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const concentrationPath = "/concentration"

// ConcentrationPage answers where the exceptions of stock gather.
type ConcentrationPage struct {
	Frame *Frame
	Read  ConcentrationReader
}

// ConcentrationReader reads it, by DC, supplier, category and class.
type ConcentrationReader interface {
	Concentration(ctx context.Context, f models.ConcentrationFilter) ([]models.Concentration, error)
	Gathered(ctx context.Context, f models.ConcentrationFilter, part models.Part) ([]models.GatheredException, error)
	GatheredDays(ctx context.Context, f models.ConcentrationFilter, ends []time.Time) ([]models.GatheredDay, error)
}

// Show answers GET /concentration.
func (h *ConcentrationPage) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavConcentration, "Concentration")
	page.Lead = "Where the exceptions of stock gather: each item at a DC counts once, with the most that it puts at risk"
	page.Live = livePath(models.TopicExceptions)
	ctx, cut := c.Request().Context(), readConcentrationCut(c)
	all, err := h.Read.Concentration(ctx, models.ConcentrationFilter{})
	if err != nil {
		return err
	}
	cells, err := h.Read.Concentration(ctx, cut.filter())
	if err != nil {
		return err
	}
	place := readPaging(c, exceptionsOf(cells))
	behind, err := h.Read.Gathered(ctx, cut.filter(), place.part())
	if err != nil {
		return err
	}
	course, err := h.course(ctx, cut)
	if err != nil {
		return err
	}
	currency := h.Frame.Currency(ctx)
	view := pages.Concentration{
		Page: page, Topics: string(models.TopicExceptions), Self: c.Request().URL.RequestURI(), Filters: cut.bar(all),
		Figures: concentrationFigures(cells, currency, ui.Age{At: h.Frame.Now()}),
		Heat:    concentrationHeat(cut, cells, currency), HeatTitle: cut.heat().title(),
		Step: cut.step().noun, Opened: openedSeries(course, cut.step()), Risk: riskSeries(course, cut.step(), currency),
		Behind: behindTable(cut, behind), BehindNote: place.shown(),
	}
	for _, by := range dimensions {
		view.Paretos = append(view.Paretos, pages.Pareto{Title: by.plural, Table: paretoTable(cut, by, models.Pareto(cells, by.of), currency)})
	}
	view.Behind.Pager = place.pager(cut.page)
	return render.HTML(c, http.StatusOK, pages.ConcentrationPage(view))
}

func exceptionsOf(cells []models.Concentration) (n int64) {
	for _, c := range cells {
		n += c.Exceptions
	}
	return n
}

func concentrationFigures(cells []models.Concentration, currency string, age ui.Age) []ui.Number {
	var items, foreign int64
	var value decimal.Decimal
	for _, c := range cells {
		items, foreign, value = items+c.Items, foreign+c.Foreign, value.Add(c.Value)
	}
	risk := ui.Number{Label: "Money at risk", Value: ui.Overview(value.Round(0)), Unit: currency, Age: age, Href: "#behind"}
	if foreign > 0 {
		risk.Note = "without " + counted(foreign, "item") + " in another currency"
	}
	figures := []ui.Number{risk, {Label: "Items at DCs", Value: ui.Count(items), Note: counted(exceptionsOf(cells), "open exception"), Age: age, Href: "#behind"}}
	for _, by := range []dimension{byDC, bySupplier, byCategory} {
		rows := models.Pareto(cells, by.of)
		figures = append(figures, ui.Number{
			Label: by.plural + " that count", Value: ui.Count(vitalFew(rows)), Note: "of " + ui.Count(int64(len(rows))) + " make 80 % of it", Age: age, Href: "#" + by.id,
		})
	}
	return figures
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

func paretoTable(cut concentrationCut, by dimension, rows []models.ParetoRow, currency string) ui.Table {
	table := ui.Table{
		ID: by.id, Caption: "Money at risk by " + by.title,
		Columns: []ui.Column{
			{Title: by.title, Fold: ui.FoldLead}, {Title: "Items", Number: true}, {Title: "Exceptions", Number: true},
			{Title: "At risk", Unit: currency, Number: true, Fold: ui.FoldTrail}, {Title: "Share", Number: true},
			{Title: "With those above", Number: true, Help: "The share of it and all above it"},
		},
		Empty: cut.empty(),
	}
	for _, r := range rows {
		table.Rows = append(table.Rows, ui.Row{ID: rowID(by.id, r.Key), Href: cut.with(by, r.Key).address(), Cells: cells(
			keyCell(r), ui.Text(ui.Count(r.Items)), ui.Text(ui.Count(r.Exceptions)), ui.Text(ui.Overview(r.Value.Round(0))),
			ui.Share(r.Share, partText(r.Share)), ui.Muted(partText(r.Cumulated)))})
	}
	return table
}

// partText is a share of a whole in tenths of a percent; none below the whole reads 100 %.
func partText(share decimal.Decimal) string {
	text := share.Round(3)
	if whole := decimal.NewFromInt(1); share.LessThan(whole) && text.Equal(whole) {
		text = share.RoundDown(3)
	}
	return ui.Percent(text)
}

func keyCell(r models.ParetoRow) templ.Component {
	switch {
	case r.Key == "":
		return ui.Muted("not known")
	case r.Name != "":
		return ui.Named(r.Key, r.Name)
	}
	return ui.Text(r.Key)
}

func behindTable(cut concentrationCut, behind []models.GatheredException) ui.Table {
	table := ui.Table{
		ID: "behind", Caption: "The exceptions behind it",
		Columns: []ui.Column{
			{Title: "Item", Fold: ui.FoldLead}, {Title: "DC"}, {Title: "Supplier"}, {Title: "Category"}, {Title: "Priority"}, {Title: "What happened", Fold: ui.FoldGrow},
			{Title: "At risk", Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail}, {Title: "State"}, {Title: "Owner"}, {Title: "First", Help: "When it was first seen"},
		},
		Empty: cut.empty(),
	}
	for _, e := range behind {
		id := strconv.FormatInt(e.Exception, 10)
		table.Rows = append(table.Rows, ui.Row{ID: "gathered-" + id, Href: "/exceptions/" + id, Cells: cells(
			ui.Named(e.Item, e.Description), ui.Text(e.DC), ui.Text(orDash(e.Supplier, e.Supplier != "")), ui.Text(orDash(e.Category, e.Category != "")),
			ui.SeverityBadge(severityOf(e.Priority)), pages.Titled(e.Title, e.Happened), ui.Money(ui.Overview(e.Value.Round(0)), e.Currency),
			ui.Text(e.State.Word()), ownerCell(e.Owner), ui.Since(e.OpenedAt))})
	}
	return table
}
