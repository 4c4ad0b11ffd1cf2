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

// Reconciliation answers the comparisons of our stock with its owner.
type Reconciliation struct {
	Frame   *Frame
	Read    ReconcileReader
	Signer  ReconcileSigner
	Asker   ReconcileAsker
	Rereads Rereader
	Audit   AuditTrail
	DCs     DCLister
	Lists   *Lists
	Policy  authz.Policy
}

// reconciliationHome is the page's address.
const reconciliationHome = "/reconciliation"

// List answers GET /reconciliation, and what its move would do.
func (h *Reconciliation) List(c echo.Context) error {
	if c.QueryParam("move") == rereadMove {
		return h.preview(c)
	}
	ctx := c.Request().Context()
	page := h.Frame.Page(c, layout.NavReconciliation, "Reconciliation")
	page.Lead = "Does our stock agree with its owner's, and why not where it does not"
	page.Live = livePath(models.TopicReconciliation, models.TopicExceptions)
	lists, err := h.lists(c)
	if err != nil {
		return err
	}
	newest, err := h.Read.NewestRuns(ctx)
	if err != nil {
		return err
	}
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	currency := h.Frame.Currency(ctx)
	view := pages.Board{
		Page: page, ID: "reconciliation", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicReconciliation) + " " + string(models.TopicExceptions),
		Notice: uncomparedNotice(lists.uncompared), Figures: reconcileFigures(newest, lists.standing.sum, lists.cut, currency), HasPanel: true, Lists: lists.boards(dcs, currency, c.QueryParam("open"), c.QueryParam("run")),
	}
	if err := h.Lists.arrange(c, lists.cut.arrangement, view.Lists[0].Filters, &view.Lists[0].Table, &view.Lists[2].Table); err != nil {
		return err
	}
	if may(c, h.Policy, authz.OperateFlow) {
		if len(lists.standing.rows) > 0 {
			view.Lists[0].Beside = ui.ButtonLink(lists.address("move", rereadMove), "Read these again", ui.Plain)
		}
		view.Lists[1].Beside = ui.Actions(h.askActions())
	}
	if open := c.QueryParam("open"); open != "" {
		view.Panel, err = h.panel(c, open, lists)
	} else if run := c.QueryParam("run"); run != "" {
		view.Panel, err = h.runPanel(c, run)
	}
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
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

// reconcileFigures tell how the newest run of each source went.
func reconcileFigures(newest []models.ReconcileRun, standing models.DriftSum, cut driftCut, currency string) []ui.Number {
	drifts := ui.Number{Label: "Standing differences", Value: ui.Count(standing.All), Note: cut.words()}
	if standing.All > 0 {
		drifts.Missed = ui.P3
	}
	if len(newest) == 0 {
		return []ui.Number{drifts, {Label: "Agreement", Note: "no run has finished yet"}}
	}
	figures, inFlight, whole := []ui.Number{drifts}, int64(0), ""
	if drifts.Note != "" {
		whole = ", all DCs and causes"
	}
	for _, run := range newest {
		figures = append(figures, ui.Number{
			Label: run.Source + " agrees", Value: agreement(run), Age: ui.Age{At: *run.FinishedAt},
			Note: agreed(run) + whole, Href: reconciliationHome + "?run=" + ui.ID(run.ID),
		})
		inFlight += run.InFlight
	}
	oldest := oldestFinished(newest)
	figures[0].Age = oldest
	return append(figures,
		ui.Number{Label: "On its way", Value: ui.Count(inFlight), Age: oldest, Note: "differences that an event here explains" + whole},
		ui.Number{Label: "Difference", Value: ui.Overview(standing.Value[currency].Round(0)), Unit: models.UnitMoney, Age: oldest, Note: strings.TrimPrefix(besides(standing.Value, currency)+" of the standing, at cost", " ")})
}

// agreed counts what agrees, and how much of it only within the tolerance.
func agreed(r models.ReconcileRun) string {
	text := ui.Count(r.Matched) + " of " + ui.Count(r.Compared) + " positions"
	if r.Within > 0 {
		text += ", " + ui.Count(r.Within) + " within " + r.Tolerance.String()
	}
	return text
}

// oldestFinished is the age of what rests on all of some finished runs.
func oldestFinished(runs []models.ReconcileRun) ui.Age {
	return ui.Age{At: *slices.MinFunc(runs, func(a, b models.ReconcileRun) int { return a.FinishedAt.Compare(*b.FinishedAt) }).FinishedAt}
}

func agreement(r models.ReconcileRun) string {
	if r.Compared == 0 {
		return ""
	}
	return ui.Percent(decimal.NewFromInt(r.Matched).Div(decimal.NewFromInt(r.Compared)))
}

// uncomparedNotice says what is declared and not compared; nil when all is.
func uncomparedNotice(copies []models.UncomparedCopy) *ui.Notice {
	if len(copies) == 0 {
		return nil
	}
	names := make([]string, len(copies))
	for i, c := range copies {
		names[i] = c.System + " (comparison " + c.Comparison + ")"
	}
	return &ui.Notice{
		Kind: ui.Partial, Title: "Not compared: " + strings.Join(names, ", "),
		Detail: "Nothing connected reads what it holds, so it cannot be compared now: what was last known of it stands. Start the tower with the address of its system (--erp-url, --forecasting-url, --replenishment-url), or take the copy out of reconciliation: in throughline.yaml.",
	}
}
