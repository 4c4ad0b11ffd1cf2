package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const (
	runsShown    = 50
	driftsShown  = 100
	clearedShown = 50
)

// Reconciliation answers the comparisons of our stock with its owner.
type Reconciliation struct {
	Frame  *Frame
	Read   ReconcileReader
	Signer ReconcileSigner
	Asker  ReconcileAsker
	Audit  AuditTrail
	DCs    DCLister
	Lists  *Lists
	Policy authz.Policy
}

// reconciliationHome is the page's address.
const reconciliationHome = "/reconciliation"

// List answers GET /reconciliation.
func (h *Reconciliation) List(c echo.Context) error {
	ctx := c.Request().Context()
	page := h.Frame.Page(c, layout.NavReconciliation, "Reconciliation")
	page.Lead = "Does our stock agree with its owner's, and why not where it does not"
	page.Live = livePath(models.TopicReconciliation, models.TopicExceptions)
	runs, err := h.Read.Runs(ctx, runsShown)
	if err != nil {
		return err
	}
	cut := driftCutOf(c)
	standing, err := h.standing(ctx, &cut)
	if err != nil {
		return err
	}
	cleared, err := h.Read.Drifts(ctx, models.DriftFilter{Cleared: true, DC: cut.DC, Cause: cut.Cause, By: cut.sorting(), Limit: clearedShown})
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	view := pages.Board{
		Page: page, ID: "reconciliation", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicReconciliation) + " " + string(models.TopicExceptions),
		Figures: reconcileFigures(runs, standing, cut), HasPanel: true, Lists: reconcileLists(c, runs, standing, cleared, cut, dcs),
	}
	if err := h.Lists.arrange(c, cut.arrangement, view.Lists[0].Filters, &view.Lists[0].Table, &view.Lists[2].Table); err != nil {
		return err
	}
	if may(c, h.Policy, authz.OperateFlow) {
		view.Lists[1].Beside = ui.Actions(h.askActions())
	}
	if open := c.QueryParam("open"); open != "" {
		view.Panel, err = h.panel(c, open, cut)
	} else if run := c.QueryParam("run"); run != "" {
		view.Panel, err = h.runPanel(c, run)
	}
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// standing is the part that was asked for, the last one where it lies beyond the end.
func (h *Reconciliation) standing(ctx context.Context, cut *driftCut) (models.DriftPage, error) {
	filter := models.DriftFilter{DC: cut.DC, Cause: cut.Cause, By: cut.sorting(), Skip: cut.Skip, Limit: driftsShown}
	page, err := h.Read.Drifts(ctx, filter)
	if err != nil || len(page.Rows) > 0 || page.All == 0 {
		return page, err
	}
	cut.Skip = int(page.All-1) / driftsShown * driftsShown
	filter.Skip = cut.Skip
	return h.Read.Drifts(ctx, filter)
}

// askActions compare each source now.
func (h *Reconciliation) askActions() []ui.Action {
	var actions []ui.Action
	for _, source := range h.Asker.Sources() {
		actions = append(actions, ui.Action{
			Label: "Compare " + source + " now", URL: reconciliationHome + "/runs", Fields: []ui.Field{{Name: "source", Value: source}},
		})
	}
	return actions
}

// Ask answers POST /reconciliation/runs: a source is compared now, and its run
// appears on the page.
func (h *Reconciliation) Ask(c echo.Context) error {
	source := c.FormValue("source")
	return act(c, func(ctx context.Context, actor, _ string) (string, error) {
		entry := models.AuditEntry{Actor: actor, Action: "reconcile.ask", Subject: "source:" + source}
		return "The stock of " + source + " is compared now.", h.Audit.Around(ctx, entry, func(context.Context) error {
			return h.Asker.Ask(source, actor)
		})
	})
}

func reconcileLists(c echo.Context, runs []models.ReconcileRun, standing, cleared models.DriftPage, cut driftCut, dcs []string) []pages.BoardList {
	table := driftTable(c, "standing", standing.Rows, cut, cut.empty("Both sides agree", "A difference that two looks agree on appears here until the owner's figure has been read again."))
	table.Pager = cut.pager(standing)
	closed := driftTable(c, "cleared", cleared.Rows, cut, cut.empty("None has cleared yet", "A difference moves here when both sides agree again, with how it cleared."))
	closed.Pager = &ui.Pager{Shown: shownOf(len(cleared.Rows), cleared.All)}
	return []pages.BoardList{
		{Title: "Standing differences", Note: "the dearest first; two looks agreed on each", Filters: cut.filters(dcs), Table: table},
		{Title: "Runs", Note: "the newest first", Table: runTable(runs, c.QueryParam("run"))},
		{Title: "Cleared differences", Note: "the newest first", Table: closed},
	}
}

func reconcileFigures(runs []models.ReconcileRun, standing models.DriftPage, cut driftCut) []ui.Number {
	drifts := ui.Number{Label: "Standing differences", Value: ui.Count(standing.All), Note: cut.words()}
	if standing.All > 0 {
		drifts.Missed = ui.P3
	}
	newest := newestFinished(runs)
	if len(newest) == 0 {
		return []ui.Number{drifts, {Label: "Agreement", Note: "no run has finished yet"}}
	}
	figures, inFlight, whole := []ui.Number{drifts}, int64(0), ""
	if drifts.Note != "" {
		whole = ", all DCs and causes"
	}
	for _, run := range newest {
		figures = append(figures, ui.Number{
			Label: "Agreement of " + run.Source, Value: agreement(run), Age: ui.Age{At: *run.FinishedAt},
			Note: ui.Count(run.Matched) + " of " + ui.Count(run.Compared) + " positions" + whole, Href: reconciliationHome + "?run=" + ui.ID(run.ID),
		})
		inFlight += run.InFlight
	}
	oldest := ui.Age{At: *slices.MinFunc(newest, func(a, b models.ReconcileRun) int { return a.FinishedAt.Compare(*b.FinishedAt) }).FinishedAt}
	figures[0].Age = oldest
	return append(figures,
		ui.Number{Label: "On its way", Value: ui.Count(inFlight), Age: oldest, Note: "differences that an event here explains" + whole},
		ui.Number{Label: "Difference", Value: ui.Overview(standing.Value.Round(0)), Unit: models.UnitMoney, Age: oldest, Note: "of the standing, at cost"})
}

// newestFinished is the newest finished run of each source; runs begin with the newest.
func newestFinished(runs []models.ReconcileRun) []models.ReconcileRun {
	var newest []models.ReconcileRun
	for _, run := range runs {
		same := func(r models.ReconcileRun) bool { return r.Source == run.Source }
		if run.State == "finished" && run.FinishedAt != nil && !slices.ContainsFunc(newest, same) {
			newest = append(newest, run)
		}
	}
	slices.SortFunc(newest, func(a, b models.ReconcileRun) int { return strings.Compare(a.Source, b.Source) })
	return newest
}

func agreement(r models.ReconcileRun) string {
	if r.Compared == 0 {
		return ""
	}
	return ui.Percent(decimal.NewFromInt(r.Matched).Div(decimal.NewFromInt(r.Compared)))
}
