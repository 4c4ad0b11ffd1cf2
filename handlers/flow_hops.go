package handlers

import (
	"math"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

func (b flowBoard) rate(events int64) decimal.Decimal {
	seconds := max(b.flow.Period.To.Sub(b.flow.Period.From).Seconds(), 1)
	return decimal.NewFromFloat(float64(events) / seconds)
}

func hopHealth(s models.HopState) ui.Health {
	switch s {
	case models.HopGood:
		return ui.HealthGood
	case models.HopLate, models.HopPaused:
		return ui.HealthLate
	case models.HopFailing:
		return ui.HealthFailing
	case models.HopQuiet:
	}
	return ui.HealthUnknown
}

func hopWord(s models.HopState) string {
	if s == models.HopGood {
		return "working"
	}
	return string(s)
}

// hopName says from where to where in the words of the map.
func hopName(h models.Hop) string {
	switch h.Kind {
	case models.HopSource:
		return h.Name + " → log"
	case models.HopApply:
		return "log → state"
	case models.HopRoute:
		return "state → " + h.Name
	case models.HopWorkflow:
		return "state → workflow"
	case models.HopERP:
		return "workflow → " + h.Name
	}
	return h.Name
}

func hopHref(h models.Hop) string {
	switch h.Kind {
	case models.HopRoute:
		return routeHref(h.Name)
	case models.HopSource:
		if h.Silent != nil {
			return silenceHref(*h.Silent, h.Name)
		}
		return "/rejected?source=" + queryEscape(h.Name)
	case models.HopApply:
		return "/parked"
	case models.HopERP:
		return stageHref(models.StageWorkflow, "")
	case models.HopWorkflow:
	}
	return ""
}

// silenceHref leads to the exception of a silence, or to all where there are more.
func silenceHref(s models.Silence, source string) string {
	if s.More == 0 {
		return "/exceptions/" + ui.ID(s.Exception)
	}
	return addressOf(itQueue.path, "code", string(models.ExceptionSourceSilent), "source", source, "view", viewEvery, "each", "1")
}

func hopID(h models.Hop) string { return string(h.Kind) + "-" + h.Name }

func p95(spread models.Histogram) string {
	if spread.Count() == 0 {
		return "–"
	}
	return ui.Took(spread.Quantile(0.95))
}

func (b flowBoard) hops() ui.Table {
	table := ui.Table{
		ID: "hops", Caption: "Hops in the order of the way",
		Columns: []ui.Column{
			{Title: "Hop", Fold: ui.FoldLead}, {Title: "State", Fold: ui.FoldTrail},
			{Title: "Rate", Number: true}, {Title: "p50", Number: true}, {Title: "p95", Number: true},
			{Title: "Failed", Number: true, Help: "Of the attempts of the period; for a source, what intake refused"},
			{Title: "Waits", Number: true, Help: "Events that have come and not passed, or orders that are due; for a source, what waits in front of the log for a second or longer"},
			{Title: "Oldest", Help: "Since when the first of them waits"},
			{Title: "Covers", Help: "Whose events the figures count. What waits in front of the log and what waits for a subscriber is told apart by neither DC nor type"},
		},
		Empty: ui.Notice{Title: "No flow yet", Detail: "Hops appear when a source is registered and sends its first event."},
	}
	for _, state := range []models.HopState{models.HopGood, models.HopQuiet} {
		if many := b.folded(state); many != nil {
			row := ui.Row{ID: "hop-sources-" + string(state), Href: connectorsPath, Cells: b.hopCells(*many, false)}
			table.Rows = append(table.Rows, row)
		}
	}
	for i, hop := range b.flow.Hops {
		if b.folds(i, hop.State(b.now)) {
			continue
		}
		table.Rows = append(table.Rows, ui.Row{ID: "hop-" + hopID(hop), Href: hopHref(hop), Cells: b.hopCells(hop, i == b.constraint)})
	}
	if b.cut == (models.FlowCut{}) {
		withoutLast(&table) // all figures cover all
	}
	return table
}

// withoutLast takes the last column away.
func withoutLast(t *ui.Table) {
	last := len(t.Columns) - 1
	t.Columns = t.Columns[:last]
	for i := range t.Rows {
		t.Rows[i].Cells = t.Rows[i].Cells[:last]
	}
}

// sourcesApart is how many sources have a row each; of more, those that need
// nobody share one while the drawing shows each.
const sourcesApart = 5

// folds tells whether a hop of a state shares a row with its like.
func (b flowBoard) folds(hop int, state models.HopState) bool {
	sources, alike := 0, 0
	for _, other := range b.flow.Hops {
		if other.Kind != models.HopSource {
			continue
		}
		sources++
		if other.State(b.now) == state {
			alike++
		}
	}
	h := b.flow.Hops[hop]
	return h.Kind == models.HopSource && hop != b.constraint && sources > sourcesApart && sources <= ui.MaxFlowLanes && alike > 1 &&
		h.State(b.now) == state && (state == models.HopGood || state == models.HopQuiet)
}

// folded is the row that the sources of a state share, nil where each has its own.
func (b flowBoard) folded(state models.HopState) *models.Hop {
	var all *models.Hop
	count := int64(0)
	for i, hop := range b.flow.Hops {
		if !b.folds(i, state) {
			continue
		}
		if all == nil {
			all = &models.Hop{Kind: models.HopSource, AllVersions: hop.AllVersions, FailsNetwork: hop.FailsNetwork}
		}
		count++
		all.Name = counted(count, "source")
		all.Events, all.Failed = all.Events+hop.Events, all.Failed+hop.Failed
		all.Spread.Merge(hop.Spread)
		if hop.Age(b.now) > all.Age(b.now) {
			all.OldestAt = hop.OldestAt
		}
		all.Backlog += hop.Backlog
	}
	return all
}

func (b flowBoard) hopCells(h models.Hop, constraint bool) []templ.Component {
	state := h.State(b.now)
	var oldest templ.Component
	if h.Age(b.now) > 0 {
		oldest = ui.Since(*h.OldestAt)
	}
	p50 := "–"
	if h.Spread.Count() > 0 {
		p50 = ui.Took(h.Spread.Quantile(0.5))
	}
	failed := ui.Muted("0")
	if h.Failed > 0 {
		failed = ui.Change(ui.Percent(decimal.NewFromFloat(h.ErrorShare())), ui.P3)
	}
	waits := ui.Muted("0")
	if h.Backlog > 0 || h.AtLeast {
		waits = ui.Text(backlogWords(h.Backlog, h.AtLeast))
	}
	health := ui.HealthBadge(hopHealth(state), hopWord(state))
	if constraint {
		health = ui.Constraint(hopHealth(state), hopWord(state))
	}
	if why := h.Why(b.now); why != "" {
		health = templ.Join(health, ui.Text(" "), pages.Below(ui.Muted(why)))
	}
	return cells(ui.Text(hopName(h)), health, ui.Text(b.rateText(h)), ui.Text(p50), ui.Text(p95(h.Spread)), failed, waits, oldest, ui.Muted(b.covers(h)))
}

// covers says whose events a hop's figures are about.
func (b flowBoard) covers(h models.Hop) string {
	covers := "all DCs"
	if b.cut.DC != "" {
		covers = b.cut.DC
	}
	if b.cut.Typed() {
		covers += ", " + b.typeWords()
	}
	if more := b.beyond(h); more != "" {
		covers += "; " + more
	}
	return covers
}

// beyond names the figures of a hop that count more than the cut; empty for none.
func (b flowBoard) beyond(h models.Hop) string {
	var more []string
	if h.AllVersions {
		more = append(more, "all versions")
	}
	if h.FailsNetwork && h.Failed > 0 {
		more = append(more, "failed: all DCs")
	}
	return strings.Join(more, ", ")
}

// typeWords name the entity and version that the map is cut to.
func (b flowBoard) typeWords() string {
	types := b
	types.cut.DC = ""
	return types.cutWords()
}

func (b flowBoard) rateText(h models.Hop) string {
	return rateWords(b.rate(h.Events))
}

// rateWords counts by the minute what is too rare to be counted by the second.
func rateWords(perSecond decimal.Decimal) string {
	if perSecond.IsZero() || perSecond.GreaterThanOrEqual(decimal.NewFromFloat(0.1)) {
		return ui.Overview(perSecond) + "\u00a0/s"
	}
	return ui.Overview(perSecond.Mul(decimal.NewFromInt(60))) + "\u00a0/min"
}

// stepWords are the steps inside the tower, as a person would say them.
func stepWords() map[models.LatencyStage]string {
	return map[models.LatencyStage]string{
		models.LatencyAccept: "Source to log", models.LatencyQueue: "Waits for its turn", models.LatencyTransform: "Decode and map",
		models.LatencyReference: "Check references", models.LatencyApply: "Write state and ledger", models.LatencyTotal: "Source to state",
		models.LatencyDeliver: "State to subscriber",
	}
}

func (b flowBoard) steps() ui.Table {
	table := ui.Table{
		ID: "steps", Caption: "Time of an event by step",
		Columns: []ui.Column{{Title: "Step", Fold: ui.FoldLead}, {Title: "p50", Number: true}, {Title: "p95", Number: true, Fold: ui.FoldTrail}, {Title: "Longest", Number: true}},
		Empty:   ui.Notice{Title: "Nothing was applied", Detail: "The steps are timed as soon as an event passes."},
	}
	for _, step := range b.flow.Steps {
		if step.Spread.Count() == 0 {
			continue
		}
		table.Rows = append(table.Rows, ui.Row{ID: "step-" + string(step.Stage), Cells: cells(
			ui.Text(stepWords()[step.Stage]), ui.Text(ui.Took(step.Spread.Quantile(0.5))), ui.Text(p95(step.Spread)), ui.Muted(ui.Took(step.Spread.Max())),
		)})
	}
	return table
}

func (b flowBoard) failures() ui.Table {
	table := ui.Table{
		ID: "failures", Caption: "Failures by stage",
		Columns: []ui.Column{
			{Title: "Stage", Fold: ui.FoldLead}, {Title: "P1 P2 P3 P4", Fold: ui.FoldTrail, Help: "Open exceptions by priority, of all entities and teams"},
			{Title: "Parked", Number: true, Help: "Events that need a person"},
			{Title: "Waiting", Number: true, Help: "Events held, waiting for a record or for their next attempt"},
			{Title: "Refused", Number: true, Help: "By intake in the last minutes; outside the books"},
			{Title: "Stuck", Number: true, Help: "Orders: ERP writes that failed or whose outcome is unknown"},
		},
	}
	for _, stage := range b.flow.Failures {
		table.Rows = append(table.Rows, ui.Row{
			ID: "stage-" + string(stage.Stage), Href: stageHref(stage.Stage, b.cut.DC),
			Cells: cells(ui.Text(stageName(stage.Stage)), templ.Join(openCounts(stage.Open, priorityOf(addressOf(itQueue.path, "stage", string(stage.Stage), "dc", b.cut.DC, "view", viewEvery, "each", "1"))), elsewhere(stage.Elsewhere)), countLink(stage.Parked, "/parked"),
				countLink(stage.Waiting, "/parked?state=waiting"), countLink(stage.Rejected, "/rejected"),
				countLink(stage.Stuck, stageHref(models.StageWorkflow, b.cut.DC))),
		})
	}
	return table
}

// elsewhere says how many the queue that the row leads to does not list.
func elsewhere(n int) templ.Component {
	if n == 0 {
		return templ.NopComponent
	}
	return ui.Under(ui.Count(int64(n)) + " of them for other teams alone")
}

// countLink leads to what was counted, when there is something.
func countLink(n int64, href string) templ.Component {
	if n == 0 {
		return ui.Muted("0")
	}
	return ui.Link(href, ui.Count(n))
}

// weightOf draws the rate of a link: each step stands for ten times as much.
func weightOf(rate decimal.Decimal) int {
	perSecond, _ := rate.Float64()
	if perSecond <= 0 {
		return 1
	}
	return min(max(3+int(math.Floor(math.Log10(perSecond))), 1), 4)
}

func waitText(h models.Hop, now time.Time, noun string) string {
	if h.Backlog == 0 {
		return ""
	}
	return backlogWords(h.Backlog, h.AtLeast) + "\u00a0" + noun + " · " + ui.Took(h.Age(now).Truncate(time.Second))
}
