package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
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
	cadencePath  = "/windows/cadence"
	newestOfFeed = 12
)

// Cadences answers how often something useful comes of each system, DC and entity.
type Cadences struct {
	Frame *Frame
	Read  CadenceReader
	DCs   DCLister
}

// CadenceReader reads cadences and the newest events behind one.
type CadenceReader interface {
	Read(ctx context.Context, q models.CadenceQuery) ([]models.Cadence, error)
	Newest(ctx context.Context, key models.MarkKey, limit int) ([]models.Event, error)
}

// cadenceCut is what a reader asked for; open is the feed that stands beside the list.
type cadenceCut struct {
	arrangement
	period chosenPeriod
	dc     string
	open   models.MarkKey
}

func cadenceCutOf(c echo.Context) cadenceCut {
	open := models.MarkKey{Source: c.QueryParam("source"), Entity: c.QueryParam("entity"), DC: c.QueryParam("at")}
	return cadenceCut{arrangement: readArrangement(c), period: periodOf(c), dc: c.QueryParam("dc"), open: open}
}

// opening is the address of the list with a feed beside it, without one for the zero key.
func (f cadenceCut) opening(key models.MarkKey) string {
	return addressOf(cadencePath, "period", f.period.name, "dc", f.dc, "sort", f.sort, "source", key.Source, "entity", key.Entity, "at", key.DC)
}

func (f cadenceCut) bar(dcs []string) *ui.FilterBar {
	bar := &ui.FilterBar{Action: cadencePath, Fields: []ui.FilterField{
		periodField(f.period),
		{Name: "dc", Label: "DC", Value: f.dc, Options: textOptions("All", dcs)},
	}}
	f.keep(bar)
	if f.dc != "" {
		f.dc = ""
		bar.ClearHref = f.opening(models.MarkKey{})
	}
	return bar
}

// Show answers GET /windows/cadence.
func (h *Cadences) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavWindows, "Cadence")
	page.Lead = "How often something useful comes of each system, entity and DC, and how old the last of it is"
	page.Crumbs = []layout.Crumb{{Title: "Windows and error budgets", Href: "/windows"}}
	page.Live = livePath(models.TopicBooks)
	cut, ctx := cadenceCutOf(c), c.Request().Context()
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	all, err := h.Read.Read(ctx, models.CadenceQuery{Now: h.Frame.Now(), Window: cut.period.span, DC: cut.dc})
	if err != nil {
		return err
	}
	table := cadenceTable(all, cut)
	cut.arrange(c, &table)
	view := pages.Board{
		Page: page, ID: "cadence", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicBooks), Dear: true, HasPanel: true,
		Lists: []pages.BoardList{{Title: "Cadence", Note: "of what took effect, real time, to 10 s; a period begins with a whole hour", Filters: cut.bar(dcs), Table: table}},
	}
	for _, one := range all {
		if one.MarkKey == cut.open {
			if view.Panel, err = h.panel(ctx, one, cut); err != nil {
				return err
			}
		}
	}
	return render.HTML(c, http.StatusOK, pages.BoardPage(view))
}

// panel is one feed with the events behind it.
func (h *Cadences) panel(ctx context.Context, one models.Cadence, cut cadenceCut) (*pages.BoardPanel, error) {
	newest, err := h.Read.Newest(ctx, one.MarkKey, newestOfFeed)
	if err != nil {
		return nil, err
	}
	return &pages.BoardPanel{
		Panel: ui.Panel{Title: entityWord(one.Entity) + " of " + one.Source, Subtitle: dcOrAll(one.DC) + ", the last " + cut.period.title, CloseHref: cut.opening(models.MarkKey{})},
		Parts: []pages.PanelPart{
			{Title: "Its newest events", Body: ui.DataTable(feedTable(newest))},
			{Title: "Where it shows", Body: ui.KeyValues(feedWays(one.MarkKey))},
		},
	}, nil
}

// dcOrAll names a DC; master data belongs to none.
func dcOrAll(dc string) string {
	if dc == "" {
		return "all DCs"
	}
	return dc
}

// dcHref is the page of a DC; none for what belongs to no DC.
func dcHref(dc string) string {
	if dc == "" {
		return ""
	}
	return "/dcs/" + url.PathEscape(dc)
}

// dcCell names a DC in a row.
func dcCell(dc string) templ.Component {
	if dc == "" {
		return ui.Muted(dcOrAll(dc))
	}
	return ui.Text(dc)
}

// feedWays lead to what else is known of a feed.
func feedWays(key models.MarkKey) []ui.KeyValue {
	ways := []ui.KeyValue{{Key: "Unsettled", Value: ui.Link(addressOf(unsettledHome, "source", key.Source), "parked and waiting events of "+key.Source)}}
	ways = append(ways, ui.KeyValue{Key: "Latency", Value: ui.Link(addressOf(latencyPath, "entity", key.Entity, "dc", key.DC), "how soon it takes effect")})
	if key.DC != "" {
		ways = append(ways, ui.KeyValue{Key: "DC", Value: ui.Link(dcHref(key.DC), key.DC)})
	}
	return ways
}

func usualGap(c models.Cadence) time.Duration { usual, _ := c.Typical(); return usual }
func longGap(c models.Cadence) time.Duration  { _, long := c.Typical(); return long }

var cadenceSorts = map[string]func(a, b models.Cadence) int{
	"source": func(a, b models.Cadence) int { return strings.Compare(a.Source, b.Source) },
	"entity": func(a, b models.Cadence) int { return strings.Compare(entityWord(a.Entity), entityWord(b.Entity)) },
	"dc":     func(a, b models.Cadence) int { return strings.Compare(a.DC, b.DC) },
	"usual":  func(a, b models.Cadence) int { return cmp.Compare(usualGap(a), usualGap(b)) },
	"long":   func(a, b models.Cadence) int { return cmp.Compare(longGap(a), longGap(b)) },
	"last":   func(a, b models.Cadence) int { return a.LastAt.Compare(b.LastAt) },
	"target": func(a, b models.Cadence) int { return cmp.Compare(a.Freshness, b.Freshness) },
	"events": func(a, b models.Cadence) int { return cmp.Compare(a.Events, b.Events) },
}

func cadenceTable(all []models.Cadence, cut cadenceCut) ui.Table {
	table := ui.Table{
		ID: "feeds", Caption: "Cadence by source, entity and DC",
		Columns: []ui.Column{
			{Title: "Source", Name: "source", Sortable: true, Fold: ui.FoldLead}, {Title: "Entity", Name: "entity", Sortable: true, Fold: ui.FoldGrow}, {Title: "DC", Name: "dc", Sortable: true},
			{Title: "Usual gap", Name: "usual", Sortable: true, Number: true, Help: "Between one arrival and the next: half of the time falls into shorter ones"},
			{Title: "p95", Name: "long", Sortable: true, Number: true, Help: "One moment in twenty falls into a longer gap"},
			{Title: "Last", Name: "last", Sortable: true, Help: "When something of it last took effect", Fold: ui.FoldTrail},
			{Title: "Target", Name: "target", Sortable: true, Number: true, Help: "How recent it has to be, as declared"},
			{Title: "Comes as", Help: "Batches bring ten events or more at once, and nine tenths of the time nothing"},
			{Title: "Events", Name: "events", Sortable: true, Number: true},
		},
		Empty: ui.Notice{Title: "Nothing has taken effect yet", Detail: "Each entity that a source sends for a DC appears with its first event."},
	}
	for _, one := range sortRows(all, cut.sorting(), cadenceSorts) {
		usual, long := one.Typical()
		table.Rows = append(table.Rows, ui.Row{
			ID: "feed-" + one.Source + "-" + one.Entity + "-" + one.DC, Href: cut.opening(one.MarkKey), Panel: true, Open: one.MarkKey == cut.open, Cells: cells(
				ui.Text(one.Source), ui.Text(entityWord(one.Entity)), ui.Text(orDash(one.DC, one.DC != "")), gapCell(usual, one.Freshness), gapCell(long, one.Freshness),
				ui.Since(one.LastAt), ui.Muted(orDash(ui.Took(one.Freshness), one.Freshness > 0)), ui.Text(orDash(string(one.Pace()), one.Pace() != "")), ui.Text(ui.Count(one.Events))),
		})
	}
	return table
}

// gapCell is a gap; one that is longer than the target allows cannot keep it.
func gapCell(gap, target time.Duration) templ.Component {
	switch {
	case gap == 0:
		return ui.Muted("–")
	case gap <= models.ArrivalSlot:
		return ui.Text("≤ " + ui.Took(models.ArrivalSlot))
	case target > 0 && gap > target:
		return ui.Change(ui.Took(gap), ui.P3)
	default:
		return ui.Text(ui.Took(gap))
	}
}

func feedTable(events []models.Event) ui.Table {
	table := ui.Table{
		ID: "feed-events", Caption: "The newest events of the feed",
		Columns: []ui.Column{{Title: "Event", Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "Occurred", Help: "At its source"}, {Title: "Received", Fold: ui.FoldTrail}},
		Empty:   ui.Notice{Title: "None of it is among the newest events", Detail: "The newest 2,000 of each shard are looked through."},
	}
	for _, e := range events {
		table.Rows = append(table.Rows, ui.Row{ID: "feed-event-" + ui.ID(e.Seq), Href: eventPath(e.Seq), Cells: cells(
			ui.Text(ui.ID(e.Seq)), ui.Text(orDash(e.Item, e.Item != "")), ui.Since(e.OccurredAt), ui.Since(e.ReceivedAt))})
	}
	return table
}
