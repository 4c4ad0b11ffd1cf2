package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const stockPath = "/stock"

// Stock answers what every system has of the stock, side by side.
type Stock struct {
	Frame  *Frame
	Read   StockTruthReader
	Runs   RunReader
	Copies UncomparedLister
	DCs    DCLister
	Policy authz.Policy
}

// RunReader gives the newest finished comparison of each system.
type RunReader interface {
	NewestRuns(ctx context.Context) ([]models.ReconcileRun, error)
}

// List answers GET /stock.
func (h *Stock) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavStock, "Stock truth")
	page.Lead = "What every system has of the same stock, how far it is from the owner's word, and what explains that"
	page.Live = livePath(models.TopicReconciliation)
	ctx, cut := c.Request().Context(), stockCutOf(c)
	newest, err := h.Runs.NewestRuns(ctx)
	if err != nil {
		return err
	}
	currency := h.Frame.Currency(ctx)
	totals, err := h.Read.Totals(ctx, cut.filter())
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	matching := totals.Keys
	if cut.differing() {
		matching = totals.Differing
	}
	place := readPaging(c, matching)
	truths, err := h.Read.Truths(ctx, cut.filter(), place.part())
	if err != nil {
		return err
	}
	cut.page = place.number()
	table := stockTable(truths, cut)
	table.Pager = place.pager(cut.onPage)
	bar := cut.bar(dcs, place.shown())
	if bar.ClearHref != "" {
		table.Empty = noMatch("", bar, stockPath)
	}
	view := pages.Board{
		Page: page, ID: "stock", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicReconciliation), HasPanel: true,
		Notice:  uncomparedNotice(h.Copies.Uncompared()),
		Figures: stockFigures(totals, newest, cut, currency),
		Lists:   []pages.BoardList{{Title: measureWord(cut.measure), Note: measureMeaning(cut.measure), Filters: &bar, Table: table}},
	}
	if view.Panel, err = h.panel(c, cut); err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

func stockFigures(totals models.StockTruthTotals, newest []models.ReconcileRun, cut stockCut, currency string) []ui.Number {
	differ := ui.Number{Label: "Differ", Value: ui.Count(totals.Differing), Note: "of " + counted(totals.Keys, "item") + " at a DC", Href: cut.onlyDiffering().address()}
	unexplained := ui.Number{Label: "Unexplained", Value: ui.Overview(totals.Value[currency].Round(0)), Unit: models.UnitMoney, Note: "at cost, " + strings.ToLower(measureWord(cut.measure))}
	others := besides(totals.Value, currency)
	if others != "" {
		unexplained.Note = others + "; " + unexplained.Note
	}
	if totals.Value[currency].IsPositive() || others != "" {
		unexplained.Missed = ui.P3
	}
	if len(newest) == 0 {
		differ.Note = "no system has been compared yet"
		return []ui.Number{differ, unexplained}
	}
	differ.Age = oldestFinished(newest)
	unexplained.Age = differ.Age
	figures := []ui.Number{differ, unexplained}
	for _, run := range newest {
		figures = append(figures, ui.Number{
			Label: run.Source, Value: ui.Count(run.Compared), Unit: "positions", Age: ui.Age{At: *run.FinishedAt}, Note: "compared, " + agreement(run) + " agreed",
		})
	}
	return figures
}

// stockTable has a column for each system, the owner first.
func stockTable(truths []models.StockTruth, cut stockCut) ui.Table {
	systems := systemsIn(truths)
	table := ui.Table{
		ID: "truths", Caption: "Stock by item and DC as each system has it",
		Columns: []ui.Column{{Title: "Item", Fold: ui.FoldLead}, {Title: "DC"}},
		Empty:   ui.Notice{Title: "No stock is known yet", Detail: "Each item at a DC appears with the first balance of its owner."},
	}
	for _, s := range systems {
		table.Columns = append(table.Columns, ui.Column{Title: systemWord(s.System), Number: true, Help: systemHelp(s)})
	}
	table.Columns = append(table.Columns,
		ui.Column{Title: "Difference", Number: true, Help: "From the owner, all systems added up"},
		ui.Column{Title: "Explained", Number: true, Spare: true}, ui.Column{Title: "By", Spare: true},
		ui.Column{Title: "Unexplained", Number: true}, ui.Column{Title: "Worth", Unit: models.UnitMoney, Number: true, Help: "What is unexplained, at cost", Fold: ui.FoldTrail})
	for _, t := range truths {
		id := t.Item + "@" + t.DC
		row := cells(ui.Named(t.Item, t.Description), ui.Text(t.DC))
		for _, s := range systems {
			row = append(row, systemCell(t, s.System, cut.measure))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "truth-" + id, Href: cut.opening(id).address(), Panel: true, Open: id == cut.open,
			Cells: append(row, partCell(t.Difference.IsZero(), amount(t.Difference, t.Unit)), partCell(t.Explained().IsZero(), ui.Exact(t.Explained())),
				ui.Clip(causeWords(t)), unexplainedCell(t), worthCell(t)),
		})
	}
	return table
}

// systemsIn are the systems of some rows, each once, in the order of a row.
func systemsIn(truths []models.StockTruth) []models.SystemStock {
	var owners, others, copies []models.SystemStock
	for _, t := range truths {
		for _, s := range t.Systems {
			list := &copies
			switch {
			case s.IsOwner:
				list = &owners
			case s.System == "":
				list = &others
			}
			if !slices.ContainsFunc(*list, func(known models.SystemStock) bool { return known.System == s.System }) {
				*list = append(*list, s)
			}
		}
	}
	return slices.Concat(owners, others, copies)
}

func systemCell(t models.StockTruth, system string, measure models.StockMeasure) templ.Component {
	at := slices.IndexFunc(t.Systems, func(s models.SystemStock) bool { return s.System == system })
	if at < 0 || t.Systems[at].Figure.AsOf == nil {
		return ui.Muted("none")
	}
	s := t.Systems[at]
	return templ.Join(ui.Text(ui.Exact(measure.Of(s.Figure))+" "), ui.Since(*s.Figure.AsOf))
}

func partCell(zero bool, text string) templ.Component {
	if zero {
		return ui.Muted("–")
	}
	return ui.Text(text)
}

func unexplainedCell(t models.StockTruth) templ.Component {
	if t.Unexplained.IsZero() {
		return ui.Muted("–")
	}
	return ui.Change(ui.Exact(t.Unexplained), ui.P3)
}

func worthCell(t models.StockTruth) templ.Component {
	if t.Value.IsZero() {
		return ui.Muted("–")
	}
	return ui.Money(ui.Overview(t.Value.Round(0)), t.Currency)
}

func causeWords(t models.StockTruth) string {
	var words []string
	for _, cause := range t.Causes() {
		words = append(words, driftCause(cause))
	}
	return strings.Join(words, ", ")
}

func systemWord(system string) string {
	if system == "" {
		return "Tower"
	}
	return system
}

func systemHelp(s models.SystemStock) string {
	switch {
	case s.IsOwner:
		return "What the owner said when it was last compared, and since when that was so there"
	case s.System == "":
		return "The tower's own ledger now: the newest balance and the movements after it"
	}
	return "The copy that this system works from, as it said when it was last compared"
}
