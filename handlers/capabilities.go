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

const capabilitiesPath = "/capabilities"

// Capabilities answers what integration does for the business: who answers for
// it, what it promises, who lives on it, and what is at risk.
type Capabilities struct {
	Frame      *Frame
	Owners     OwnerLister
	Routes     RouteReader
	Budgets    BudgetReader
	Exceptions ExceptionGrouper
	DCs        DCLister
}

// OwnerLister lists which source owns what.
type OwnerLister interface {
	List(ctx context.Context) ([]models.Owner, error)
}

// List answers GET /capabilities.
func (h *Capabilities) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavCapabilities, "Capabilities")
	page.Lead = "What the business can do because systems are connected, who answers for it, and what is at risk"
	page.Live = livePath(models.TopicExceptions, models.TopicRoutes)
	ctx, dc, open := c.Request().Context(), c.QueryParam("dc"), c.QueryParam("open")
	states, err := h.states(ctx, dc)
	if err != nil {
		return err
	}
	if page.Filter, err = dcPicker(ctx, c, h.DCs); err != nil {
		return err
	}
	note := "an exception of a system counts for each capability that the system serves" + wholeOf(dc, "owners and consumers are those of all DCs, and what names no DC is left out")
	view := pages.Board{
		Page: page, ID: "capabilities", Self: c.Request().URL.RequestURI(), HasPanel: true, Dear: true,
		Topics: string(models.TopicExceptions) + " " + string(models.TopicRoutes),
		Lists: []pages.BoardList{{
			Title: "Capabilities", Note: note, Table: capabilityTable(states, h.Frame.Now(), dc, open),
		}},
	}
	for _, s := range states {
		if s.Key == open {
			view.Panel = capabilityPanel(s, dc)
		}
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

func (h *Capabilities) states(ctx context.Context, dc string) ([]models.CapabilityState, error) {
	now := h.Frame.Now()
	owners, err := h.Owners.List(ctx)
	if err != nil {
		return nil, err
	}
	routes, err := h.Routes.RouteStatuses(ctx, models.Period{From: now.Add(-connectorsWindow), To: now}, "")
	if err != nil {
		return nil, err
	}
	budgets, err := h.Budgets.Read(ctx, now)
	if err != nil {
		return nil, err
	}
	if dc != "" {
		budgets = slices.DeleteFunc(budgets, func(b models.ErrorBudget) bool { return b.DC != dc })
	}
	groups, err := h.Exceptions.Groups(ctx, models.ExceptionFilter{DC: dc})
	if err != nil {
		return nil, err
	}
	var states []models.CapabilityState
	for _, capability := range models.Capabilities() {
		states = append(states, capability.StateOf(owners, routes, budgets, groups))
	}
	return states, nil
}

func capabilityTable(states []models.CapabilityState, now time.Time, dc, open string) ui.Table {
	table := ui.Table{
		ID: "capabilities-table", Caption: "Business capabilities",
		Columns: []ui.Column{
			{Title: "Capability", Fold: ui.FoldLead}, {Title: "Answers for it"}, {Title: "Owner", Spare: true, Help: "The systems whose word counts"},
			{Title: "Promised", Spare: true, Help: "Within what time an event takes effect, and for which share of them"},
			{Title: "Events", Unit: "30 d", Number: true, Spare: true}, {Title: "In time", Number: true},
			{Title: "Budget left", Number: true, Help: "Of the events that may be late in 30 days"},
			{Title: "Consumers", Fold: ui.FoldGrow}, {Title: "Open", Number: true, Help: "Exceptions of its kinds and of its systems"},
			{Title: "At risk", Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail}, {Title: "As of", Spare: true},
		},
	}
	for _, s := range states {
		budget := s.Budget()
		attained, left := ui.Muted("–"), ui.Muted("–")
		if budget.Period.Events > 0 {
			attained, left = ui.Text(attainedText(budget)), budgetLeftCell(budget)
		}
		n, atRisk := s.Open()
		table.Rows = append(table.Rows, ui.Row{
			ID: "capability-" + s.Key, Href: addressOf(capabilitiesPath, "open", s.Key, "dc", dc), Panel: true, Open: s.Key == open, Cells: cells(
				ui.Text(s.Name), ui.Text(teamWord(s.Team)), namesCell(s.Owners, "undecided"), ui.Text(promisedText(s.Budgets)),
				ui.Text(ui.Count(budget.Period.Events)), attained, left, namesCell(s.Consumers, "nobody"),
				ui.Text(ui.Count(n)), ui.Sum(atRisk), ui.Since(now)),
		})
	}
	return table
}

func namesCell(names []string, none string) templ.Component {
	if len(names) == 0 {
		return ui.Muted(none)
	}
	return ui.Clip(strings.Join(names, ", "))
}

// promisedText is the range of the latency targets of all entities and DCs.
func promisedText(budgets []models.ErrorBudget) string {
	if len(budgets) == 0 {
		return "–"
	}
	least, most := budgets[0].Target, budgets[0].Target
	for _, b := range budgets {
		least, most = min(least, b.Target), max(most, b.Target)
	}
	within := ui.Took(least)
	if most > least {
		within += " to " + ui.Took(most)
	}
	return objectiveText(models.AllBudgets(budgets).Objective.Round(5)) + " within " + within
}

// capabilityPanel is one in full, with the ways to what it rests on.
func capabilityPanel(s models.CapabilityState, dc string) *pages.BoardPanel {
	var contracts, consumers []ui.KeyValue
	for _, t := range s.Types {
		name, version := t.Contract()
		contracts = append(contracts, ui.KeyValue{Key: entityWord(t.Entity()), Value: ui.Link("/contracts/"+string(t), strings.TrimPrefix(name, "throughline.")), Note: version})
	}
	for _, name := range s.Consumers {
		consumers = append(consumers, ui.KeyValue{Key: "Route", Value: ui.Link(routeHref(name), name)})
	}
	panel := &pages.BoardPanel{
		Panel: ui.Panel{Title: s.Name, Subtitle: teamWord(s.Team), CloseHref: addressOf(capabilitiesPath, "dc", dc)},
		Parts: []pages.PanelPart{
			{Title: "What stands against it", Body: ui.DataTable(capabilityGroups(s.Groups, dc))},
			{Title: "Contracts", Body: ui.KeyValues(contracts)},
		},
	}
	if len(consumers) > 0 {
		panel.Parts = append(panel.Parts, pages.PanelPart{Title: "Consumers", Body: ui.KeyValues(consumers)})
	}
	return panel
}

func capabilityGroups(groups []models.ExceptionGroup, dc string) ui.Table {
	table := ui.Table{
		ID: "capability-groups", Caption: "Open exceptions by cause", Wide: true,
		Columns: []ui.Column{{Title: "What happens"}, {Title: "Open", Number: true}, {Title: "At risk", Unit: models.UnitMoney, Number: true}},
		Empty:   ui.Notice{Title: "Nothing stands against it", Detail: "Open exceptions of its kinds and of its systems appear here by cause."},
	}
	for _, g := range groups {
		row := ui.Row{ID: "capability-" + string(g.Code) + "-" + g.Source, Cells: cells(
			ui.Text(groupTitle(g)), ui.Text(ui.Count(g.Open)), ui.Sum(g.ValueAtRisk))}
		if kind, known := g.Code.Kind(); known && kind.Team == itQueue.team {
			row.Href = groupAddress(itQueue, queueFilter{dc: dc}, g) // the queues of other teams are not IT's to open
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}
