package handlers

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// verdictStale is every verdict but CURRENT, in the address.
const verdictStale = "stale"

// cutOffPassed is every recommendation past its own cut-off, in the address.
const cutOffPassed = "passed"

// approvalFilter is the filter as it stands in the address.
type approvalFilter struct {
	arrangement
	dc, kind, supplier, verdict, route, cutOff, after string
}

func readApprovalFilter(c echo.Context) approvalFilter {
	q := c.QueryParam
	return approvalFilter{
		arrangement: readArrangement(c),
		dc:          q("dc"), kind: q("kind"), supplier: q("supplier"), verdict: q("verdict"), route: q("route"), cutOff: q("cut_off"), after: q("after"),
	}
}

// address is the queue with this filter; extra pairs of name and value are added.
func (f approvalFilter) address(extra ...string) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"dc": f.dc, "kind": f.kind, "supplier": f.supplier, "verdict": f.verdict, "route": f.route, "cut_off": f.cutOff, "after": f.after,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	f.put(values)
	for i := 0; i+1 < len(extra); i += 2 {
		values.Set(extra[i], extra[i+1])
	}
	if len(values) == 0 {
		return approvalPath
	}
	return approvalPath + "?" + values.Encode()
}

func (f approvalFilter) query(business time.Time) models.ApprovalFilter {
	filter := models.ApprovalFilter{
		DC: f.dc, Supplier: f.supplier, Kind: f.kind, Route: models.ApprovalRoute(f.route), By: f.sorting(), After: f.after, Limit: approvalRows,
	}
	if f.cutOff == cutOffPassed {
		filter.CutOffBy = business
	}
	return filter
}

func (f approvalFilter) narrowed() bool {
	return f.dc != "" || f.kind != "" || f.supplier != "" || f.verdict != "" || f.route != "" || f.cutOff != ""
}

func (f approvalFilter) holds(v models.Verdict) bool {
	switch f.verdict {
	case "":
		return true
	case verdictStale:
		return v != models.VerdictCurrent
	default:
		return string(v) == f.verdict
	}
}

func (h *Approvals) bar(ctx context.Context, f approvalFilter, list models.ApprovalPage, all int64) (ui.FilterBar, error) {
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return ui.FilterBar{}, err
	}
	suppliers, err := h.Suppliers.WaitingSuppliers(ctx)
	if err != nil {
		return ui.FilterBar{}, err
	}
	bar := ui.FilterBar{
		Action: approvalPath,
		Fields: []ui.FilterField{
			{Name: "dc", Label: "DC", Value: f.dc, Options: textOptions("All", dcs)},
			{Name: "kind", Label: "Kind", Value: f.kind, Options: []ui.Option{{Label: "All"}, {Value: "purchase", Label: "Buy"}, {Value: "transfer", Label: "Transfer"}}},
			{Name: "supplier", Label: "Supplier", Value: f.supplier, Options: supplierOptions(suppliers)},
			{Name: "verdict", Label: "Basis", Value: f.verdict, Options: verdictOptions()},
			{Name: "route", Label: "Approvers", Value: f.route, Options: []ui.Option{{Label: "All"}, {Value: "single", Label: "One"}, {Value: "double", Label: "Two"}}},
			{Name: "cut_off", Label: "Cut-off", Value: f.cutOff, Options: []ui.Option{{Label: "All"}, {Value: cutOffPassed, Label: "Passed"}}},
		},
		Result: shownApprovals(list, f, all),
	}
	f.keep(&bar)
	if f.narrowed() {
		bar.ClearHref = approvalFilter{arrangement: f.arrangement}.address()
	}
	return bar, nil
}

func supplierOptions(suppliers []models.SupplierName) []ui.Option {
	options := []ui.Option{{Label: "All"}}
	for _, s := range suppliers {
		options = append(options, ui.Option{Value: s.Supplier, Label: s.Name})
	}
	return options
}

func verdictOptions() []ui.Option {
	return []ui.Option{
		{Label: "All"}, {Value: string(models.VerdictCurrent), Label: "Current"}, {Value: verdictStale, Label: "Not current"},
		{Value: string(models.VerdictAged), Label: "Aged"}, {Value: string(models.VerdictSuperseded), Label: "Superseded"},
		{Value: string(models.VerdictUnknown), Label: "Unknown"},
	}
}

// shownApprovals counts what waits; how many of that have a verdict would take
// a judgement of each.
func shownApprovals(list models.ApprovalPage, f approvalFilter, all int64) string {
	paged := list.Next != "" || f.after != ""
	if paged && f.verdict != "" {
		return strconv.Itoa(len(list.Rows)) + " on this page, among " + ui.Count(all) + " of any basis"
	}
	return onPage(len(list.Rows), all, paged)
}
