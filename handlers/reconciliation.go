package handlers

import (
	"net/http"
	"slices"

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
	runsShown   = 50
	driftsShown = 200
)

// Reconciliation answers the comparisons of our stock with its owner.
type Reconciliation struct {
	Frame  *Frame
	Read   ReconcileReader
	Signer ReconcileSigner
	Policy authz.Policy
}

// reconciliationHome is the page's address.
const reconciliationHome = "/reconciliation"

// List answers GET /reconciliation.
func (h *Reconciliation) List(c echo.Context) error {
	ctx := c.Request().Context()
	page := h.Frame.Page(c, layout.NavReconciliation, "Reconciliation")
	page.Lead = "Does our stock agree with its owner's, and why not where it does not"
	page.Live = livePath(models.TopicExceptions)
	runs, err := h.Read.Runs(ctx, runsShown)
	if err != nil {
		return err
	}
	drifts, err := h.Read.Drifts(ctx, driftsShown)
	if err != nil {
		return err
	}
	view := pages.Board{
		Page: page, ID: "reconciliation", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicExceptions),
		Figures: reconcileFigures(runs, drifts), HasPanel: true, Lists: reconcileLists(runs, drifts, c.QueryParam("open"), c.QueryParam("run")),
	}
	if open := c.QueryParam("open"); open != "" {
		view.Panel, err = h.panel(c, open)
	} else if run := c.QueryParam("run"); run != "" {
		view.Panel, err = h.runPanel(c, run)
	}
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

func reconcileLists(runs []models.ReconcileRun, drifts []models.Drift, open, run string) []pages.BoardList {
	cleared := func(d models.Drift) bool { return d.ClearedAt != nil }
	standing := slices.DeleteFunc(slices.Clone(drifts), cleared)
	closed := slices.DeleteFunc(slices.Clone(drifts), func(d models.Drift) bool { return !cleared(d) })
	return []pages.BoardList{
		{Title: "Standing differences", Note: "two looks agreed on each", Table: driftTable("standing", standing, open, ui.Notice{
			Title: "Both sides agree", Detail: "A difference that two looks agree on appears here until the owner's figure has been read again.",
		})},
		{Title: "Runs", Note: "the newest first", Table: runTable(runs, run)},
		{Title: "Cleared differences", Table: driftTable("cleared", closed, open, ui.Notice{
			Title: "None has cleared yet", Detail: "A difference moves here when both sides agree again, with how it cleared.",
		})},
	}
}

func reconcileFigures(runs []models.ReconcileRun, all []models.Drift) []ui.Number {
	standing := int64(0)
	for _, d := range all {
		if d.ClearedAt == nil {
			standing++
		}
	}
	drifts := ui.Number{Label: "Standing differences", Value: ui.Count(standing)}
	if standing > 0 {
		drifts.Missed = ui.P3
	}
	finished := slices.IndexFunc(runs, func(r models.ReconcileRun) bool { return r.State == "finished" && r.FinishedAt != nil })
	if finished < 0 {
		return []ui.Number{drifts, {Label: "Agreement", Note: "no run has finished yet"}}
	}
	run := runs[finished]
	drifts.Age = ui.Age{At: *run.FinishedAt}
	return []ui.Number{
		drifts,
		{Label: "Agreement", Value: agreement(run), Age: drifts.Age, Note: ui.Count(run.Matched) + " of " + ui.Count(run.Compared) + " positions"},
		{Label: "On its way", Value: ui.Count(run.InFlight), Age: drifts.Age, Note: "differences that an event here explains"},
		{Label: "Difference", Value: ui.Overview(run.DriftValue), Unit: "GBP", Age: drifts.Age, Note: "at cost"},
	}
}

func agreement(r models.ReconcileRun) string {
	if r.Compared == 0 {
		return ""
	}
	return ui.Percent(decimal.NewFromInt(r.Matched).Div(decimal.NewFromInt(r.Compared)))
}
