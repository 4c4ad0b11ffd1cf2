package handlers

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// deliveryList is a page of the attempts at a subscriber, as the address asks for them.
func (h *Routes) deliveryList(c echo.Context, name string) (pages.BoardList, error) {
	arranged, show := readArrangement(c), c.QueryParam("show")
	query := models.DeliveryQuery{Subscription: name, Failed: show == "failed", By: arranged.sorting(), After: c.QueryParam("after"), Limit: deliveriesRows}
	page, err := h.Read.Deliveries(c.Request().Context(), query)
	if err != nil {
		return pages.BoardList{}, err
	}
	list := pages.BoardList{Title: "Deliveries", Tabs: deliveryTabs(name, arranged.sort, query.Failed), Table: deliveryTable(page.Rows)}
	arranged.arrange(c, &list.Table)
	if sorted := list.Table.SortedBy(); sorted != "" && sorted != "when" {
		list.Note = "of the newest " + ui.Count(models.RecentDeliveries)
	}
	if page.Next != "" || query.After != "" {
		list.Table.Pager = &ui.Pager{Shown: counted(int64(len(page.Rows)), "row") + " on this page"}
	}
	if page.Next != "" {
		list.Table.Pager.NextHref = addressOf(routeHref(name), "show", show, "sort", arranged.sort, "after", page.Next)
	}
	return list, nil
}

func deliveryTabs(name, sort string, failed bool) []ui.Tab {
	return []ui.Tab{
		{Title: "All", Href: addressOf(routeHref(name), "sort", sort), Current: !failed},
		{Title: "Failed", Href: addressOf(routeHref(name), "show", "failed", "sort", sort), Current: failed},
	}
}

func deliveryTable(deliveries []models.DeliveryAttempt) ui.Table {
	table := ui.Table{
		ID: "deliveries", Caption: "Deliveries",
		Columns: []ui.Column{
			{Title: "When", Name: "when", Sortable: true, Fold: ui.FoldLead}, {Title: "Outcome", Name: "outcome", Sortable: true, Fold: ui.FoldGrow},
			{Title: "Events", Name: "events", Sortable: true, Number: true}, {Title: "Attempt", Name: "attempt", Sortable: true, Number: true},
			{Title: "Took", Name: "took", Sortable: true, Number: true, Fold: ui.FoldTrail}, {Title: "Answer", Name: "answer", Sortable: true, Number: true, Help: "The status of HTTP"},
			{Title: "Message", Fold: ui.FoldHide},
		},
		Empty: ui.Notice{Title: "No delivery", Detail: "Each call to the subscriber appears here with its outcome."},
	}
	for _, d := range deliveries {
		outcome, answer := ui.HealthBadge(ui.HealthGood, d.Outcome), ui.Muted("–")
		switch {
		case d.Failed() && d.Class != models.ClassPermanent:
			outcome = ui.HealthBadge(ui.HealthLate, d.Error)
		case d.Failed():
			outcome = ui.HealthBadge(ui.HealthFailing, d.Error)
		}
		if d.Status != 0 {
			answer = ui.Text(strconv.Itoa(d.Status))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "delivery-" + ui.ID(d.ID), Href: "/deliveries/" + ui.ID(d.ID),
			Cells: cells(ui.Since(d.StartedAt), outcome, ui.Text(ui.Count(d.Events)), ui.Text(strconv.Itoa(d.Attempt)),
				ui.Text(ui.Took(d.EndedAt.Sub(d.StartedAt))), answer, ui.Muted(d.MessageID)),
		})
	}
	return table
}
