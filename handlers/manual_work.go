package handlers

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const manualWorkPath = "/manual-work"

// ManualWork answers what people do by hand, and which of it again and again.
type ManualWork struct {
	Frame *Frame
	Read  ManualWorkReader
	DCs   DCLister
}

// ManualWorkReader counts it from the audit trail.
type ManualWorkReader interface {
	ManualWork(ctx context.Context, f models.ManualWorkFilter) (models.ManualWorkReport, error)
}

// workCut is the part that a reader asked for.
type workCut struct {
	period chosenPeriod
	role   models.Role
	dc     string
}

func (w workCut) address(dc string) string {
	return addressOf(manualWorkPath, "period", w.period.name, "role", string(w.role), "dc", dc)
}

// Show answers GET /manual-work.
func (h *ManualWork) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavManualWork, "Manual work")
	page.Lead = "What people did by hand, how long it is reckoned to take, and how much of it was done before"
	page.Live = livePath(models.TopicExceptions, models.TopicApprovals)
	cut, ctx, now := workCut{period: periodOf(c), dc: c.QueryParam("dc")}, c.Request().Context(), h.Frame.Now()
	if role := models.Role(c.QueryParam("role")); slices.Contains(models.Roles(), role) {
		cut.role = role
	}
	period := models.Period{From: now.Add(-cut.period.span), To: now}
	report, err := h.Read.ManualWork(ctx, models.ManualWorkFilter{Period: period, Role: cut.role, DC: cut.dc})
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	bar := workBar(cut, dcs)
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "manual-work", Self: c.Request().URL.RequestURI(), Dear: true,
		Topics:  string(models.TopicExceptions) + " " + string(models.TopicApprovals),
		Figures: workFigures(report, now),
		Lists: []pages.BoardList{
			{Title: "By type", Note: "the most minutes first; minutes are declared for each type, not measured", Filters: &bar, Table: manualTable(report, period)},
			{Title: "By DC", Note: "what the work was about, where that is known", Table: workAtTable(report, cut)},
		},
	}))
}

func workFigures(report models.ManualWorkReport, now time.Time) []ui.Number {
	var all models.ManualWorkAt
	var minutes int64
	for _, r := range report.Rows {
		all.Count, all.Avoidable, minutes = all.Count+r.Count, all.Avoidable+r.Avoidable, minutes+r.PersonMinutes()
	}
	age := ui.Age{At: now}
	return []ui.Number{
		{Label: "Interventions", Value: ui.Count(all.Count), Age: age, Note: perOrders(report, all.Count) + " per 1,000 orders"},
		{Label: "Person-minutes", Value: ui.Count(minutes), Unit: "min", Age: age, Note: "by the declared minutes of each type"},
		{Label: "Avoidable", Value: orDash(shareOf(all.Avoidable, all.Count), all.Count > 0), Age: age, Note: "the same was done before, or its cause stood before, within 30 d"},
		{Label: "Orders", Value: ui.Count(report.Orders), Age: age, Note: "made in the period"},
	}
}

func perOrders(report models.ManualWorkReport, count int64) string {
	rate, known := report.PerThousandOrders(count)
	return orDash(ui.Overview(rate), known)
}

func shareOf(part, whole int64) string {
	if whole == 0 {
		return ""
	}
	return ui.Percent(decimal.NewFromInt(part).Div(decimal.NewFromInt(whole)))
}

func workBar(cut workCut, dcs []string) ui.FilterBar {
	roles := []ui.Option{{Label: "All"}}
	for _, r := range models.Roles() {
		roles = append(roles, ui.Option{Value: string(r), Label: r.Word()})
	}
	bar := ui.FilterBar{Action: manualWorkPath, Fields: []ui.FilterField{
		periodField(cut.period),
		{Name: "role", Label: "Role", Value: string(cut.role), Options: roles},
		{Name: "dc", Label: "DC", Value: cut.dc, Options: textOptions("All", dcs)},
	}}
	if cut.role != "" || cut.dc != "" {
		bar.ClearHref = workCut{period: cut.period}.address("")
	}
	return bar
}

func manualTable(report models.ManualWorkReport, period models.Period) ui.Table {
	table := ui.Table{
		ID: "work", Caption: "Manual work by type and role",
		Columns: []ui.Column{
			{Title: "Type", Fold: ui.FoldLead}, {Title: "Role", Fold: ui.FoldGrow}, {Title: "Times", Number: true},
			{Title: "Per 1,000 orders", Number: true}, {Title: "Each", Unit: "min", Number: true, Help: "Declared, not measured"},
			{Title: "Person-minutes", Unit: "min", Number: true, Fold: ui.FoldTrail},
			{Title: "Avoidable", Number: true, Help: "The same was done before about the same thing within 30 days, or its exception stood for the same cause"},
		},
		Empty: ui.Notice{Title: "Nothing was done by hand", Detail: "What people decide, retry, edit, resubmit or resolve is counted here from the audit trail."},
	}
	for _, r := range report.Rows {
		role := r.Role.Word()
		if role == "" {
			role = "command line"
		}
		minutes, each := ui.Muted("–"), ui.Muted("not declared")
		if r.Minutes > 0 {
			minutes, each = ui.Text(ui.Count(r.PersonMinutes())), ui.Muted(ui.Count(r.Minutes))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "work-" + r.Kind + "-" + string(r.Role), Href: workRows(r.Kind, period), Cells: cells(
				ui.Text(r.Name), ui.Text(role), ui.Text(ui.Count(r.Count)), ui.Text(perOrders(report, r.Count)), each, minutes, ui.Text(shareOf(r.Avoidable, r.Count))),
		})
	}
	return table
}

// workRows are the rows of the audit trail behind a type. An approval with
// another quantity stands among all approvals.
func workRows(kind string, period models.Period) string {
	if kind == models.WorkChangedQuantity {
		kind = "proposal.approved"
	}
	return auditFilter{model: models.AuditFilter{Action: kind, From: period.From.Truncate(time.Minute), To: period.To}}.address()
}

func workAtTable(report models.ManualWorkReport, cut workCut) ui.Table {
	table := ui.Table{
		ID: "work-dcs", Caption: "Manual work by DC",
		Columns: []ui.Column{
			{Title: "DC", Fold: ui.FoldLead}, {Title: "Times", Number: true, Fold: ui.FoldTrail}, {Title: "Avoidable", Number: true},
		},
		Empty: ui.Notice{Title: "Nothing was done by hand", Detail: "What was done about something of a DC is counted here."},
	}
	for _, r := range report.DCs {
		row := ui.Row{ID: "work-at-" + r.DC, Href: cut.address(r.DC), Cells: cells(ui.Text(r.DC), ui.Text(ui.Count(r.Count)), ui.Text(shareOf(r.Avoidable, r.Count)))}
		if r.DC == "" {
			row.Href, row.Cells[0] = "", ui.Muted("none, or not known")
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
