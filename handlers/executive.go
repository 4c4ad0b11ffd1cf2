package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

const (
	measureDays = 7 // business days of a measure's period
	risksShown  = 8
)

// Executive answers the one-page health and the rows behind each measure.
type Executive struct {
	Frame      *Frame
	Measures   MeasureReader
	Exceptions ExceptionStore
	DCs        DCLister
	Throughput func() *decimal.Decimal // events a minute, declared; nil where nobody did
}

// Show answers GET /executive.
func (h *Executive) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavExecutive, "Health")
	page.Lead = "Is the network in step, and what does it cost where it is not"
	ctx, period := c.Request().Context(), h.period()
	measures, err := h.measures(ctx, period)
	if err != nil {
		return err
	}
	undecided, err := h.Measures.Undecided(ctx)
	if err != nil {
		return err
	}
	dc := c.QueryParam("dc")
	risks, err := h.Exceptions.Queue(ctx, models.ExceptionFilter{DC: dc, Sort: models.SortMoney, Limit: risksShown})
	if err != nil {
		return err
	}
	open, err := h.Exceptions.Matching(ctx, models.ExceptionFilter{DC: dc})
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	page.Live = livePath(models.TopicExceptions)
	view := pages.Executive{
		Page: page, Topic: string(models.TopicExceptions), Self: c.Request().URL.RequestURI(), RisksOf: ui.FilterBar{
			Action: "/executive", Fields: []ui.FilterField{{Name: "dc", Label: "DC", Value: dc, Options: textOptions("All DCs", dcs)}},
			Result: shownOf(len(risks.Rows), open, "exception"),
		}, Period: h.periodText(measures), Measures: measureTable(measures), Undecided: undecidedNote(undecided), Risks: riskTable(risks.Rows, period.To), AllRisks: allRisks(dc, open),
	}
	return render.PageOr(c, http.StatusOK, pages.ExecutivePage(view), pages.ExecutiveRegion(view))
}

// allRisks leads to every open exception of the list, the dearest first; nil without one.
func allRisks(dc string, open int64) templ.Component {
	if open == 0 {
		return nil
	}
	text := "All " + counted(open, "open exception") + " by money at risk"
	if open == 1 {
		text = "The one open exception in its queue"
	}
	return ui.Link(addressOf(ownQueuePath, "view", viewEvery, "each", "1", "sort", "-risk", "dc", dc), text)
}

// Drill answers GET /executive/:measure, at=: when its period ends, so that
// the pages are those of one value.
func (h *Executive) Drill(c echo.Context) error {
	id, period := models.MeasureID(c.Param("measure")), h.period()
	if at, err := time.Parse(time.RFC3339Nano, c.QueryParam("at")); err == nil && at.Before(period.To) {
		period = models.Period{From: at.Add(period.From.Sub(period.To)), To: at}
	}
	measures, err := h.measures(c.Request().Context(), period)
	if err != nil {
		return err
	}
	measure := measureByID(measures, id)
	place := readPaging(c, measure.Rows).of("case")
	rows, err := h.Measures.Rows(c.Request().Context(), id, period, place.part())
	if err != nil {
		return err
	}
	undecided := models.Undecided{}
	if id == models.MeasureLatency {
		if undecided, err = h.Measures.Undecided(c.Request().Context()); err != nil {
			return err
		}
	}
	page := h.Frame.Page(c, layout.NavExecutive, measure.Definition.Name)
	page.Crumbs = []layout.Crumb{{Title: "Health", Href: "/executive"}}
	page.Live = livePath(models.TopicExceptions)
	return render.HTML(c, http.StatusOK, pages.MeasureDrillPage(pages.MeasureDrill{
		Page: page, Self: c.Request().URL.RequestURI(), Topic: string(models.TopicExceptions), Figure: measureFigure(measure),
		Definition: measure.Definition.Formula, Exclusions: measure.Definition.Exclusions, Undecided: undecidedNote(undecided),
		Order: measure.Definition.RowsFirst + " first", Rows: drillTable(measure, rows, place.pager(func(page string) string {
			return addressOf("/executive/"+string(id), "at", period.To.UTC().Format(time.RFC3339Nano), "page", page)
		})),
	}))
}

// measures are those of a period, what is money in the company's currency and
// the throughput with its declared target.
func (h *Executive) measures(ctx context.Context, period models.Period) ([]models.Measure, error) {
	measures, err := h.Measures.Read(ctx, period)
	for i := range measures {
		if def := &measures[i].Definition; def.Unit == models.UnitMoney {
			def.Unit = h.Frame.Currency(ctx)
			def.RowValue += ", " + def.Unit
		} else if def.ID == models.MeasureThroughput {
			def.Target = h.Throughput()
		}
	}
	return measures, err
}

// undecidedNote says what the decision latency cannot tell of yet, with the way to
// it; nil when nothing waits.
func undecidedNote(u models.Undecided) templ.Component {
	if u.Oldest == nil {
		return nil
	}
	verb := " wait"
	if u.Waiting == 1 {
		verb = " waits"
	}
	return templ.Join(ui.Text("Decision latency counts what was ordered. "), ui.Link(approvalPath+"?sort=waits", counted(u.Waiting, "recommendation")+verb+" for a decision"),
		ui.Text(" now, the oldest for "), ui.Since(*u.Oldest))
}

func (h *Executive) period() models.Period {
	now := h.Frame.Now()
	return models.Period{From: now.Add(-measureDays * h.Frame.Clock().Day), To: now}
}

// periodText says what a value covers, and how far back its trend goes.
func (h *Executive) periodText(measures []models.Measure) string {
	weeks := 0
	for _, m := range measures {
		weeks = max(weeks, len(m.Trend))
	}
	text := "the last 7 business days"
	if day := h.Frame.Clock().Day; day != 24*time.Hour {
		text += ", " + ui.Took(measureDays*day) + " of real time"
	}
	if weeks < models.TrendPeriods {
		return text + "; trend of the " + counted(int64(weeks), "week") + " measured so far, of " + strconv.Itoa(models.TrendPeriods)
	}
	return text + "; trend of " + strconv.Itoa(models.TrendPeriods) + " weeks"
}

func measureByID(measures []models.Measure, id models.MeasureID) models.Measure {
	for _, m := range measures {
		if m.Definition.ID == id {
			return m
		}
	}
	return models.Measure{}
}

func measureFigure(m models.Measure) ui.Number {
	def := m.Definition
	figure := ui.Number{
		ID: "measure-" + string(def.ID), Label: def.Name, Unit: def.Unit,
		Target: targetText(def), Age: ui.Age{At: m.AsOf},
		Href: "/executive/" + string(def.ID), Note: counted(m.Rows, "case"),
	}
	if m.Previous != nil {
		figure.Previous, _ = measured(def, *m.Previous)
	}
	if m.Value == nil {
		figure.Note = "nothing to measure in the period"
		return figure
	}
	figure.Value, figure.Unit = measured(def, *m.Value)
	if missed(def, *m.Value) {
		figure.Missed = ui.P3
	}
	return figure
}

// measureTable sets the measures below each other, each with what it takes to
// judge it; its row leads to the cases that it was made of.
func measureTable(measures []models.Measure) ui.Table {
	table := ui.Table{
		ID: "measures", Caption: "Measures of the network's health",
		Columns: []ui.Column{
			{Title: "Measure", Fold: ui.FoldLead}, {Title: "Value", Number: true, Fold: ui.FoldTrail}, {Title: "Target", Number: true},
			{Title: "Week before", Number: true}, {Title: "Weekly trend", Fold: ui.FoldHide}, {Title: "Weeks", Number: true, Fold: ui.FoldHide, Help: "How many the trend shows"},
			{Title: "Cases", Number: true, Help: "Rows behind the value"}, {Title: "Owner"}, {Title: "As of"},
		},
	}
	for _, m := range measures {
		def := m.Definition
		previous := ui.Muted("–")
		if m.Previous != nil {
			value, unit := measured(def, *m.Previous)
			previous = ui.Text(value + "\u00a0" + unit)
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "measure-" + string(def.ID), Href: "/executive/" + string(def.ID),
			Cells: cells(pages.Titled(def.Name, def.Formula+". Left out: "+def.Exclusions), measureValue(m), ui.Muted(targetText(def)), previous,
				measureTrend(m), ui.Muted(strconv.Itoa(len(m.Trend))), ui.Text(ui.Count(m.Rows)), ui.Text(def.Owner), ui.Since(m.AsOf)),
		})
	}
	return table
}

// measured is a value in its unit; what is less than a minute is said in seconds.
func measured(def models.MeasureDefinition, value decimal.Decimal) (text, unit string) {
	if def.Unit == "min" && value.IsPositive() && value.LessThan(decimal.NewFromInt(1)) {
		return ui.Overview(value.Mul(decimal.NewFromInt(60)).Round(0)), "s"
	}
	return ui.Overview(value), def.Unit
}

func targetText(def models.MeasureDefinition) string {
	if def.Target == nil {
		return "not declared"
	}
	sign := "≥ "
	if def.LowIsGood {
		sign = "≤ "
	}
	return sign + ui.Overview(*def.Target) + " " + def.Unit
}

func measureValue(m models.Measure) templ.Component {
	figure := measureFigure(m)
	return ui.InlineNumber(ui.Number{Value: figure.Value, Unit: figure.Unit, Missed: figure.Missed})
}

func measureTrend(m models.Measure) templ.Component {
	spark := ui.Sparkline{Width: 220}
	if target := m.Definition.Target; target != nil {
		spark.Target = plotted(*target)
	}
	var words []string
	for _, point := range m.Trend {
		spark.Values = append(spark.Values, *plotted(point.Value))
		words = append(words, ui.Overview(point.Value))
	}
	spark.Label = m.Definition.Name + " by week, the oldest first: " + strings.Join(words, ", ")
	return ui.SparklineChart(spark)
}

func missed(def models.MeasureDefinition, value decimal.Decimal) bool {
	switch {
	case def.Target == nil:
		return false
	case def.LowIsGood:
		return value.GreaterThan(*def.Target)
	default:
		return value.LessThan(*def.Target)
	}
}

func drillTable(m models.Measure, rows []models.MeasureRow, pager *ui.Pager) ui.Table {
	table := ui.Table{
		Caption: "The cases behind " + m.Definition.Name,
		Columns: []ui.Column{
			{Title: "Case", Fold: ui.FoldLead}, {Title: "What", Fold: ui.FoldGrow}, {Title: "Item"}, {Title: "DC"},
			{Title: m.Definition.RowValue, Number: true}, {Title: "When", Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "No case in the period", Detail: "Cases appear here as soon as there is something to measure."},
		Pager: pager,
	}
	for _, r := range rows {
		table.Rows = append(table.Rows, ui.Row{
			Href: caseHref(r.RefKind, r.Ref),
			Cells: cells(ui.Text(r.Ref), ui.Muted(caseWords(r)), ui.Text(r.Item), ui.Text(r.DC),
				ui.Text(ui.Exact(r.Value)), ui.Since(r.At)),
		})
	}
	return table
}

// caseWords say what a case is; what somebody did by hand is called as on Manual work.
func caseWords(r models.MeasureRow) string {
	action, actor, found := strings.Cut(r.Label, " by ")
	if r.RefKind != "audit" || !found {
		return r.Label
	}
	return models.ManualWorkOf(action).Name + ", " + actor
}

// caseHref is where a case opens.
func caseHref(kind, ref string) string {
	switch kind {
	case "exception":
		return "/exceptions/" + url.PathEscape(ref)
	case "order", "recommendation", "item-dc", "milestone":
		return chainPath(ref)
	case "audit":
		return auditFilter{open: ref}.address()
	case "latency": // the page of latencies is IT's, that of a DC is everybody's
		if _, dc, _ := strings.Cut(ref, "@"); dc != "" {
			return dcPath(dc)
		}
		return "/overview"
	default:
		return ""
	}
}
