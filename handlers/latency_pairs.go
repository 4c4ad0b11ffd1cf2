package handlers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// latencyPair is an entity at a DC over the period.
type latencyPair struct {
	models.LatencyCell
	Target time.Duration
	Before time.Duration // p95 of the period before, 0 where nothing came
}

// latencyPairs has also what belongs to no DC: master data of the whole network.
func latencyPairs(cells, before []models.LatencyCell, targets models.Targets) []latencyPair {
	was := map[[2]string]time.Duration{}
	for _, c := range before {
		was[[2]string{c.DC, c.Entity}] = c.Spread.Quantile(0.95)
	}
	var pairs []latencyPair
	for _, c := range cells {
		pairs = append(pairs, latencyPair{LatencyCell: c, Target: targets.Latency(c.Entity, c.DC), Before: was[[2]string{c.DC, c.Entity}]})
	}
	return pairs
}

func (p latencyPair) late() int64        { return int64(p.Spread.Longer(p.Target)) }
func (p latencyPair) p95() time.Duration { return p.Spread.Quantile(0.95) }

// share is how p95 stands to the target, 1 being just met.
func (p latencyPair) share() float64 { return float64(p.p95()) / float64(p.Target) }

func (p latencyPair) inTime() string {
	events := int64(p.Spread.Count())
	share := decimal.NewFromInt(events - p.late()).Div(decimal.NewFromInt(max(events, 1)))
	return ui.Exact(share.Shift(2).RoundDown(2)) + " %"
}

// trend says how p95 stands to the period before.
func (p latencyPair) trend() templ.Component {
	if p.Before == 0 {
		return ui.Muted("–")
	}
	return ui.Muted("was " + ui.Took(p.Before))
}

func (p latencyPair) facts() []ui.KeyValue {
	return []ui.KeyValue{
		{Key: "p50, p95, longest", Value: ui.Text(ui.Took(p.Spread.Quantile(0.5)) + ", " + ui.Took(p.p95()) + ", " + ui.Took(p.Spread.Max()))},
		{Key: "Target", Value: ui.Text(ui.Took(p.Target))},
		{Key: "In time", Value: ui.Text(p.inTime()), Note: ui.Count(p.late()) + " late of " + counted(int64(p.Spread.Count()), "event")},
		{Key: "p95 before", Value: p.trend(), Note: "the same time before the period"},
	}
}

func latencyMatrix(pairs []latencyPair, cut latencyCut) ui.Heatmap {
	heat := ui.Heatmap{
		Caption: "p95 by DC and entity", RowTitle: "DC", Unit: "real time", Shown: true,
		Key: []ui.HeatKey{{Level: ui.HeatLow, Text: "inside its target"}, {Level: ui.HeatOver, Text: "up to half beyond it"}, {Level: ui.HeatFar, Text: "up to three times"}, {Level: ui.HeatWorst, Text: "more"}},
	}
	column, row := map[string]int{}, map[string]int{}
	for _, p := range pairs {
		if _, is := column[p.Entity]; !is {
			column[p.Entity] = len(heat.Columns)
			heat.Columns = append(heat.Columns, entityWord(p.Entity))
		}
	}
	for _, p := range pairs {
		if _, is := row[p.DC]; !is {
			row[p.DC] = len(heat.Rows)
			heat.Rows = append(heat.Rows, ui.HeatRow{Label: dcOrAll(p.DC), Href: dcHref(p.DC), Cells: make([]ui.HeatCell, len(heat.Columns))})
		}
		heat.Rows[row[p.DC]].Cells[column[p.Entity]] = ui.HeatCell{
			Value: ui.Took(p.p95()), Level: ui.LevelOf(p.share()), Href: cut.opening(p.DC, p.Entity),
			Title: dcOrAll(p.DC) + " " + entityWord(p.Entity) + ": p95 " + ui.Took(p.p95()) + " of " + ui.Took(p.Target) + ", " + p.inTime() + " in time",
		}
	}
	return heat
}

var pairSorts = map[string]func(a, b latencyPair) int{
	"dc":      func(a, b latencyPair) int { return strings.Compare(a.DC, b.DC) },
	"entity":  func(a, b latencyPair) int { return strings.Compare(entityWord(a.Entity), entityWord(b.Entity)) },
	"events":  func(a, b latencyPair) int { return cmp.Compare(a.Spread.Count(), b.Spread.Count()) },
	"p50":     func(a, b latencyPair) int { return cmp.Compare(a.Spread.Quantile(0.5), b.Spread.Quantile(0.5)) },
	"p95":     func(a, b latencyPair) int { return cmp.Compare(a.p95(), b.p95()) },
	"target":  func(a, b latencyPair) int { return cmp.Compare(a.Target, b.Target) },
	"longest": func(a, b latencyPair) int { return cmp.Compare(a.Spread.Max(), b.Spread.Max()) },
	"late":    func(a, b latencyPair) int { return cmp.Compare(a.late(), b.late()) },
}

// pairTable has every pair, those that break their target first.
func pairTable(c echo.Context, pairs []latencyPair, cut latencyCut) ui.Table {
	table := ui.Table{
		ID: "pairs", Caption: "Latency by DC and entity",
		Columns: []ui.Column{
			{Title: "DC", Name: "dc", Sortable: true, Fold: ui.FoldLead}, {Title: "Entity", Name: "entity", Sortable: true, Fold: ui.FoldGrow}, {Title: "Events", Name: "events", Sortable: true, Number: true}, {Title: "p50", Name: "p50", Sortable: true, Number: true},
			{Title: "p95", Name: "p95", Sortable: true, Number: true, Fold: ui.FoldTrail}, {Title: "Target", Name: "target", Sortable: true, Number: true}, {Title: "Longest", Name: "longest", Sortable: true, Number: true, Spare: true},
			{Title: "In time", Number: true}, {Title: "Late", Name: "late", Sortable: true, Unit: "events", Number: true}, {Title: "Before", Help: "p95 of the same time before the period", Spare: true},
		},
		Empty: ui.Notice{Title: "Nothing took effect in this time", Detail: "A pair appears with its first event."},
	}
	worst := slices.SortedStableFunc(slices.Values(pairs), func(a, b latencyPair) int { return cmp.Compare(b.share(), a.share()) })
	for _, p := range sortRows(worst, cut.sorting(), pairSorts) {
		p95, late := ui.Text(ui.Took(p.p95())), ui.Muted("0")
		if p.share() > 1 {
			p95 = ui.Change(ui.Took(p.p95()), ui.P2)
		}
		if p.late() > 0 {
			late = ui.Text(ui.Count(p.late()))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "pair-" + p.DC + "-" + p.Entity, Href: cut.opening(p.DC, p.Entity), Panel: true, Open: p.DC == cut.DC && p.Entity == cut.Entity,
			Cells: cells(dcCell(p.DC), ui.Text(entityWord(p.Entity)), ui.Text(ui.Count(int64(p.Spread.Count()))), seconds(p.Spread.Quantile(0.5)),
				p95, ui.Muted(ui.Took(p.Target)), seconds(p.Spread.Max()), ui.Text(p.inTime()), late, p.trend()),
		})
	}
	cut.arrange(c, &table)
	return table
}

// latencyWay draws the mean of each step after the other: unlike quantiles, the
// means of the steps up to the effect add up to that of the whole way.
func latencyWay(steps []models.LatencyCell) ui.Waterfall {
	var way ui.Waterfall
	var at time.Duration
	for _, stage := range models.LatencyStages() {
		spread := merged(steps, func(c models.LatencyCell) bool { return c.Stage == stage })
		if spread.Count() == 0 {
			continue
		}
		mean := time.Duration(spread.SumMicroseconds()/spread.Count()) * time.Microsecond
		way.Stages = append(way.Stages, ui.Stage{Name: stepWords()[stage], Start: at, Took: mean, State: ui.StageDone, Note: "p95 " + ui.Took(spread.Quantile(0.95))})
		at += mean
	}
	return way
}

func slowestTable(events []models.SlowEvent) ui.Table {
	table := ui.Table{
		ID: "slowest", Caption: "The slowest events of the period",
		Columns: []ui.Column{{Title: "Event", Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "Took", Number: true, Fold: ui.FoldTrail}, {Title: "Applied"}},
		Empty:   ui.Notice{Title: "None of it is in the log", Detail: "Events leave the log after a while; their latencies are kept apart from them."},
	}
	for _, e := range events {
		table.Rows = append(table.Rows, ui.Row{ID: "slow-" + ui.ID(e.Seq), Href: eventPath(e.Seq), Cells: cells(
			ui.Text(ui.ID(e.Seq)), ui.Text(e.Item), seconds(e.Took()), ui.Since(e.AppliedAt))})
	}
	return table
}

// clockNotice warns of sources whose clock is ahead: their way to the log counts as nothing.
func clockNotice(leads []models.ClockLead) *ui.Notice {
	if len(leads) == 0 {
		return nil
	}
	notice := &ui.Notice{Kind: ui.Partial, Title: "A clock is ahead: latencies of its source are too short"}
	for i, l := range leads {
		if i > 0 {
			notice.Detail += " "
		}
		notice.Detail += l.Source + " dated " + strconv.FormatInt(l.Ahead, 10) + " of its newest " + counted(l.Events, "event") +
			" after their receipt, by up to " + ui.Took(l.Most) + "."
	}
	return notice
}
