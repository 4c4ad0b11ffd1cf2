package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Alarms answers whether the exceptions serve those whom they call.
type Alarms struct {
	Frame   *Frame
	Read    AlarmReader
	Shelves KindShelfReader
	Sources SourceLister
	DCs     DCLister
	Policy  authz.Policy
}

const alarmsPath = "/alarms"

// AlarmReader judges how often people are called, and for what.
type AlarmReader interface {
	Health(ctx context.Context, now time.Time, dc string) (models.AlarmHealth, error)
	Response(ctx context.Context, since time.Time, dc string) ([]models.ResponseGroup, error)
	ByFlow(ctx context.Context, since time.Time, dc string) ([]models.FlowExceptions, error)
}

// Show answers GET /alarms.
func (h *Alarms) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavAlarms, "Alarm health")
	now, ctx, dc := h.Frame.Now(), c.Request().Context(), c.QueryParam("dc")
	health, err := h.Read.Health(ctx, now, dc)
	if err != nil {
		return err
	}
	response, err := h.Read.Response(ctx, now.Add(-models.ResponseLookBack), dc)
	if err != nil {
		return err
	}
	flows, err := h.Read.ByFlow(ctx, now.Add(-models.FlowsLookBack), dc)
	if err != nil {
		return err
	}
	shelves, err := h.Shelves.List(ctx, now.Add(-models.AlarmLookBack))
	if err != nil {
		return err
	}
	if dc != "" {
		shelves = slices.DeleteFunc(shelves, func(k models.KindShelf) bool { return k.DC != "" && k.DC != dc })
	}
	if page.Filter, err = dcPicker(ctx, c, h.DCs); err != nil {
		return err
	}
	shelve, err := h.shelveButton(ctx)
	if err != nil {
		return err
	}
	page.Lead = "Whether people are called for the right things and not too often: " + ui.Took(health.Until.Sub(health.Since)) + " up to now, real time" + wholeOf(dc, "exceptions that name no DC are left out")
	page.Live = livePath(models.TopicExceptions)
	return render.HTML(c, http.StatusOK, pages.AlarmsPage(pages.Alarms{
		Page: page, Self: c.Request().URL.RequestURI(), Figures: alarmFigures(health, dc), Teams: h.loadTable(c, health, dc), Kinds: kindTable(health, dc),
		Chattering: chatterTable(health), Storms: h.stormTable(health, dc), Stale: staleTable(health), Shelved: kindShelfTable(shelves, now), Shelve: shelve, Response: responseTable(response, dc), Flows: flowRateTable(flows, dc),
	}))
}

func alarmFigures(h models.AlarmHealth, dc string) []ui.Number {
	age := ui.Age{At: h.Until}
	share := func(n int) string {
		if h.Calls == 0 {
			return ""
		}
		return percent(float64(n) / float64(h.Calls))
	}
	figures := []ui.Number{
		{ID: "alarms-high", Label: "Critical (P1)", Value: share(h.High), Unit: "%", Target: "near 5 %", Note: counted(int64(h.High), "call"), Age: age, Href: "#kinds"},
		{ID: "alarms-medium", Label: "High (P2)", Value: share(h.Medium), Unit: "%", Target: "near 15 %", Note: counted(int64(h.Medium), "call"), Age: age, Href: "#kinds"},
		{ID: "alarms-low", Label: "P3 and P4", Value: share(h.Low), Unit: "%", Target: "near 80 %", Note: counted(int64(h.Low), "call"), Age: age, Href: "#kinds"},
		{ID: "alarms-flood", Label: "Time in flood", Value: percent(h.Flooded), Unit: "%", Target: "< 1 %", Note: counted(int64(h.Floods), "flood"), Age: age, Href: "#load"},
		{ID: "alarms-chatter", Label: "Chattering", Value: ui.Count(int64(len(h.Chattering))), Unit: nounOf(int64(len(h.Chattering)), "condition"), Target: "0", Age: age, Href: "#chattering"},
	}
	figures = append(figures, ui.Number{ID: "alarms-shelved", Label: "Shelved", Value: ui.Count(int64(h.Shelved)), Unit: nounOf(int64(h.Shelved), "exception"), Note: "come back by themselves", Age: age, Href: addressOf(ownQueuePath, "view", viewShelved, "dc", dc)})
	figures = append(figures, stormFigure(h))
	if h.Flooded >= models.FloodShare {
		figures[3].Missed = ui.P3
	}
	if len(h.Chattering) > 0 {
		figures[4].Missed = ui.P3
	}
	return figures
}

// loadTable leads to the queues that the reader may see.
func (h *Alarms) loadTable(c echo.Context, health models.AlarmHealth, dc string) ui.Table {
	table := ui.Table{
		ID: "load", Caption: "Calls by team",
		Columns: []ui.Column{
			{Title: "Team", Fold: ui.FoldLead},
			{Title: "People", Number: true, Help: "Accounts with the team's role"},
			{Title: "Calls", Number: true},
			{Title: "For one person", Unit: "/h", Number: true, Fold: ui.FoldTrail},
			{Title: "Target", Unit: "/h", Number: true},
		},
	}
	queues := map[models.Team]struct {
		path string
		may  authz.Permission
	}{
		models.TeamPlanner:     {planningQueue.path, authz.ViewPlanning},
		models.TeamProcurement: {procurementQueue.path, authz.ViewProcurement},
		models.TeamIT:          {itQueue.path, authz.ViewFlow},
	}
	for _, t := range health.Teams {
		href := ""
		if queue := queues[t.Team]; may(c, h.Policy, queue.may) {
			href = addressOf(queue.path, "dc", dc)
		}
		load := ui.Text(rate(t.PerHour))
		if t.PerHour > models.CallsPerHour {
			load = ui.SeverityCount(ui.P3, rate(t.PerHour))
		}
		table.Rows = append(table.Rows, ui.Row{ID: "load-" + string(t.Team), Href: href, Cells: cells(
			ui.Text(teamWord(t.Team)), ui.Text(ui.Count(int64(t.People))), ui.Text(ui.Count(int64(t.Calls))), load,
			ui.Muted("≤ "+strconv.Itoa(models.CallsPerHour)))})
	}
	return table
}

func kindTable(h models.AlarmHealth, dc string) ui.Table {
	const shown = 10
	table := ui.Table{
		ID: "kinds", Caption: "The ten most frequent kinds",
		Columns: []ui.Column{
			{Title: "Code", Fold: ui.FoldLead},
			{Title: "Kind", Fold: ui.FoldGrow},
			{Title: "Calls", Number: true},
			{Title: "Share", Unit: "%", Number: true, Fold: ui.FoldTrail, Help: "A kind that makes more than 5 % of all calls is worth a look at its windows and its cause"},
		},
		Empty: ui.Notice{Title: "Nobody was called", Detail: "No exception has been opened in the last seven days."},
	}
	for i, k := range h.Kinds {
		if i == shown {
			break
		}
		kind, _ := k.Code.Kind()
		table.Rows = append(table.Rows, ui.Row{ID: "kind-" + string(k.Code), Href: kindHref(k.Code, dc), Cells: cells(
			ui.Text(string(k.Code)), ui.Text(kind.Name), ui.Text(ui.Count(int64(k.Calls))), ui.Text(percent(k.Share)))})
	}
	return table
}

// kindHref leads to the open exceptions of a kind, each on its own.
func kindHref(code models.ExceptionCode, dc string) string {
	return addressOf(ownQueuePath, "each", "1", "code", string(code), "dc", dc)
}

func chatterTable(h models.AlarmHealth) ui.Table {
	table := ui.Table{
		ID: "chattering", Caption: "Conditions that chatter",
		Columns: []ui.Column{{Title: "Exception", Fold: ui.FoldGrow}, {Title: "Calls in 10 min", Number: true, Fold: ui.FoldTrail}},
		Empty:   ui.Notice{Title: "Nothing chatters", Detail: "No condition opened three times within ten minutes."},
	}
	for _, c := range h.Chattering {
		table.Rows = append(table.Rows, ui.Row{Href: exceptionHref(c.Exception), Cells: cells(ui.Text(c.Title), ui.Text(ui.Count(int64(c.Calls))))})
	}
	return table
}

func staleTable(h models.AlarmHealth) ui.Table {
	table := ui.Table{
		ID: "stale", Caption: "Open for a day without anybody's action",
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead},
			{Title: "Exception", Fold: ui.FoldGrow},
			{Title: "Team"},
			{Title: "Owner"},
			{Title: "Open", Number: true, Fold: ui.FoldTrail},
		},
		Empty: ui.Notice{Title: "Nothing is stale", Detail: "Everything that is open for more than a day has been worked on within the last."},
	}
	for i := range h.Stale {
		e := &h.Stale[i]
		table.Rows = append(table.Rows, ui.Row{Href: exceptionHref(e.ID), Cells: cells(
			ui.SeverityBadge(severityOf(e.Priority)), ui.Text(e.Headline()), ui.Text(teamWord(e.Team)), ownerCell(e.Owner), ui.Since(e.OpenedAt))})
	}
	return table
}

func exceptionHref(id int64) string { return "/exceptions/" + strconv.FormatInt(id, 10) }

// percent is a share of one in per cent, for an overview.
func percent(share float64) string { return ui.Overview(decimal.NewFromFloat(100 * share)) }

func rate(perHour float64) string { return ui.Overview(decimal.NewFromFloat(perHour)) }
