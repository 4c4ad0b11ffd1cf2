package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/authz"
	"throughline/web/render"
)

const orderDeskPath = "/orders"

// Orders answers the order desk: what is approved and not ordered.
type Orders struct {
	Frame    *Frame
	Read     OrderDeskReader
	Workflow Resubmitter
	DCs      DCLister
	Lists    *Lists
	Policy   authz.Policy
}

// List answers GET /orders.
func (h *Orders) List(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavApprovals, "Approved, not ordered")
	page.Lead = "Approvals that have not become an order in the ERP, the earliest cut-off first"
	page.Live = livePath(models.TopicApprovals)
	ctx, dc, arranged := c.Request().Context(), c.QueryParam("dc"), readArrangement(c)
	dcs, err := h.DCs.DCNames(ctx)
	if err != nil {
		return err
	}
	counts, err := countTabs(ctx, h.Read, dc)
	if err != nil {
		return err
	}
	place := readPaging(c, counts.ordered)
	rows, err := h.Read.OrderDesk(ctx, dc, arranged.sorting(), place.part())
	if err != nil {
		return err
	}
	view := pages.Approvals{
		Page: page, Self: c.Request().URL.RequestURI(), Topic: string(models.TopicApprovals), Tabs: approvalTabs(orderDeskPath, counts),
		Rows: h.table(rows, may(c, h.Policy, authz.ApproveProposals)),
		Filters: ui.FilterBar{
			Action: orderDeskPath, Result: place.shown(),
			Fields: []ui.FilterField{{Name: "dc", Label: "DC", Value: dc, Options: textOptions("All", dcs)}},
		},
	}
	view.Rows.Pager = place.pager(func(page string) string {
		return addressOf(orderDeskPath, "dc", dc, "sort", arranged.sort, "hide", string(arranged.hide), "page", page)
	})
	arranged.keep(&view.Filters)
	if err := h.Lists.arrange(c, arranged, &view.Filters, &view.Rows); err != nil {
		return err
	}
	if dc != "" {
		view.Filters.ClearHref = orderDeskPath
		view.Rows.Empty = noMatch("", view.Filters, orderDeskPath)
	}
	return render.HTML(c, http.StatusOK, pages.ApprovalsPage(view))
}

// Resubmit answers POST /orders/:write/resubmit. The ERP is asked for the
// reference before anything is sent twice.
func (h *Orders) Resubmit(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("write"), 10, 64)
	if err != nil {
		return models.Errorf(models.CodeNotFound, "There is no order %q on the desk.", c.Param("write"))
	}
	return act(c, func(ctx context.Context, actor, reason string) (string, error) {
		return h.Workflow.Resubmit(ctx, id, actor, reason)
	})
}

func (h *Orders) table(rows []models.OrderDeskRow, mayResubmit bool) ui.Table {
	table := ui.Table{
		ID: "order-desk", Caption: "Approved and not ordered",
		Columns: []ui.Column{
			{Title: "Id", Name: "id", Sortable: true, Fold: ui.FoldLead}, {Title: "Item", Name: "item", Sortable: true, Breaks: true}, {Title: "DC", Name: "dc", Sortable: true}, {Title: "From", Name: "from", Sortable: true}, {Title: "Quantity", Name: "quantity", Sortable: true, Number: true},
			{Title: "Value", Name: "value", Sortable: true, Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail}, {Title: "Cut-off", Said: true, Name: "cut_off", Sortable: true, Help: "Business time left to order"},
			{Title: "Approved", Said: true, Name: "approved", Sortable: true, Help: "How long ago, real time, and by whom"}, {Title: "Window", Said: true, Name: "window", Sortable: true, Help: "Real time left until the order is late"},
			{Title: "Stopped", Said: true, Name: "stopped", Sortable: true, Breaks: true, Help: "Where it stopped on its way into the ERP"},
			{Title: "Tries", Name: "tries", Sortable: true, Number: true}, {Title: "Next try", Said: true, Name: "next", Sortable: true},
			{Title: "Owner", Name: "owner", Sortable: true, Help: "Of the exception that tells of it"},
			{Title: "What the ERP says", Fold: ui.FoldGrow}, {Title: "Resubmit", Unnamed: true},
		},
		Empty: ui.Notice{Title: "Every approval became an order", Detail: "An approval that the ERP has not taken yet appears here with what the ERP says."},
	}
	now := h.Frame.Now()
	business := h.Frame.Clock().At(now)
	for _, r := range rows {
		row := ui.Row{ID: "write-" + ui.ID(r.WriteID), Href: approvalPath + "/" + r.Recommendation, Cells: deskCells(r, now, business)}
		var button templ.Component
		if mayResubmit && r.WriteState == models.WriteFailed {
			button = ui.ActionButton(resubmitAction(r))
		}
		row.Cells = append(row.Cells, button)
		table.Rows = append(table.Rows, row)
	}
	return table
}

func deskCells(r models.OrderDeskRow, now, business time.Time) []templ.Component {
	from := r.SupplierName
	if r.FromDC != "" {
		from = r.FromDC
	}
	approved, next := ui.Muted("–"), ui.Muted("–")
	if r.DecidedAt != nil {
		approved = templ.Join(ui.Since(*r.DecidedAt), pages.Below(ui.Muted(r.ApprovedBy)))
	}
	if r.WriteState != models.WriteFailed && r.NextAttemptAt.After(now) {
		next = ui.Text("in " + ui.Took(r.NextAttemptAt.Sub(now)))
	}
	return cells(ui.Text(r.Recommendation), ui.Named(r.Item, r.Description), ui.Text(r.DC), ui.Clip(from), ui.Text(amount(r.Quantity, r.Unit)),
		ui.Money(ui.Overview(r.Value), r.Currency), cutOffCell(r.OrderBy.Sub(business)), approved, orderWindow(r, now), ui.Text(writeWord(r.WriteState)),
		ui.Text(strconv.Itoa(r.Attempts)), next, orderOwner(r), ui.Clip(r.Error))
}

// orderWindow is how long the order may still take.
func orderWindow(r models.OrderDeskRow, now time.Time) templ.Component {
	switch {
	case r.LateAt == nil:
		return ui.Muted("–")
	case r.LateAt.Before(now):
		return ui.Change(ui.UntilAbout(r.LateAt.Sub(now)), ui.P3)
	default:
		return ui.Text(ui.UntilAbout(r.LateAt.Sub(now)))
	}
}

func orderOwner(r models.OrderDeskRow) templ.Component {
	if r.Exception == 0 {
		return ui.Muted("no exception yet")
	}
	return ui.Link("/exceptions/"+ui.ID(r.Exception), cmp.Or(r.Owner, "nobody yet"))
}

func resubmitAction(r models.OrderDeskRow) ui.Action {
	return ui.Action{
		Label: "Resubmit", Of: r.Recommendation, URL: orderDeskPath + "/" + ui.ID(r.WriteID) + "/resubmit", Key: "r",
		Confirm: &ui.Confirm{
			ID: "resubmit-" + ui.ID(r.WriteID), Title: "Resubmit the order for " + r.Recommendation + "?", Body: r.Error,
			Reason: "What was mended", Label: "Resubmit",
		},
	}
}
