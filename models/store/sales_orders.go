package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// salesOrderBehind is the sales order for which a stock movement m was made: the
// one that its document names or, of a balance that was stated anew, the one to
// which as much was allocated at the same moment.
const salesOrderBehind = `coalesce(
	(SELECT s.sales_order FROM sales_order_lines s WHERE s.sales_order = m.document LIMIT 1),
	(SELECT a.sales_order FROM allocations a WHERE m.kind = 'balance' AND a.item = m.item AND a.dc = m.dc
		AND a.occurred_at = m.occurred_at AND a.quantity = m.allocated_delta AND a.quantity > 0 LIMIT 1), '')`

// basesBeside is how many recommendations are told of on each side of an allocation.
const basesBeside = 3

// SalesOrder reads a sales order; CodeNotFound when nothing was told of its number.
func (c *Chains) SalesOrder(ctx context.Context, number string) (models.SalesOrderDetail, error) {
	order := models.SalesOrderDetail{Number: number}
	db := c.db.Gorm.WithContext(ctx)
	err := db.Raw(`
		SELECT k.*, i.description
		FROM (
			SELECT line, coalesce(l.item, a.item) AS item, coalesce(l.dc, a.dc) AS dc, coalesce(l.unit, a.unit) AS unit,
				l.quantity AS ordered, a.quantity AS allocated, l.requested_date, coalesce(l.seq, 0) AS order_seq, l.occurred_at AS ordered_at,
				coalesce(a.seq, 0) AS allocation_seq, a.occurred_at AS allocated_at
			FROM (SELECT * FROM sales_order_lines WHERE sales_order = @number) l
			FULL JOIN (SELECT * FROM allocations WHERE sales_order = @number) a USING (line)
		) k LEFT JOIN items i USING (item) ORDER BY line`, binds{"number": number}).Scan(&order.Lines).Error
	if err != nil {
		return order, fmt.Errorf("read the sales order %s: %w", number, err)
	}
	if len(order.Lines) == 0 {
		return order, models.Errorf(models.CodeNotFound, "There is no sales order %q.", number)
	}
	const beside = `
		SELECT r.recommendation, r.quantity, r.unit, r.computed_at, r.stock_as_of FROM recommendations r
		WHERE r.item = a.item AND r.dc = a.dc AND r.stock_as_of `
	err = db.Raw(`
		SELECT a.line, a.item, a.dc, r.*, r.stock_as_of >= a.occurred_at AS counted
		FROM allocations a CROSS JOIN LATERAL (
			(`+beside+`< a.occurred_at ORDER BY r.computed_at DESC LIMIT @n) UNION ALL (`+beside+`>= a.occurred_at ORDER BY r.computed_at LIMIT @n)) r
		WHERE a.sales_order = @number AND a.quantity > 0 ORDER BY a.line, r.computed_at`, binds{"number": number, "n": basesBeside}).Scan(&order.Bases).Error
	if err != nil {
		return order, fmt.Errorf("read the recommendations beside the sales order %s: %w", number, err)
	}
	return order, nil
}
