package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const (
	approvalRows = 50
	approvalPath = "/approvals"
)

// Approvals answers the queue of recommendations that wait for a person, each
// one in full, and what people decide.
type Approvals struct {
	Frame     *Frame
	Lists     *Lists
	Read      ApprovalReader
	Workflow  ApprovalDecider
	DCs       DCLister
	Suppliers SupplierLister
	Fallbacks FallbackKeeper
	Policy    authz.Policy
}

// List answers GET /approvals.
func (h *Approvals) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavApprovals, "Approvals")
	page.Lead = "What waits for a person, the earliest cut-off first"
	page.Live = livePath(models.TopicApprovals)
	ctx, filter := c.Request().Context(), readApprovalFilter(c)
	list, err := h.queue(ctx, filter)
	if err != nil {
		return err
	}
	all, err := h.Read.Matching(ctx, filter.query(h.Frame.Clock().At(h.Frame.Now())))
	if err != nil {
		return err
	}
	bar, err := h.bar(ctx, filter, list, all)
	if err != nil {
		return err
	}
	counts, err := countTabs(ctx, h.Read, filter.dc)
	if err != nil {
		return err
	}
	late, err := h.Fallbacks.Late(ctx, h.Frame.Now())
	if err != nil {
		return err
	}
	open := c.QueryParam("open")
	view := pages.Approvals{
		Page: page, Self: c.Request().URL.RequestURI(), Topic: string(models.TopicApprovals), Notices: h.lateNotices(c, late),
		Tabs: approvalTabs(approvalPath, counts.narrowed(filter, all)), Filters: bar, Rows: h.table(filter, list, bar.Result, late, open),
	}
	if err := h.Lists.arrange(c, filter.arrangement, &view.Filters, &view.Rows); err != nil {
		return err
	}
	if open != "" {
		review, err := h.Read.Review(ctx, open)
		if err != nil {
			return err
		}
		shown := h.review(c, review)
		shown.Panel.CloseHref, shown.Self = filter.address(), filter.address("open", open)
		view.Open = &shown
	}
	return render.HTML(c, http.StatusOK, pages.ApprovalsPage(view))
}

// Show answers GET /approvals/:recommendation: one recommendation alone,
// whatever became of it.
func (h *Approvals) Show(c echo.Context) error {
	return h.show(c, http.StatusOK, nil)
}

func (h *Approvals) show(c echo.Context, status int, notice *ui.Notice) error {
	id := c.Param("recommendation")
	page := h.Frame.Page(c, layout.NavApprovals, id)
	page.Crumbs = []layout.Crumb{{Title: "Approvals", Href: approvalPath}}
	review, err := h.Read.Review(c.Request().Context(), id)
	if err != nil {
		return err
	}
	shown := h.review(c, review)
	shown.Notice = notice
	page.Title, page.Lead = shown.Panel.Title, shown.Panel.Subtitle
	page.Live = livePath(models.TopicApprovals, models.TopicChain(review.Item, review.DC))
	return render.HTML(c, status, pages.ReviewPage(pages.ReviewDetail{Page: page, Review: shown}))
}

// queue is one page of the list. The verdict is computed on reading, so that a
// filter by it reads on until one more than the page holds, within reason.
func (h *Approvals) queue(ctx context.Context, f approvalFilter) (models.ApprovalPage, error) {
	const mostPages = 10
	query := f.query(h.Frame.Clock().At(h.Frame.Now()))
	var found models.ApprovalPage
	for range mostPages {
		page, err := h.Read.Queue(ctx, query)
		if err != nil {
			return found, err
		}
		for _, a := range page.Rows {
			if f.holds(a.Basis.Verdict) {
				found.Rows = append(found.Rows, a)
			}
		}
		found.Next, query.After = page.Next, page.Next
		if len(found.Rows) > approvalRows {
			found.Rows = found.Rows[:approvalRows]
			found.Next = found.Rows[approvalRows-1].Place
			break
		}
		if page.Next == "" || f.verdict == "" {
			break
		}
	}
	return found, nil
}
