package handlers

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// influenceColumn is one column of the board and how its cell is made.
type influenceColumn struct {
	ui.Column
	cell func(models.InfluenceRow) templ.Component
}

func (h *Influence) table(board models.InfluencePage, f influenceFilter, shown string, mayEvaluate bool) ui.Table {
	columns := influenceColumns(f, h.Frame.Now(), h.Frame.Clock(), mayEvaluate)
	table := ui.Table{ID: "influence-table", Caption: "Forecast revisions by how far they have come", Empty: noRevisions(f)}
	for _, col := range columns {
		table.Columns = append(table.Columns, col.Column)
	}
	for _, r := range board.Rows {
		row := ui.Row{ID: "revision-" + r.Item + "-" + r.DC, Href: chainPath(r.Item + "@" + r.DC + "#" + strconv.FormatInt(r.Revision, 10))}
		for _, col := range columns {
			row.Cells = append(row.Cells, col.cell(r))
		}
		table.Rows = append(table.Rows, row)
	}
	if board.Next != "" {
		next := f
		next.after = board.Next
		table.Pager = &ui.Pager{Shown: shown, NextHref: next.address()}
	}
	return table
}

func noRevisions(f influenceFilter) ui.Notice {
	if f.state != stateOpen {
		return ui.Notice{Title: "No revision stands here", Detail: "The newest material revision of each item at each DC is in one of these states."}
	}
	return ui.Notice{
		Title:  "Every revision that matters has reached replenishment",
		Detail: "A revision that changes demand over the lead time appears here until replenishment has looked at it.",
	}
}

// influenceColumns are what each revision is, how far it came, and how it goes
// on: by the engine's look while it waits for that, by its answer afterwards.
func influenceColumns(f influenceFilter, now time.Time, clock models.BusinessClock, mayEvaluate bool) []influenceColumn {
	text := func(column ui.Column, get func(models.InfluenceRow) string) influenceColumn {
		return influenceColumn{column, func(r models.InfluenceRow) templ.Component { return ui.Text(get(r)) }}
	}
	columns := []influenceColumn{
		{ui.Column{Title: "Item", Name: "item", Sortable: true, Fold: ui.FoldLead, Breaks: true}, func(r models.InfluenceRow) templ.Component { return ui.Noted(r.Item, r.Description, r.Reason) }},
		text(ui.Column{Title: "Class", Name: "class", Sortable: true, Fold: ui.FoldHide}, func(r models.InfluenceRow) string { return r.Class }),
		text(ui.Column{Title: "DC", Name: "dc", Sortable: true}, func(r models.InfluenceRow) string { return r.DC }),
		text(ui.Column{Title: "Rev.", Name: "revision", Sortable: true, Help: "Forecast revision", Number: true}, func(r models.InfluenceRow) string { return strconv.FormatInt(r.Revision, 10) }),
		{ui.Column{Title: "Published", Name: "published", Sortable: true, Fold: ui.FoldHide}, func(r models.InfluenceRow) templ.Component { return ui.Since(r.PublishedAt) }},
		{ui.Column{Title: "Model", Name: "model", Fold: ui.FoldHide}, func(r models.InfluenceRow) templ.Component {
			return templ.Join(ui.Muted(r.Model), pages.Below(ui.Muted(r.ModelVersion)))
		}},
		text(ui.Column{Title: "Old", Name: "old", Help: "Over the lead time", Number: true, Fold: ui.FoldHide}, func(r models.InfluenceRow) string {
			if r.Old == nil {
				return "–"
			}
			return amount(*r.Old, r.Unit)
		}),
		text(ui.Column{Title: "New", Name: "new", Help: "Over the lead time", Number: true, Fold: ui.FoldHide}, func(r models.InfluenceRow) string { return amount(r.New, r.Unit) }),
		text(ui.Column{Title: "Change", Name: "change", Sortable: true, Number: true}, func(r models.InfluenceRow) string { return signedQuantity(r.Delta) + " " + r.Unit }),
		text(ui.Column{Title: "%", Name: "percent", Sortable: true, Number: true, Fold: ui.FoldHide}, func(r models.InfluenceRow) string { return percentText(r.DeltaPercent) }),
		{ui.Column{Title: "At risk", Name: "risk", Sortable: true, Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail, Help: "The growth at the item's price"}, func(r models.InfluenceRow) templ.Component {
			return ui.Money(ui.Overview(r.ValueAtRisk), r.Currency)
		}},
		{ui.Column{Title: "Target", Said: true, Name: "target", Help: "Business time that an evaluation may take"}, func(r models.InfluenceRow) templ.Component { return targetCell(r, clock) }},
		{ui.Column{Title: "Elapsed", Said: true, Name: "elapsed", Breaks: true, Help: "Business time from its publishing to this state"}, func(r models.InfluenceRow) templ.Component {
			return elapsedCell(r, now, clock)
		}},
		text(ui.Column{Title: "Blocked", Said: true, Name: "blocked", Help: "The step that it waits for"}, func(r models.InfluenceRow) string { return dashed(r.BlockedAt()) }),
		{ui.Column{Title: "Owner", Said: true, Name: "owner", Help: "Of its exception, or the team whose step it waits for"}, influenceOwner},
	}
	if f.state == stateOpen {
		columns = append(columns, text(ui.Column{Title: "State", Said: true, Name: "state", Sortable: true, Breaks: true}, func(r models.InfluenceRow) string { return influenceWord(r.State) }))
	}
	if f.state == stateOpen || waitsForEngine(models.InfluenceState(f.state)) {
		if mayEvaluate {
			columns = append(columns, influenceColumn{ui.Column{Title: "Evaluate", Unnamed: true}, evaluateCell})
		}
		return columns
	}
	return append(columns,
		influenceColumn{ui.Column{Title: "Recommendation", Name: "recommendation", Fold: ui.FoldHide}, func(r models.InfluenceRow) templ.Component {
			if r.Recommendation == "" {
				return ui.Muted("–")
			}
			return ui.Link(chainPath(r.Recommendation), r.Recommendation)
		}})
}

func targetCell(r models.InfluenceRow, clock models.BusinessClock) templ.Component {
	if r.DueAt == nil || r.PromisedAt == nil {
		return ui.Muted("–")
	}
	return ui.Text(ui.Took(r.DueAt.Sub(clock.At(*r.PromisedAt)).Round(time.Minute)))
}

// elapsedCell marks what is past its target while it still waits.
func elapsedCell(r models.InfluenceRow, now time.Time, clock models.BusinessClock) templ.Component {
	reached := clock.At(reachedAt(r, now))
	elapsed := ui.Took(reached.Sub(clock.At(r.PublishedAt)).Truncate(time.Minute))
	if waitsForEngine(r.State) && r.DueAt != nil && reached.After(*r.DueAt) {
		return ui.Change(elapsed, ui.P3)
	}
	return ui.Text(elapsed)
}

func influenceOwner(r models.InfluenceRow) templ.Component {
	owner := r.Owner
	if owner == "" {
		owner = teamWord(r.OwningTeam())
	}
	if r.Exception != 0 {
		return ui.Link("/exceptions/planning?view="+viewAll+"&open="+strconv.FormatInt(r.Exception, 10), owner)
	}
	return ui.Text(dashed(owner))
}

func teamWord(team models.Team) string {
	switch team {
	case models.TeamPlanner:
		return "Planning"
	case models.TeamProcurement:
		return "Procurement"
	case models.TeamIT:
		return "IT"
	}
	return string(team)
}

func dashed(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

func evaluateCell(r models.InfluenceRow) templ.Component {
	if !waitsForEngine(r.State) {
		return ui.Text("")
	}
	return ui.ActionButton(ui.Action{
		Label: "Evaluate", Of: r.Item + " in " + r.DC, URL: influencePath + "/evaluate", Tone: ui.Quiet,
		Fields: []ui.Field{{Name: "item", Value: r.Item}, {Name: "dc", Value: r.DC}},
	})
}

// waitsForEngine reports whether another look of the engine may bring it on.
func waitsForEngine(state models.InfluenceState) bool {
	return slices.Contains(models.InfluenceOpen(), state)
}

// reachedAt is when a revision reached its last step, now while it waits for the next.
func reachedAt(r models.InfluenceRow, now time.Time) time.Time {
	if r.EvaluatedAt != nil && !waitsForEngine(r.State) {
		return *r.EvaluatedAt
	}
	return now
}

func percentText(percent *decimal.Decimal) string {
	if percent == nil {
		return "new"
	}
	return signedQuantity(*percent)
}
