package handlers

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const supplierNoticesPath = "/supplier-notices"

// SupplierNotices answers what suppliers said of no order in particular.
type SupplierNotices struct {
	Frame  *Frame
	Read   SupplierNoticeReader
	Policy authz.Policy
}

// SupplierNoticeReader lists what suppliers said of no order.
type SupplierNoticeReader interface {
	ApprovalCounter
	SupplierNotices(ctx context.Context) ([]models.SupplierNotice, error)
	SeeSupplierNotice(ctx context.Context, seq int64, actor, note string) error
}

// List answers GET /supplier-notices.
func (h *SupplierNotices) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavApprovals, "Supplier notices")
	page.Lead = "What suppliers said in the last 30 days that names no order, and what is to be bought from them"
	page.Live = livePath(models.TopicApprovals)
	ctx := c.Request().Context()
	counts, err := countTabs(ctx, h.Read, c.QueryParam("dc"))
	if err != nil {
		return err
	}
	notices, err := h.Read.SupplierNotices(ctx)
	if err != nil {
		return err
	}
	return render.HTML(c, http.StatusOK, pages.ApprovalsPage(pages.Approvals{
		Page: page, Self: c.Request().URL.RequestURI(), Topic: string(models.TopicApprovals),
		Tabs: approvalTabs(supplierNoticesPath, counts), Rows: noticeTable(notices, may(c, h.Policy, authz.ApproveProposals)),
		Filters: ui.FilterBar{Action: supplierNoticesPath, Result: noticesShown(notices) + ", " + ui.Count(counts.notices) + " not ticked off"},
	}))
}

// See answers POST /supplier-notices/:seq/seen: the notice is ticked off with a note.
func (h *SupplierNotices) See(c echo.Context) error {
	seq, err := numberParam(c, "seq", "notice")
	if err != nil {
		return err
	}
	return act(c, func(ctx context.Context, actor, note string) (string, error) {
		return "The notice is ticked off.", h.Read.SeeSupplierNotice(ctx, seq, actor, note)
	})
}

// noticesShown counts the notices, and says when there are more than are listed.
func noticesShown(notices []models.SupplierNotice) string {
	listed := int64(len(notices))
	if listed == 0 || notices[0].Total == listed {
		return counted(listed, "notice")
	}
	return "the newest " + ui.Count(listed) + " of " + counted(notices[0].Total, "notice")
}

func noticeTable(notices []models.SupplierNotice, mayTick bool) ui.Table {
	table := ui.Table{
		ID: "notices", Caption: "What suppliers said of no order",
		Columns: []ui.Column{
			{Title: "Supplier", Fold: ui.FoldLead}, {Title: "About"}, {Title: "Says", Fold: ui.FoldGrow, Breaks: true}, {Title: "Said", Help: "At the supplier, real time", Fold: ui.FoldTrail},
			{Title: "Next", Help: "Recommendations to buy from it that wait for a decision"}, {Title: "Seen", Said: true, Help: "By whom, and what follows from it"},
		},
		Empty: ui.Notice{
			Title:  "No supplier has sent a notice",
			Detail: "What a supplier says of an order stands at that order; what names none, such as that it is closed for a week, appears here for 30 days.",
		},
	}
	for _, n := range notices {
		table.Rows = append(table.Rows, ui.Row{ID: "notice-" + ui.ID(n.Seq), Href: eventPath(n.Seq), Cells: cells(
			ui.Named(n.Supplier, n.Name), ui.Text(n.Kind), ui.Clip("“"+n.Message+"”"), ui.Since(n.OccurredAt),
			noticeNext(n), noticeSeen(n, mayTick))})
	}
	return table
}

// noticeNext leads to the decisions that the notice bears on.
func noticeNext(n models.SupplierNotice) templ.Component {
	if n.Waiting == 0 {
		return ui.Muted("nothing to decide")
	}
	return ui.Link(addressOf(approvalPath, "supplier", n.Supplier), "Review "+counted(n.Waiting, "recommendation"))
}

// noticeSeen says who ticked the notice off, or lets the reader do it.
func noticeSeen(n models.SupplierNotice, mayTick bool) templ.Component {
	switch {
	case n.SeenAt != nil:
		return templ.Join(ui.Text(n.SeenBy+" "), ui.Since(*n.SeenAt), ui.Under(n.SeenNote))
	case !mayTick:
		return ui.Muted("not yet")
	}
	return ui.ActionButton(ui.Action{
		Label: "Tick off", Tone: ui.Quiet, Of: n.Name, URL: supplierNoticesPath + "/" + ui.ID(n.Seq) + "/seen",
		Confirm: &ui.Confirm{ID: "seen-" + ui.ID(n.Seq), Title: "Tick the notice off?", Body: "“" + n.Message + "”", Reason: "What follows from it", Label: "Tick off"},
	})
}

// noticeFacts are what the supplier of a recommendation said of no order.
func noticeFacts(notices []models.SupplierNotice) []ui.KeyValue {
	var facts []ui.KeyValue
	for _, n := range notices {
		facts = append(facts, ui.KeyValue{Key: "Says (" + n.Kind + ")", Value: templ.Join(ui.Link(eventPath(n.Seq), "“"+n.Message+"”"), ui.Text(" "), ui.Since(n.OccurredAt)), Note: "of no order"})
	}
	return facts
}
