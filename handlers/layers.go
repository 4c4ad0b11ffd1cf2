package handlers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

// Layers answers the way of every live flow through the five layers.
type Layers struct {
	Frame   *Frame
	Read    PathReader
	Routes  RouteReader
	DCs     DCLister
	Policy  authz.Policy
	Targets func() models.Targets // those that hold now
}

// Show answers GET /layers.
func (h *Layers) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavOverview, "Flows by layer")
	page.Lead = "The way of each live flow, and in which layer it does not get on"
	page.Live = livePath(models.TopicOverview)
	ctx, now, dc := c.Request().Context(), h.Frame.Now(), c.QueryParam("dc")
	var err error
	if page.Filter, err = dcPicker(ctx, c, h.DCs); err != nil {
		return err
	}
	period := models.Period{From: now.Truncate(time.Minute).Add(-flowWindow), To: now}
	paths, err := h.Read.Paths(ctx, period, dc)
	if err != nil {
		return err
	}
	layers, err := h.Read.Layers(ctx, dc)
	if err != nil {
		return err
	}
	fresh, err := h.Read.Freshness(ctx, dc)
	if err != nil {
		return err
	}
	routes, err := h.Routes.RouteStatuses(ctx, period, "")
	if err != nil {
		return err
	}
	board := layerBoard{
		now: now, period: period, dc: dc, layers: layers, fresh: fresh, routes: routes, targets: h.Targets(), leads: may(c, h.Policy, authz.ViewFlow),
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "layers", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicOverview), Dear: true,
		Lists: []pages.BoardList{{
			Title: "Live flows", Note: "of which something took effect within 24 h; rates and latencies of the last " + ui.Took(period.To.Sub(period.From).Truncate(time.Second)) + ", real time" + wholeOf(dc, "what names no DC and the state of a subscriber are those of all DCs"),
			Table: board.table(paths),
		}},
	}))
}

// layerBoard is the flows on their way to the page.
type layerBoard struct {
	now     time.Time
	period  models.Period
	dc      string // empty for all
	layers  []models.LayerState
	fresh   []models.EntityFreshness // judged by what governs them
	routes  []models.RouteStatus
	targets models.Targets
	leads   bool // whoever looks may open the flow map
}

func (b layerBoard) table(paths []models.LayerPath) ui.Table {
	table := ui.Table{
		ID: "paths", Caption: "Live flows", Wraps: true,
		Columns: []ui.Column{
			{Title: "Flow", Fold: ui.FoldLead},
			{Title: "1 System of record", Said: true, Help: "The system that keeps the record and tells of it"},
			{Title: "2 Planning", Said: true, Help: "The system that plans and tells of it, or that is told"},
			{Title: "3 Integration", Said: true, Help: "Accepted, checked and applied"},
			{Title: "4 Orchestration", Said: true, Help: "What the workflow makes of it"},
			{Title: "5 Observability", Said: true, Help: "At how many DCs it is as recent as its targets ask for"},
		},
		Empty: ui.Notice{Title: "Nothing flows yet", Detail: "A flow appears when something that a source sent has taken effect."},
	}
	if len(paths) > 0 {
		table.Rows = append(table.Rows, b.all())
	}
	for _, p := range paths {
		record, planning := ui.Muted("–"), b.told(p)
		if p.OfRecord() {
			record = b.source(p)
		} else {
			planning = templ.Join(b.source(p), ui.Text(" "), planning)
		}
		row := ui.Row{
			ID: "path-" + p.Source + "-" + p.Entity, Cells: cells(ui.Text(p.Source+" · "+strings.ReplaceAll(p.Entity, "_", " ")), record, planning, b.integration(p), orchestration(p), b.observability(p)),
		}
		if b.leads {
			row.Href = addressOf("/flow", "entity", p.Entity, "dc", b.dc)
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// all is what is open in each layer, of a flow or of none, as the overview counts it.
func (b layerBoard) all() ui.Row {
	row := cells(ui.Text("All that is open"))
	for _, layer := range layerStrip(b.layers) {
		cell := ui.HealthBadge(layer.Health, layer.Note)
		if layer.Href != "" {
			cell = templ.Join(ui.HealthBadge(layer.Health, layer.State), ui.Text(", "), ui.Link(layer.Href, layer.Note))
		}
		row = append(row, cell)
	}
	return ui.Row{ID: "path-all", Cells: row}
}

// source is the system that tells, with the age of its newest word.
func (b layerBoard) source(p models.LayerPath) templ.Component {
	for _, layer := range []models.Layer{models.LayerRecord, models.LayerPlanning} {
		if open := p.Against[layer]; len(open) > 0 {
			return templ.Join(ui.HealthBadge(ui.HealthFailing, ""), ui.Text(" "), worstOf(open, p.Source))
		}
	}
	return templ.Join(ui.HealthBadge(ui.HealthGood, p.Source), ui.Text(", "), ui.Since(p.NewestAt))
}

// told are the subscribers of an entity, the one that is worst off by its state.
func (b layerBoard) told(p models.LayerPath) templ.Component {
	var parts []templ.Component
	for _, r := range b.routes {
		if !r.Takes(b.dc) || !slices.ContainsFunc(r.Types, func(t string) bool { return models.EventType(t).Entity() == p.Entity }) {
			continue
		}
		health, word := routeHealth(r)
		text := "→ " + r.Name
		if health != ui.HealthGood {
			text += " " + word
		}
		parts = append(parts, ui.HealthBadge(health, text), ui.Text(" "))
	}
	if len(parts) == 0 && p.OfRecord() {
		return ui.Muted("–")
	}
	return templ.Join(parts...)
}

// worstOf leads to the most urgent of what is open, and counts the others.
func worstOf(open []models.OpenException, source string) templ.Component {
	link := ui.Link("/exceptions/"+ui.ID(open[0].ID), models.NameSource(open[0].Title, source))
	if len(open) == 1 {
		return link
	}
	return templ.Join(link, ui.Muted(" and "+ui.Count(int64(len(open)-1))+" more"))
}

// integration is late by its target or by what is open, whichever is worse.
func (b layerBoard) integration(p models.LayerPath) templ.Component {
	health, text := b.intake(p)
	open := p.Against[models.LayerIntegration]
	if len(open) == 0 {
		return ui.HealthBadge(health, text)
	}
	if health == ui.HealthGood {
		health = ui.HealthLate
	}
	if open[0].Priority == models.PriorityP1 {
		health = ui.HealthFailing
	}
	return templ.Join(ui.HealthBadge(health, text), ui.Text(" · "), worstOf(open, p.Source))
}

// intake is how the events of a flow got into the log and the state.
func (b layerBoard) intake(p models.LayerPath) (ui.Health, string) {
	health, text := ui.HealthGood, rateWords(decimal.NewFromInt(p.Events).Div(decimal.NewFromFloat(b.period.To.Sub(b.period.From).Seconds())))
	if p.Events > 0 {
		text += " · p95 " + p95(p.Accept)
	}
	if target := b.targets.Latency(p.Entity, b.dc); p.Accept.Quantile(0.95) > target {
		health, text = ui.HealthLate, text+", target "+ui.Took(target)
	}
	if p.Waiting > 0 {
		health, text = ui.HealthLate, text+" · "+ui.Count(p.Waiting)+" wait"
	}
	if p.Parked > 0 {
		health, text = ui.HealthFailing, text+" · "+ui.Count(p.Parked)+" parked"
	}
	return health, text
}

func orchestration(p models.LayerPath) templ.Component {
	if _, drives := models.DrivenBy(p.Entity); !drives {
		return ui.Muted("drives no workflow")
	}
	if len(p.Open) == 0 {
		return ui.HealthBadge(ui.HealthGood, "nothing open")
	}
	worst := p.Open[0]
	kind, _ := worst.Code.Kind()
	return templ.Join(ui.SeverityBadge(severityOf(worst.Priority)), ui.Text(" "), ui.Link("/exceptions/"+ui.ID(worst.ID), kind.Name))
}

// observability is at how many DCs the entity is as recent as it has to be.
func (b layerBoard) observability(p models.LayerPath) templ.Component {
	governed, late, everywhere := 0, 0, false
	for _, f := range b.fresh {
		if f.Source != p.Source || f.Entity != p.Entity || f.Window == 0 {
			continue
		}
		if governed++; f.Stale(b.now) {
			late++
		}
		everywhere = f.DC == ""
	}
	switch {
	case governed == 0:
		return ui.Muted("no target")
	case everywhere && governed == 1 && late == 1:
		return ui.HealthBadge(ui.HealthLate, "late")
	case everywhere && governed == 1:
		return ui.HealthBadge(ui.HealthGood, "in time")
	case late > 0:
		return ui.HealthBadge(ui.HealthLate, "late at "+ui.Count(int64(late))+" of "+ui.Count(int64(governed)))
	}
	return ui.HealthBadge(ui.HealthGood, "in time at "+ui.Count(int64(governed)))
}
