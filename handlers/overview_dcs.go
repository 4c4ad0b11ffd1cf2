package handlers

import (
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

// merged is the distribution over all cells that belong.
func merged(cells []models.LatencyCell, belongs func(models.LatencyCell) bool) models.Histogram {
	var all models.Histogram
	for _, cell := range cells {
		if belongs(cell) {
			all.Merge(cell.Spread)
		}
	}
	return all
}

func networkFigures(s networkState) []ui.Number {
	all := merged(s.latency, func(models.LatencyCell) bool { return true })
	p95 := all.Quantile(0.95)
	rate := decimal.NewFromUint64(all.Count()).Div(decimal.NewFromInt(int64(latencyWindow / time.Second)))
	age := ui.Age{At: s.now}
	var waiting, open int
	var worst models.Priority
	var value, risk models.Sums
	for _, dc := range s.dcs {
		waiting += dc.Waiting
		value = value.Plus(dc.WaitingValue)
		risk = risk.Plus(dc.ValueAtRisk)
	}
	for _, layer := range s.layers {
		open += layer.Open
		if layer.Priority != "" && (worst == "" || layer.Priority < worst) {
			worst = layer.Priority
		}
	}
	latency := ui.Number{ID: "figure-latency", Label: "Sync latency p95", Target: ui.Took(s.targets.Overall("")), Age: age, Href: "#dcs"}
	if all.Count() > 0 {
		latency.Value = ui.Took(p95)
		if p95 > s.targets.Overall("") {
			latency.Missed = ui.P2
		}
	}
	failures := ui.Number{ID: "figure-failures", Label: "Failures of the flow", Value: ui.Count(int64(open)), Age: age, Href: "#layers", Missed: severityOf(worst)}
	return []ui.Number{
		{ID: "figure-rate", Label: "Events applied", Value: ui.Overview(rate), Unit: "/s", Age: age, Note: "over 5 min", Href: "#dcs"},
		latency,
		failures,
		{ID: "figure-waiting", Label: "Recommendations waiting", Value: ui.Count(int64(waiting)), Note: worth(value, s.currency), Age: age, Href: "/approvals"},
		{ID: "figure-risk", Label: "Money at risk", Value: ui.Overview(risk[s.currency].Round(0)), Unit: models.UnitMoney, Note: besides(risk, s.currency), Age: age, Href: ownQueuePath},
	}
}

func dcTable(s networkState) ui.Table {
	table := ui.Table{
		ID: "dcs", Caption: "Distribution centres",
		Columns: []ui.Column{
			{Title: "DC", Fold: ui.FoldLead}, {Title: "Name", Fold: ui.FoldGrow},
			{Title: "p50", Number: true}, {Title: "p95", Number: true, Fold: ui.FoldTrail},
			{Title: "Target", Number: true, Fold: ui.FoldHide},
			{Title: "Events", Unit: "/s", Number: true}, {Title: "Oldest stock", Help: "As-of of the oldest stock position"},
			{Title: "Below cover", Number: true, Help: "Item-DCs whose available stock is less than the lead time's demand"},
			{Title: "Waiting", Number: true, Help: "Recommendations that wait for a decision"},
			{Title: "P1 P2 P3 P4", Help: "Open exceptions by priority"},
			{Title: "At risk", Unit: models.UnitMoney, Number: true, Help: "Each item counted once, at the largest of its open exceptions"},
		},
		Empty: ui.Notice{Title: "No distribution centre yet", Detail: "They appear when the ERP has sent its locations."},
	}
	for _, dc := range s.dcs {
		spread := merged(s.latency, func(cell models.LatencyCell) bool { return cell.DC == dc.DC })
		table.Rows = append(table.Rows, ui.Row{ID: "dc-" + dc.DC, Href: "/dcs/" + dc.DC, Cells: dcCells(dc, spread, s.targets.Overall(dc.DC), stockAge(s.freshness, dc.DC))})
	}
	return table
}

func dcCells(dc models.DCState, spread models.Histogram, target time.Duration, stock ui.Age) []templ.Component {
	p50, p95 := ui.Muted("–"), ui.Muted("–")
	if spread.Count() > 0 {
		p50, p95 = seconds(spread.Quantile(0.5)), seconds(spread.Quantile(0.95))
		if spread.Quantile(0.95) > target {
			p95 = ui.Change(ui.Took(spread.Quantile(0.95)), ui.P2)
		}
	}
	rate := decimal.NewFromUint64(spread.Count()).Div(decimal.NewFromInt(int64(latencyWindow / time.Second)))
	oldest := ui.Muted("–")
	if dc.OldestPosition != nil {
		oldest = ui.Since(*dc.OldestPosition)
	}
	return cells(ui.Text(dc.DC), ui.Muted(dc.Name), p50, p95, ui.Muted(ui.Took(target)),
		ui.Text(ui.Overview(rate)), oldest,
		ui.InlineNumber(ui.Number{Value: ui.Count(int64(dc.BelowCover)) + " of " + ui.Count(int64(dc.Positions)), Age: stock, Href: dcPath(dc.DC) + "#" + coverTableID}),
		ui.Text(ui.Count(int64(dc.Waiting))), openCounts(dc.Open, priorityOf(addressOf(ownQueuePath, "dc", dc.DC, "view", viewEvery, "each", "1"))), ui.Sum(dc.ValueAtRisk))
}

func openCounts(open map[models.Priority]int, href func(ui.Severity) string) templ.Component {
	return ui.PriorityCounts([4]int{
		open[models.PriorityP1], open[models.PriorityP2], open[models.PriorityP3], open[models.PriorityP4],
	}, href)
}

// priorityOf narrows a list of exceptions, an address with a query, to a priority.
func priorityOf(list string) func(ui.Severity) string {
	return func(s ui.Severity) string { return list + "&priority=" + s.Code() }
}
