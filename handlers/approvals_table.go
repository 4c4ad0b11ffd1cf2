package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// cutOffSoon is the business time before a cut-off from which it is marked.
const cutOffSoon = 8 * time.Hour

// approvalColumn is one column of the queue and how its cell is made.
type approvalColumn struct {
	ui.Column
	cell func(models.Approval) templ.Component
}

func (h *Approvals) table(f approvalFilter, list models.ApprovalPage, shown string, late []models.LateFeed, open string) ui.Table {
	columns := approvalColumns(h.Frame.Now(), h.Frame.Clock(), late)
	table := ui.Table{ID: "approvals-table", Caption: "Recommendations that wait for a person", Empty: noApprovals(f)}
	for _, col := range columns {
		table.Columns = append(table.Columns, col.Column)
	}
	for _, a := range list.Rows {
		row := ui.Row{
			ID: "approval-" + a.Recommendation, Href: f.address("open", a.Recommendation), Panel: true, Open: a.Recommendation == open,
		}
		for _, col := range columns {
			row.Cells = append(row.Cells, col.cell(a))
		}
		table.Rows = append(table.Rows, row)
	}
	if list.Next != "" {
		next := f
		next.after = list.Next
		table.Pager = &ui.Pager{Shown: shown, NextHref: next.address()}
	}
	return table
}

func noApprovals(f approvalFilter) ui.Notice {
	if f.narrowed() || f.after != "" {
		return ui.Notice{Title: "Nothing that waits matches", Actions: cells(ui.ButtonLink(approvalPath, "Show all", ui.Plain))}
	}
	return ui.Notice{
		Title:  "Nothing waits for a person",
		Detail: "Recommendations that the policy may not approve by itself appear here as soon as the replenishment engine makes them.",
	}
}

func approvalColumns(now time.Time, clock models.BusinessClock, late []models.LateFeed) []approvalColumn {
	business := clock.At(now)
	text := func(column ui.Column, get func(models.Approval) string) approvalColumn {
		return approvalColumn{column, func(a models.Approval) templ.Component { return ui.Text(get(a)) }}
	}
	return []approvalColumn{
		{ui.Column{Title: "Id", Name: "id", Sortable: true, Fold: ui.FoldLead}, func(a models.Approval) templ.Component {
			return pages.Asked(a.Recommendation, askedNote(a.OpenQuestions))
		}},
		{ui.Column{Title: "Item", Name: "item", Sortable: true, Help: "And why it is recommended"}, func(a models.Approval) templ.Component {
			return ui.Noted(a.Item, a.Description, a.Reason)
		}},
		text(ui.Column{Title: "DC", Name: "dc", Sortable: true}, func(a models.Approval) string { return a.DC }),
		{ui.Column{Title: "From", Name: "from", Sortable: true, Breaks: true}, func(a models.Approval) templ.Component { return pages.Source(kindWord(a.Kind), sourceOf(a)) }},
		{ui.Column{Title: "Quantity", Name: "quantity", Sortable: true, Number: true}, quantityCell},
		{ui.Column{Title: "Value", Name: "value", Sortable: true, Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail}, func(a models.Approval) templ.Component { return ui.Money(ui.Overview(a.Value), a.Currency) }},
		{ui.Column{Title: "Price", Name: "price", Help: "Against the agreed price", Number: true, Fold: ui.FoldHide}, priceCell},
		{ui.Column{Title: "Cut-off", Said: true, Name: "cut_off", Sortable: true, Help: "Business time left to order"}, func(a models.Approval) templ.Component { return cutOffCell(a.OrderBy.Sub(business)) }},
		{ui.Column{Title: "Need by", Said: true, Name: "need_by", Sortable: true, Help: "Business day", Breaks: true, Spare: true}, func(a models.Approval) templ.Component { return needByCell(a, "2 Jan", business) }},
		{ui.Column{Title: "Basis", Name: "basis", Help: "Whether stock and forecast still hold, and how old the stock figure is"}, func(a models.Approval) templ.Component {
			verdict := pages.VerdictCell(verdictOf(a.Basis.Verdict), basisAge(a.Basis))
			if mark := lateMark(a.Proposal, late); mark != nil {
				return templ.Join(verdict, ui.Text(" "), pages.Below(mark))
			}
			return verdict
		}},
		text(ui.Column{Title: "Rev.", Name: "revision", Sortable: true, Help: "Forecast revision that it was computed from", Number: true, Fold: ui.FoldHide, Spare: true}, func(a models.Approval) string { return revisionText(a.Revision) }),
		{ui.Column{Title: "Conf.", Name: "confidence", Sortable: true, Help: "How sure the replenishment engine is of the quantity", Number: true, Fold: ui.FoldHide, Spare: true}, func(a models.Approval) templ.Component { return confidenceCell(a.Confidence) }},
		{ui.Column{Title: "Policy", Name: "policy", Said: true, Help: "Rules that did not pass", Breaks: true, Spare: true}, func(a models.Approval) templ.Component { return policyCell(a.Policy) }},
		{ui.Column{Title: "Open", Name: "open", Help: "Open orders for the item, here and at other DCs", Fold: ui.FoldHide}, duplicatesCell},
		{ui.Column{Title: "By", Name: "by", Help: "How many people have to approve", Fold: ui.FoldHide}, func(a models.Approval) templ.Component { return approversCell(a.Proposal) }},
		{ui.Column{Title: "Waits", Name: "waits", Sortable: true, Help: "Since it came, real time", Fold: ui.FoldHide}, func(a models.Approval) templ.Component { return ui.Since(a.EnteredAt) }},
	}
}

// confidenceCell is a share in whole percent.
func confidenceCell(share *decimal.Decimal) templ.Component {
	if share == nil {
		return ui.Muted("–")
	}
	return ui.Text(share.Shift(2).Round(0).String() + " %")
}

func kindWord(kind string) string {
	if kind == "transfer" {
		return "Transfer"
	}
	return "Buy"
}

// sourceOf is who delivers: a supplier or another DC.
func sourceOf(a models.Approval) string {
	switch {
	case a.FromDC != "":
		return a.FromDC
	case a.SupplierName != "":
		return a.SupplierName
	default:
		return a.Supplier
	}
}

func quantityCell(a models.Approval) templ.Component {
	return pages.Titled(amount(a.Quantity, a.Unit), packsText(a.Quantity, a.Pack, leastOf(a)))
}

// leastOf is what a supplier takes at least; another DC sends any quantity.
func leastOf(a models.Approval) decimal.Decimal {
	if a.Kind == "transfer" {
		return decimal.Zero
	}
	return a.MOQ
}

// needByCell is the business day on which goods are needed, marked when it has
// passed and nothing is ordered.
func needByCell(a models.Approval, layout string, business time.Time) templ.Component {
	day := a.NeedBy.Format(layout)
	if a.State == models.ProposalWaiting && a.NeedBy.Before(business.UTC().Truncate(24*time.Hour)) {
		return ui.Change(day+", passed", ui.P2)
	}
	return ui.Text(day)
}

// packsText is a quantity in packs: "10 packs of 12, at least 24".
func packsText(quantity, pack, moq decimal.Decimal) string {
	var parts []string
	if pack.GreaterThan(decimal.NewFromInt(1)) {
		packs, noun := quantity.Div(pack).Round(2), " packs of "
		if packs.Equal(decimal.NewFromInt(1)) {
			noun = " pack of "
		}
		parts = append(parts, ui.Exact(packs)+noun+ui.Exact(pack))
	}
	if moq.IsPositive() {
		parts = append(parts, "at least "+ui.Exact(moq))
	}
	return strings.Join(parts, ", ")
}

func cutOffCell(left time.Duration) templ.Component {
	switch {
	case left < 0:
		return ui.Change(ui.UntilAbout(left), ui.P2)
	case left < cutOffSoon:
		return ui.Change(ui.UntilAbout(left), ui.P3)
	default:
		return aboutCell(left)
	}
}

// aboutCell says how long something is off in one unit, and exactly on hover.
func aboutCell(left time.Duration) templ.Component {
	return pages.Titled(ui.UntilAbout(left), ui.Until(left))
}

func basisAge(b models.BasisCheck) string {
	if b.Cause == models.CauseMissing {
		return ""
	}
	return ui.Ago(b.Age)
}

func policyCell(results []models.RuleResult) templ.Component {
	var failed []string
	for _, r := range results {
		if !r.Passed {
			failed = append(failed, ruleWord(r.Rule, false))
		}
	}
	if len(failed) == 0 {
		return ui.Muted(strconv.Itoa(len(results)) + " passed")
	}
	return pages.Titled(strings.ToLower(failed[0])+more(len(failed)-1), strings.Join(failed, "; "))
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return " +" + strconv.Itoa(n)
}

func duplicatesCell(a models.Approval) templ.Component {
	var parts []string
	if a.OpenOrders > 0 {
		parts = append(parts, strconv.Itoa(a.OpenOrders)+" here")
	}
	if a.OtherDCs > 0 {
		parts = append(parts, strconv.Itoa(a.OtherDCs)+" other")
	}
	if len(parts) == 0 {
		return ui.Muted("none")
	}
	return ui.Text(strings.Join(parts, ", "))
}

func priceCell(a models.Approval) templ.Component {
	if !a.ContractPrice.IsPositive() || a.Kind == "transfer" {
		return ui.Muted("–")
	}
	difference := a.UnitPrice.Sub(a.ContractPrice).Div(a.ContractPrice)
	if difference.Abs().LessThan(decimal.New(5, -4)) {
		return pages.Titled("±0", "As agreed")
	}
	return ui.Text(signedPercent(difference))
}

// signedPercent is a difference, which is no part of a whole: it may well come to 100 %.
func signedPercent(share decimal.Decimal) string {
	text := ui.Overview(share.Shift(2)) + " %"
	if share.IsPositive() {
		return "+" + text
	}
	return text
}

func revisionText(revision *int64) string {
	if revision == nil {
		return "–"
	}
	return strconv.FormatInt(*revision, 10)
}

func approversCell(p models.Proposal) templ.Component {
	switch {
	case p.Route != models.RouteDouble:
		return ui.Text("1")
	case p.FirstApprover != "":
		return pages.Titled("2nd", "First approved by "+p.FirstApprover)
	default:
		return ui.Text("2")
	}
}
