package erp

import (
	"context"
	"fmt"

	"throughline/sync/simulator/calendar"
)

const (
	promotedItems = 24
	promotedDays  = 5
	// promotedExtra orders a day come on top of the usual one of an item at a DC.
	promotedExtra = 9
)

// breakDemand schedules the orders of a promotion. They stand in the agenda, so
// a restart in the middle of it loses and repeats none.
func (e *ERP) breakDemand(ctx context.Context) (string, error) {
	var orders int
	err := e.write(ctx, func(s *session) error {
		var promotion int64
		if err := s.tx.QueryRow(ctx, "SELECT nextval('order_numbers')").Scan(&promotion); err != nil {
			return fmt.Errorf("number the promotion: %w", err)
		}
		var sales []task
		for _, item := range e.drawItems(promotedItems) {
			sales = append(sales, e.promote(s, item, fmt.Sprintf("SO-P%d", promotion))...)
		}
		orders = len(sales)
		return s.schedule(ctx, sales...)
	})
	return fmt.Sprintf("%d orders of %d articles", orders, min(promotedItems, len(e.cfg.Data.Items))), err
}

// drawItems draws n different items of the data, or all, by their index.
func (e *ERP) drawItems(n int) []int {
	all := make([]int, len(e.cfg.Data.Items))
	for i := range all {
		all[i] = i
	}
	n = min(n, len(all))
	for i := range n {
		other := i + e.cfg.Board.N(len(all)-i)
		all[i], all[other] = all[other], all[i]
	}
	return all[:n]
}

// promote makes the extra orders of an item, each of the usual size, at what is
// left of the opening hours of the coming days.
func (e *ERP) promote(s *session, item int, prefix string) []task {
	var sales []task
	today := calendar.DataDay(s.business)
	for dc, site := range e.cfg.Data.DCs {
		k := key{e.cfg.Data.Items[item].Code, site.Code}
		size := e.usualSale(item, dc, today)
		for day := range promotedDays {
			for n := range promotedExtra {
				order := fmt.Sprintf("%s-%s-%d-%d-%d", prefix, k.item, dc+1, day+1, n+1)
				at := openingTime(calendar.Day(today+day), order)
				if !at.Before(s.business) {
					sales = append(sales, task{due: at, kind: taskSell, document: order, line: 1, key: k, quantity: size})
				}
			}
		}
	}
	return sales
}

// usualSale is the mean of the days of the published history on which an item sold.
func (e *ERP) usualSale(item, dc, today int) int64 {
	sold, days := 0, 0
	for ago := 1; ago <= calendar.HistoryDays; ago++ {
		if n := e.cfg.Data.Demand(item, dc, today-ago); n > 0 {
			sold, days = sold+n, days+1
		}
	}
	return int64(max(1, sold/max(1, days)))
}

// sale is the order line that a taskSell stands for.
func (t task) sale() saleLine {
	return saleLine{at: t.due, order: t.document, line: t.line, customer: customerOf(t.document), key: t.key, pieces: t.quantity}
}
