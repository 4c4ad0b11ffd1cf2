package handlers

import (
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/ui"
)

func influenceTable(board models.InfluencePage, f influenceFilter, now time.Time, mayEvaluate bool) ui.Table {
	table := ui.Table{
		ID: "influence-table", Caption: "Forecast revisions by how far they have come",
		Columns: []ui.Column{
			{Title: "Item", Fold: ui.FoldLead}, {Title: "Class"}, {Title: "DC"}, {Title: "Revision", Number: true}, {Title: "Published"}, {Title: "Model"},
			{Title: "Old", Number: true, Help: "Over the lead time"}, {Title: "New", Number: true, Help: "Over the lead time"},
			{Title: "Change", Number: true}, {Title: "%", Number: true},
			{Title: "At risk", Unit: "GBP", Number: true, Fold: ui.FoldTrail, Help: "The growth at the item's price"},
			{Title: "How far"}, {Title: "After", Help: "From its publishing to this state"}, {Title: "Why", Fold: ui.FoldHide},
			{Title: "Recommendation", Fold: ui.FoldHide}, {Title: "Evaluate", Unnamed: true},
		},
		Empty: ui.Notice{
			Title:  "Every revision that matters has reached replenishment",
			Detail: "A revision that changes demand over the lead time appears here until replenishment has looked at it.",
		},
	}
	if f.state != stateOpen {
		table.Empty = ui.Notice{Title: "No revision stands here", Detail: "The newest material revision of each item at each DC is in one of these states."}
	}
	for _, r := range board.Rows {
		table.Rows = append(table.Rows, ui.Row{
			ID: "revision-" + r.Item + "-" + r.DC, Href: chainPath(r.Item + "@" + r.DC + "#" + strconv.FormatInt(r.Revision, 10)),
			Cells: influenceCells(r, now, mayEvaluate),
		})
	}
	if board.Next != "" {
		next := f
		next.after = board.Next
		table.Pager = &ui.Pager{Shown: strconv.Itoa(len(board.Rows)) + " on this page", NextHref: next.address()}
	}
	return table
}

func influenceCells(r models.InfluenceRow, now time.Time, mayEvaluate bool) []templ.Component {
	recommendation, evaluate := ui.Text(""), ui.Text("")
	if r.Recommendation != "" {
		recommendation = ui.Link(chainPath(r.Recommendation), r.Recommendation)
	}
	if mayEvaluate && waitsForEngine(r.State) {
		evaluate = ui.ActionButton(ui.Action{
			Label: "Evaluate now", Of: r.Item + " in " + r.DC, URL: influencePath + "/evaluate", Tone: ui.Quiet,
			Fields: []ui.Field{{Name: "item", Value: r.Item}, {Name: "dc", Value: r.DC}},
		})
	}
	return cells(ui.Named(r.Item, r.Description), ui.Text(r.Class), ui.Text(r.DC), ui.Text(strconv.FormatInt(r.Revision, 10)), ui.Since(r.PublishedAt),
		ui.Muted(r.Model+" "+r.ModelVersion), ui.Text(known(r.Old)), ui.Text(ui.Exact(r.New)), ui.Text(signedQuantity(r.Delta)), ui.Text(percentText(r.DeltaPercent)),
		ui.Text(ui.Overview(r.ValueAtRisk)), ui.Text(influenceWord(r.State)), ui.Text(ui.Took(reachedAt(r, now).Sub(r.PublishedAt))), ui.Clip(r.Reason), recommendation, evaluate)
}

func waitsForEngine(state models.InfluenceState) bool {
	return state == models.InfluenceNotDelivered || state == models.InfluenceNotEvaluated
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
