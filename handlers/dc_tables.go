package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

func stageTable(spreads []models.LatencyCell) ui.Table {
	table := ui.Table{
		Caption: "Latency by stage",
		Columns: []ui.Column{
			{Title: "Stage", Fold: ui.FoldLead}, {Title: "Events", Number: true}, {Title: "p50", Number: true},
			{Title: "p95", Number: true, Fold: ui.FoldTrail}, {Title: "Slowest", Number: true},
		},
		Empty: ui.Notice{Title: "No event in the last 15 min", Detail: "The stages appear with the next event of this DC."},
	}
	for _, stage := range append(models.LatencyStages(), models.LatencyTotal) {
		spread := merged(spreads, func(cell models.LatencyCell) bool { return cell.Stage == stage })
		if spread.Count() == 0 {
			continue
		}
		table.Rows = append(table.Rows, ui.Row{ID: "stage-" + string(stage), Cells: cells(
			ui.Text(stageWord(stage)), ui.Text(ui.Count(int64(spread.Count()))),
			seconds(spread.Quantile(0.5)), seconds(spread.Quantile(0.95)), seconds(spread.Max()))})
	}
	return table
}

func stageWord(s models.LatencyStage) string {
	switch s {
	case models.LatencyAccept:
		return "Accept (source to log)"
	case models.LatencyQueue:
		return "Queue"
	case models.LatencyTransform:
		return "Transform"
	case models.LatencyReference:
		return "References"
	case models.LatencyApply:
		return "Apply"
	case models.LatencyDeliver:
		return "Deliver to subscribers"
	case models.LatencyTotal:
		return "Source to tower"
	}
	return string(s)
}

func latencySeries(points []models.LatencyPoint) ui.TimeSeries {
	chart := ui.TimeSeries{ID: "latency", Title: "Sync latency", FromZero: true, Height: 150}
	var slowest time.Duration
	for _, p := range points {
		slowest = max(slowest, p.Spread.Quantile(0.95))
	}
	unit := time.Millisecond
	if chart.Unit = "ms"; slowest >= 10*time.Second {
		unit, chart.Unit = time.Second, "s"
	}
	p50, p95 := ui.Series{Name: "p50"}, ui.Series{Name: "p95"}
	for _, p := range points {
		chart.Times = append(chart.Times, p.At)
		p50.Values = append(p50.Values, in(unit, p.Spread.Quantile(0.5)))
		p95.Values = append(p95.Values, in(unit, p.Spread.Quantile(0.95)))
	}
	chart.Series = []ui.Series{p50, p95}
	return chart
}

// in is a duration in a unit, as a chart draws it.
func in(unit, d time.Duration) *float64 {
	n := float64(d) / float64(unit)
	return &n
}

func hourTable(points []models.LatencyPoint, target time.Duration, now time.Time) ui.Heatmap {
	heat := ui.Heatmap{
		Caption: "p95 of the sync latency by hour", RowTitle: "Hour", Unit: "ms",
		Key: []ui.HeatKey{{Level: ui.HeatLow, Text: "inside the target of " + ui.Took(target)}, {Level: ui.HeatFar, Text: "beyond it"}},
		Rows: []ui.HeatRow{
			{Label: "p95", Cells: make([]ui.HeatCell, 24)}, {Label: "Events", Cells: make([]ui.HeatCell, 24)},
		},
	}
	first := now.UTC().Truncate(time.Hour).Add(-23 * time.Hour)
	for i := range 24 {
		heat.Columns = append(heat.Columns, first.Add(time.Duration(i)*time.Hour).Format("15"))
	}
	for _, p := range points {
		i := int(p.At.Sub(first) / time.Hour)
		if i < 0 || i > 23 {
			continue
		}
		p95 := p.Spread.Quantile(0.95)
		heat.Rows[0].Cells[i] = ui.HeatCell{
			Value: ui.Took(p95), Title: p.At.Format("15:04") + ": p95 " + ui.Took(p95),
			Level: ui.LevelOf(float64(p95) / float64(target)),
		}
		heat.Rows[1].Cells[i] = ui.HeatCell{Value: ui.Count(int64(p.Spread.Count())), Title: p.At.Format("15:04") + ": events"}
	}
	return heat
}

func ageTable(fresh []models.EntityFreshness, now time.Time) ui.Table {
	table := ui.Table{
		Caption: "Age of the newest row by entity",
		Columns: []ui.Column{
			{Title: "Entity", Fold: ui.FoldLead}, {Title: "Source"}, {Title: "Newest", Fold: ui.FoldTrail},
			{Title: "Window", Number: true}, {Title: "State"},
		},
		Empty: ui.Notice{Title: "Nothing received for this DC", Detail: "Each entity appears with its first row."},
	}
	for _, stale := range []bool{true, false} {
		for _, f := range fresh {
			if f.Stale(now) != stale {
				continue
			}
			table.Rows = append(table.Rows, ui.Row{ID: "age-" + f.Entity + "-" + f.Source, Cells: cells(
				ui.Text(entityWord(f.Entity)), ui.Muted(f.Source), ui.Since(f.NewestAt), windowCell(f), staleCell(f, stale))})
		}
	}
	return table
}

func windowCell(f models.EntityFreshness) templ.Component {
	if f.Window == 0 {
		return ui.Muted("none set")
	}
	if f.Calendar != nil {
		return ui.Text(ui.Took(f.Window) + " of working time")
	}
	return seconds(f.Window)
}

func staleCell(f models.EntityFreshness, stale bool) templ.Component {
	switch {
	case f.Window == 0:
		return ui.Muted("not judged")
	case stale:
		return ui.Change("stale", ui.P2)
	}
	return ui.Muted("in time")
}

// coverSources says who told of what the cover is made of, and how old the newest
// word of it is.
func coverSources(fresh []models.EntityFreshness, now time.Time) string {
	var told strings.Builder
	for _, part := range []struct{ entity, words string }{{"inventory", "available"}, {"forecast", "demand"}, {"purchase_order", "on order"}} {
		for _, f := range fresh {
			if f.Entity == part.entity && f.Owner {
				told.WriteString(" · " + part.words + " from " + f.Source + ", " + ui.Took(max(now.Sub(f.NewestAt), 0).Truncate(time.Second)) + " ago")
			}
		}
	}
	return told.String()
}

func coverTable(dc string, rows []models.CoverRow, place paging) ui.Table {
	table := ui.Table{
		ID: coverTableID, Caption: "Items below cover",
		Columns: []ui.Column{
			{Title: "Item", Fold: ui.FoldLead}, {Title: "Description", Fold: ui.FoldGrow}, {Title: "Class", Fold: ui.FoldHide},
			{Title: "Available", Number: true}, {Title: "Demand", Help: "In the supplier's lead time", Number: true},
			{Title: "Cover", Unit: "d", Number: true, Fold: ui.FoldTrail}, {Title: "Lead time", Said: true, Unit: "d", Number: true},
			{Title: "On order", Number: true, Fold: ui.FoldHide}, {Title: "As of"},
		},
		Empty: ui.Notice{Title: "Every item is covered", Detail: "An item appears when its available stock is less than its lead time will sell."},
		Pager: place.pager(func(page string) string { return addressOf(dcPath(dc), "page", page) + "#" + coverTableID }),
	}
	for _, r := range rows {
		table.Rows = append(table.Rows, ui.Row{ID: "cover-" + r.Item, Href: chainPath(r.Item + "@" + dc), Cells: cells(
			ui.Text(r.Item), ui.Muted(r.Description), ui.Text(r.Class),
			ui.Text(amount(r.Available, r.Unit)), ui.Text(demandText(r.Demand, r.Unit)), ui.Text(r.DaysCover.String()),
			ui.Text(strconv.FormatInt(r.LeadTime.Ceil().IntPart(), 10)), ui.Text(amount(r.OnOrder, r.Unit)), ui.Since(r.AsOf))})
	}
	return table
}

// demandText is a forecast quantity in whole units, below ten of them with one
// decimal: what sells slowly sells something.
func demandText(d decimal.Decimal, unit string) string {
	places := int32(0)
	if d.LessThan(decimal.NewFromInt(10)) {
		places = 1
	}
	if rounded := d.Round(places); !rounded.IsZero() || d.IsZero() {
		return amount(rounded, unit)
	}
	return "< 0.1 " + unit
}
