package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	connectorsPath   = "/connectors"
	connectorsWindow = 15 * time.Minute
)

// Connectors answers how the sources and targets stand with the tower.
type Connectors struct {
	Frame     *Frame
	Read      ConnectorReader
	Books     BooksReader
	Quotas    QuotaReader
	Calendars func() map[string]*models.Calendar // of the sources that do not always work, as they hold now
	Routes    RouteReader
	Circuits  CircuitReader
	Pauses    PauseReader
	Troubles  TroubleReader
	Polls     PollReader
	DCs       DCLister
}

// ConnectorReader reads how the sources stand.
type ConnectorReader interface {
	Health(ctx context.Context, since time.Time, dc string) ([]models.ConnectorHealth, error)
}

// Show answers GET /connectors.
func (h *Connectors) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavConnectors, "Connectors")
	page.Lead = "Who sends and who is sent to, whether it is of use, and with which credentials · this tower is " + h.Frame.Version
	page.Live = livePath(models.TopicExceptions, models.TopicRoutes)
	now, ctx, dc := h.Frame.Now(), c.Request().Context(), c.QueryParam("dc")
	sources, err := h.sources(ctx, now.Add(-connectorsWindow), dc)
	if err != nil {
		return err
	}
	if page.Filter, err = dcPicker(ctx, c, h.DCs); err != nil {
		return err
	}
	routes, err := h.Routes.RouteStatuses(ctx, models.Period{From: now.Add(-connectorsWindow), To: now}, "")
	if err != nil {
		return err
	}
	routes = slices.DeleteFunc(routes, func(r models.RouteStatus) bool { return !r.Takes(dc) })
	circuits, err := h.Circuits.Circuits(ctx)
	if err != nil {
		return err
	}
	planned, err := h.Pauses.Planned(ctx, now)
	if err != nil {
		return err
	}
	troubles, err := h.Troubles.Since(ctx, now.Add(-callersWindow), now)
	if err != nil {
		return err
	}
	pollers, err := h.Polls.Consumers(ctx)
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "connectors", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicExceptions) + " " + string(models.TopicRoutes),
		Lists: []pages.BoardList{
			{
				Title: "Sources", Note: "CloudEvents 1.0 over HTTP; lag and refusals of the last 15 min" + wholeOf(dc, "what is refused, due and waits, keys and quotas belong to no DC"), Table: sourceTable(c, sources, planned, now),
				Beside: ui.ButtonLink(testEventPath, "Send a test event", ui.Plain),
			},
			{Title: "Targets", Note: "CloudEvents 1.0 as Standard Webhooks; deliveries of the last 15 min" + wholeOf(dc, "who takes it, with deliveries of all DCs"), Table: targetTable(c, routes, circuits, planned, now)},
			{Title: "Polling consumers", Note: "those with keys that are honoured", Table: pollersTable(pollers)},
			{Title: "Turned away", Note: "calls of the last 24 h", Table: callersTable(troubles, now)},
		},
	}))
}

// maintenanceCell tells of the first planned pause of a system, one of these kinds.
func maintenanceCell(planned []models.Pause, system string, now time.Time, kinds ...models.PauseKind) templ.Component {
	for _, p := range planned {
		if p.Source() != system || !slices.Contains(kinds, p.Kind) {
			continue
		}
		return ui.Link(pausesPath, strings.TrimSpace(flowEntity(p)+" in "+ui.Took(p.Since.Sub(now).Truncate(time.Minute))+", for "+ui.Took(p.Lasts())))
	}
	return ui.Muted("–")
}

func sinceOr(at *time.Time, otherwise string) templ.Component {
	if at == nil {
		return ui.Muted(otherwise)
	}
	return ui.Since(*at)
}

func orDash(text string, known bool) string {
	if !known {
		return "–"
	}
	return text
}

func targetTable(c echo.Context, routes []models.RouteStatus, circuits []models.Circuit, planned []models.Pause, now time.Time) ui.Table {
	arranged := readArrangement(c)
	table := ui.Table{
		ID: "targets", Caption: "Targets",
		Columns: []ui.Column{
			{Title: "Target", Name: "name", Sortable: true, Fold: ui.FoldLead}, {Title: "State", Fold: ui.FoldGrow, Breaks: true}, {Title: "Maintenance", Help: "The next planned pause: when it starts and how long it lasts"}, {Title: "Circuit", Fold: ui.FoldTrail}, {Title: "Next probe", Fold: ui.FoldHide},
			{Title: "Behind", Name: "behind", Sortable: true, Unit: "events", Number: true}, {Title: "Oldest", Name: "oldest", Sortable: true, Fold: ui.FoldHide}, {Title: "Last delivery", Name: "last", Sortable: true, Fold: ui.FoldHide}, {Title: "Failed", Name: "failed", Sortable: true, Unit: "of calls", Number: true},
			{Title: "Old secret until", Fold: ui.FoldHide, Help: "A replaced secret signs beside the new one until then"},
		},
		Empty: ui.Notice{Title: "Nobody is sent to yet", Detail: "Subscribers and the ERP appear here with their first call."},
	}
	byTarget := map[string]models.Circuit{}
	for _, circuit := range circuits {
		byTarget[circuit.Target] = circuit
	}
	for _, r := range sortRows(routes, arranged.sorting(), routeSorts) {
		health, word := routeHealth(r)
		circuit, probe := circuitCells(byTarget, "route:"+r.Name, now)
		secret := ui.Muted("–")
		if r.OldUntil != nil && r.OldUntil.After(now) {
			secret = ui.Deadline(*r.OldUntil, 0)
		}
		table.Rows = append(table.Rows, ui.Row{ID: "target-" + r.Name, Href: routeHref(r.Name), Cells: cells(
			ui.Text(r.Name), ui.HealthBadge(health, word), ui.Muted("–"), circuit, probe, ui.Text(backlogWords(r.Backlog, r.AtLeast)), sinceOr(r.OldestAt, "–"), sinceOr(r.LastAt, "never"),
			ui.Text(ui.Count(r.Failed)+" of "+ui.Count(r.Attempts)), secret)})
	}
	none := ui.Muted("–")
	for _, c := range circuits {
		if strings.HasPrefix(c.Target, "route:") {
			continue
		}
		circuit, probe := circuitCells(byTarget, c.Target, now)
		table.Rows = append(table.Rows, ui.Row{ID: "called-" + c.Target, Cells: cells(
			ui.Text(c.Target), ui.Muted("called for "+calledFor[c.Target]+", REST"), maintenanceCell(planned, c.Target, now, models.PauseTarget), circuit, probe, none, none, none, none, none)})
	}
	arranged.arrange(c, &table)
	return table
}

// calledFor is what the tower asks a system for.
var calledFor = map[string]string{
	models.TargetERP:           "orders and balances",
	models.TargetForecasting:   "the stock that it holds",
	models.TargetReplenishment: "the stock that it holds, and to compute again",
}

func circuitCells(circuits map[string]models.Circuit, target string, now time.Time) (state, probe templ.Component) {
	c, called := circuits[target]
	if !called {
		return ui.Muted("not called yet"), ui.Muted("–")
	}
	health, word := circuitHealth(c.State)
	return ui.HealthBadge(health, word), ui.Muted(nextProbe(c, now))
}
