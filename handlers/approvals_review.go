package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/session"
)

// review is one recommendation in full, with what the reader may do about it.
func (h *Approvals) review(c echo.Context, r models.Review) pages.Review {
	now := h.Frame.Now()
	view := pages.Review{
		Panel: ui.Panel{
			Title:    r.Recommendation + ": " + strings.ToLower(kindWord(r.Kind)) + " " + amount(r.Quantity, r.Unit),
			Subtitle: r.Item + " " + r.Description + " for " + r.DC,
		},
		Self:      approvalPath + "/" + url.PathEscape(r.Recommendation),
		Topics:    string(models.TopicApprovals) + " " + string(models.TopicChain(r.Item, r.DC)),
		State:     h.standing(r, now),
		Reason:    r.Reason,
		Inputs:    inputs(r),
		Outlook:   outlookView(r, h.Frame.Clock().At(now)),
		Source:    append(noticeFacts(r.Notices), sourceFacts(r)...),
		Basis:     inspectorView(r.Inspector, r.Recommended, r.Unit, now),
		History:   decisionTimeline(r.Decisions),
		Questions: questionLines(r, may(c, h.Policy, authz.PlanDay)),
	}
	for _, result := range r.Policy {
		line := ruleLine(result)
		if result.Passed {
			view.Passed = append(view.Passed, line)
		} else {
			view.Failed = append(view.Failed, line)
		}
	}
	if r.State == models.ProposalWaiting && may(c, h.Policy, authz.ApproveProposals) {
		reader, _ := session.User(c.Request().Context())
		view.Actions = reviewActions(r, reader.Name)
	}
	return view
}

// standing says where the recommendation is on its way: what is still to be
// decided and until when, or what became of it.
func (h *Approvals) standing(r models.Review, now time.Time) []ui.KeyValue {
	business := h.Frame.Clock().At(now)
	facts := []ui.KeyValue{
		{Key: "State", Value: ui.Text(standingWord(r)), Note: approvalNote(r.Proposal)},
		{Key: "Basis now", Value: pages.VerdictCell(verdictOf(r.Basis.Verdict), basisAge(r.Basis)), Note: r.Basis.Changed},
	}
	facts = append(facts, lateFacts(r.Proposal, r.Supply.Late, now)...)
	if r.State == models.ProposalWaiting {
		facts = append(facts,
			ui.KeyValue{Key: "Cut-off", Value: cutOffCell(r.OrderBy.Sub(business)), Note: "business time, order by " + r.OrderBy.UTC().Format("2 Jan 15:04")},
			ui.KeyValue{Key: "Waits", Value: ui.Since(r.EnteredAt)})
	}
	if r.Write != nil {
		facts = append(facts, erpFacts(*r.Write)...)
	}
	return append(facts,
		ui.KeyValue{Key: "Value", Value: ui.Text(amount(r.Value.Round(2), r.Currency)), Note: "at " + amount(r.UnitPrice, r.Currency) + " each"},
		ui.KeyValue{Key: "Price", Value: priceCell(r.Approval), Note: "agreed " + amount(r.ContractPrice, r.Currency)},
		ui.KeyValue{Key: "Need by", Value: needByCell(r.Approval, "Mon 2 Jan", business), Note: "business day"},
		ui.KeyValue{Key: "Chain", Value: ui.Link(chainPath(r.Recommendation), "Revision to receipt")})
}

// standingWord is proposalWord, but for an order that the ERP has named and not told of yet.
func standingWord(r models.Review) string {
	if r.State == models.ProposalApproved && r.Write != nil && r.Write.State == models.WriteConfirmed {
		return "ordered, the ERP's own record is on its way"
	}
	return proposalWord(r.Proposal)
}

func proposalWord(p models.Proposal) string {
	switch p.State {
	case models.ProposalWaiting:
		return "waits for a decision"
	case models.ProposalApproved:
		return "approved, not ordered yet"
	case models.ProposalFailed:
		return "approved, the ERP refused it"
	case models.ProposalRejected, models.ProposalSuperseded, models.ProposalOrdered:
	}
	return string(p.State)
}

func approvalNote(p models.Proposal) string {
	switch {
	case p.SupersededBy != "":
		return "by " + p.SupersededBy
	case p.State != models.ProposalWaiting:
		return ""
	case p.Route == models.RouteDouble && p.FirstApprover != "":
		return "first approved by " + p.FirstApprover + ", a second person is needed"
	case p.Route == models.RouteDouble:
		return "two people have to approve"
	default:
		return "one person has to approve"
	}
}

// erpFact is how far the order is on its way into the ERP.
func erpFacts(w models.ERPWrite) []ui.KeyValue {
	facts := []ui.KeyValue{{Key: "ERP", Value: ui.Link(writePath(w.ID), writeWord(w.State)), Note: w.Error}}
	if w.Document != "" {
		facts = append(facts, ui.KeyValue{Key: "Order", Value: ui.Link(chainPath(w.Document), w.Document)})
	}
	return facts
}

// inputs lead from what was known to the quantity, and on to what it changes.
func inputs(r models.Review) []ui.KeyValue {
	supply := r.Supply
	after := supply.Available.Add(supply.OnOrder)
	facts := []ui.KeyValue{
		{Key: "Expected demand", Value: asOf(ui.Overview(supply.DailyDemand)+" "+r.Unit, r.Inspector.RevisionNowAt), Note: "a day, newest forecast"},
		{Key: "Available", Value: asOf(amount(supply.Available, r.Unit), r.Inspector.Now.AsOf), Note: "now"},
		{Key: "On order", Value: asOf(amount(supply.OnOrder, r.Unit), r.Inspector.Now.OrdersAt), Note: "as orders of " + r.DC + " were last heard of"},
	}
	if r.State == models.ProposalOrdered {
		facts = append(facts, ui.KeyValue{Key: "Cover", Value: coverCell(after, supply.DailyDemand), Note: coverNote + "; the order is among them"})
	} else {
		facts = append(facts,
			ui.KeyValue{Key: "Cover without it", Value: coverCell(after, supply.DailyDemand), Note: coverNote},
			ui.KeyValue{Key: "Cover with it", Value: coverCell(after.Add(r.Quantity), supply.DailyDemand), Note: "the same; a gap before it comes shows under Projected stock"})
	}
	facts = append(facts, ui.KeyValue{Key: "Recommended", Value: ui.Text(amount(r.Recommended, r.Unit)), Note: packsText(r.Recommended, r.Pack, leastOf(r.Approval))})
	if r.Confidence != nil {
		facts = append(facts, ui.KeyValue{Key: "Confidence", Value: confidenceCell(r.Confidence), Note: "of the replenishment engine in this quantity"})
	}
	if !r.Quantity.Equal(r.Recommended) {
		facts = append(facts, ui.KeyValue{Key: "Changed to", Value: ui.Text(amount(r.Quantity, r.Unit)), Note: "by " + r.ChangedBy})
	}
	return append(facts, ui.KeyValue{
		Key: "Duplicates", Value: duplicatesCell(r.Approval),
		Note: duplicateNote(supply),
	})
}

// coverNote says what a cover is made of, and that it asks for no day.
const coverNote = "business days of stock and all open orders, whenever they come"

// asOf is a figure with its age, alone where that is not known.
func asOf(figure string, at *time.Time) templ.Component {
	if at == nil {
		return ui.Text(figure)
	}
	return templ.Join(ui.Text(figure+" "), ui.Since(*at))
}

func coverCell(stock, daily decimal.Decimal) templ.Component {
	if !daily.IsPositive() {
		return ui.Muted("no demand expected")
	}
	return ui.Text(ui.Overview(stock.Div(daily)) + " d")
}

func duplicateNote(s models.SupplyFacts) string {
	var parts []string
	if s.UnseenOrders > 0 {
		parts = append(parts, ui.Count(s.UnseenOrders)+" ordered that the engine did not know of")
	}
	if s.OpenProposals > 0 {
		parts = append(parts, ui.Count(s.OpenProposals)+" approved and not ordered yet")
	}
	return strings.Join(parts, ", ")
}

func decisionTimeline(decisions []models.DecisionRecord) []ui.TimelineItem {
	words := map[models.DecisionVerdict]string{
		models.DecisionApproved: "Approved", models.DecisionRejected: "Rejected",
		models.DecisionFirst: "Approved as the first of two", models.DecisionRecompute: "Recomputation asked for",
	}
	items := make([]ui.TimelineItem, 0, len(decisions))
	for _, d := range decisions {
		items = append(items, ui.TimelineItem{At: d.DecidedAt, Title: words[d.Verdict], Actor: d.Actor, Detail: d.Reason})
	}
	return items
}

func ruleLine(r models.RuleResult) pages.RuleLine {
	values := make([]string, 0, len(r.Inputs))
	for _, name := range slices.Sorted(maps.Keys(r.Inputs)) {
		values = append(values, strings.ReplaceAll(name, "_", " ")+" "+rounded(r.Inputs[name]))
	}
	return pages.RuleLine{Name: ruleWord(r.Rule, r.Passed), Message: r.Message, Values: strings.Join(values, " · ")}
}

// rounded cuts what a rule reckoned with to the places that a person compares;
// what is no number stays as it is.
func rounded(input string) string {
	if d, err := decimal.NewFromString(input); err == nil {
		return ui.Exact(d.Round(2))
	}
	return input
}

// ruleWord names a rule of the policy by its outcome.
func ruleWord(rule string, passed bool) string {
	words := map[string][2]string{
		"basis_known":     {"Basis stated", "Basis not stated"},
		"basis_current":   {"Basis current", "Basis out of date"},
		"feeds_heard":     {"Feeds heard", "A feed is late"},
		"minimum_order":   {"Minimum reached", "Below the minimum"},
		"pack_multiple":   {"Whole packs", "Broken pack"},
		"supplier_known":  {"Supplier known", "Supplier unknown"},
		"supplier_active": {"Supplier active", "Supplier on hold or blocked"},
		"budget":          {"Within the budget", "Over the week's budget"},
		"stock_trusted":   {"Stock trusted", "Stock in doubt"},
		"no_duplicate":    {"No duplicate", "Possible duplicate"},
		"value_limit":     {"Within the limit", "Over the limit"},
		"max_cover":       {"Cover within bounds", "Covers too long"},
	}
	word, ok := words[rule]
	switch {
	case !ok:
		return strings.ReplaceAll(rule, "_", " ")
	case passed:
		return word[0]
	default:
		return word[1]
	}
}
