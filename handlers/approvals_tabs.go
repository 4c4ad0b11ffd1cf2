package handlers

import (
	"context"

	"throughline/models"
	"throughline/views/ui"
)

// tabCounts are how much stands on each page of the approvals, and the filter
// that leads there: they share the DC, the queue has more.
type tabCounts struct {
	filter                 approvalFilter
	waiting, ordered, gaps int64
	notices                int64 // of all DCs, that nobody ticked off: with what waits they are the badge
}

func countTabs(ctx context.Context, read ApprovalCounter, dc string) (counts tabCounts, err error) {
	counts.filter.dc = dc
	if counts.waiting, err = read.Matching(ctx, models.ApprovalFilter{DC: dc}); err != nil {
		return counts, err
	}
	if counts.ordered, err = read.OrderDeskCount(ctx, dc); err != nil {
		return counts, err
	}
	if counts.gaps, err = read.ConfirmationGapCount(ctx, dc); err != nil {
		return counts, err
	}
	counts.notices, err = read.SupplierNoticeCount(ctx)
	return counts, err
}

// narrowed is the queue by its own filter.
func (t tabCounts) narrowed(f approvalFilter, waiting int64) tabCounts {
	f.after = ""
	t.filter, t.waiting = f, waiting
	return t
}

// approvalTabs join the queue, the order desk and what suppliers answered and
// said: the way of an order from before its decision.
func approvalTabs(current string, t tabCounts) []ui.Tab {
	tab := func(title, path, href string, count int64) ui.Tab {
		return ui.Tab{Title: title, Count: ui.Count(count), Href: href, Current: current == path}
	}
	return []ui.Tab{
		tab("Waiting", approvalPath, t.filter.address(), t.waiting),
		tab("Approved, not ordered", orderDeskPath, addressOf(orderDeskPath, "dc", t.filter.dc), t.ordered),
		tab("Confirmation gaps", confirmationsPath, addressOf(confirmationsPath, "dc", t.filter.dc), t.gaps),
		tab("Supplier notices", supplierNoticesPath, addressOf(supplierNoticesPath, "dc", t.filter.dc), t.notices),
	}
}
