package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

// SalesOrder answers what is known of a sales order, and which recommendations
// counted it.
type SalesOrder struct {
	Frame *Frame
	Read  SalesOrderReader
}

func salesOrderHref(number string) string { return "/sales-orders/" + url.PathEscape(number) }

// Show answers GET /sales-orders/:number.
func (h *SalesOrder) Show(c echo.Context) error {
	order, err := h.Read.SalesOrder(c.Request().Context(), c.Param("number"))
	if err != nil {
		return err
	}
	page := h.Frame.Page(c, "", "Sales order "+order.Number)
	page.Lead = "What was ordered and allocated, and which recommendations counted it"
	page.Live = livePath(models.TopicChains)
	return render.HTML(c, http.StatusOK, pages.BoardPage(pages.Board{
		Page: page, ID: "sales-order", Self: c.Request().URL.RequestURI(), Topics: string(models.TopicChains),
		Lists: []pages.BoardList{
			{Title: "Lines", Note: "each leads to the chain of its item at its DC", Table: salesLineTable(order.Lines)},
			{Title: "Recommendations beside it", Note: "the nearest to each allocation", Table: salesBasisTable(order.Bases)},
		},
	}))
}

func salesLineTable(lines []models.SalesOrderLine) ui.Table {
	table := ui.Table{
		ID: "sales-lines", Caption: "Lines of the sales order",
		Columns: []ui.Column{
			{Title: "Line", Number: true, Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "DC"}, {Title: "Unit"},
			{Title: "Ordered", Number: true}, {Title: "Allocated", Number: true}, {Title: "Open", Number: true, Help: "Ordered and not allocated", Fold: ui.FoldTrail},
			{Title: "Wanted", Help: "Business day"}, {Title: "Order", Help: "Its event, and when it was ordered"}, {Title: "Allocation", Help: "Its event, and when it was allocated"},
		},
	}
	for _, l := range lines {
		wanted := ui.Muted("–")
		if l.RequestedDate != nil {
			wanted = ui.Text(l.RequestedDate.Format("2 Jan 2006"))
		}
		table.Rows = append(table.Rows, ui.Row{ID: "line-" + strconv.Itoa(l.Line), Href: chainPath(l.Item + "@" + l.DC), Cells: cells(
			ui.Text(strconv.Itoa(l.Line)), ui.Named(l.Item, l.Description), ui.Text(l.DC), ui.Text(l.Unit),
			ui.Text(known(l.Ordered)), ui.Text(known(l.Allocated)), ui.Text(known(l.Open())), wanted,
			eventCell(l.OrderSeq, l.OrderedAt), eventCell(l.AllocationSeq, l.AllocatedAt))})
	}
	return table
}

// eventCell leads to an event and says how old its fact is; at is nil where it has not come.
func eventCell(seq int64, at *time.Time) templ.Component {
	if at == nil {
		return ui.Muted("not told")
	}
	return templ.Join(ui.Link(eventPath(seq), "event "+ui.ID(seq)), ui.Text(" "), ui.Since(*at))
}

func salesBasisTable(bases []models.SalesOrderBasis) ui.Table {
	table := ui.Table{
		ID: "sales-bases", Caption: "Recommendations nearest to the allocations",
		Columns: []ui.Column{
			{Title: "Line", Number: true}, {Title: "Recommendation", Fold: ui.FoldLead}, {Title: "Item", Fold: ui.FoldGrow}, {Title: "DC"},
			{Title: "Quantity", Number: true, Fold: ui.FoldTrail}, {Title: "Unit"}, {Title: "Stock as of", Help: "Real time of the stock figure that it stands on"}, {Title: "Computed"},
			{Title: "The allocation", Help: "Whether the stock figure is from the allocation or later"},
		},
		Empty: ui.Notice{
			Title:  "No recommendation stands beside it",
			Detail: "The recommendations for the item at the DC whose stock figure is from just before the allocation, or from it or later, appear here.",
		},
	}
	for _, b := range bases {
		counted := "came after its basis"
		if b.Counted {
			counted = "is counted in its basis"
		}
		table.Rows = append(table.Rows, ui.Row{ID: "basis-" + strconv.Itoa(b.Line) + "-" + b.Recommendation, Href: chainPath(b.Recommendation), Cells: cells(
			ui.Text(strconv.Itoa(b.Line)), ui.Text(b.Recommendation), ui.Text(b.Item), ui.Text(b.DC),
			ui.Text(ui.Exact(b.Quantity)), ui.Text(b.Unit), ui.Since(b.StockAsOf), ui.Since(b.ComputedAt), ui.Text(counted))})
	}
	return table
}
