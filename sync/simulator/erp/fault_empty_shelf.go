package erp

import (
	"context"
	"fmt"

	"throughline/models"
	"throughline/sync/simulator/calendar"
)

const (
	// coveredDays are longer than any supplier takes: who sells through them from
	// stock is not short before a count says so.
	coveredDays = 21
	// soldDays are those of the past in which a shelf that is to matter sold on most.
	soldDays = 14
)

// breakShelf lets a count find nothing left where much is sold, nothing is on order
// and stock would have lasted for longer than an order takes.
func (e *ERP) breakShelf(ctx context.Context) (string, error) {
	var hit key
	err := e.write(ctx, func(s *session) error {
		var err error
		if hit, err = e.coveredKey(ctx, s); err != nil {
			return err
		}
		s.move(hit, "adjustment", -s.balance(hit).available(), 0, fmt.Sprintf("CNT-%s-%s", s.business.Format("060102"), hit.item))
		return nil
	})
	return hit.subject(), err
}

// coveredKey draws an item at a DC that sells, is covered by stock alone and of
// which nothing is on order.
func (e *ERP) coveredKey(ctx context.Context, s *session) (key, error) {
	today := calendar.DataDay(s.business)
	for range 10 * len(s.base) {
		item, dc := e.cfg.Board.N(len(e.cfg.Data.Items)), e.cfg.Board.N(len(e.cfg.Data.DCs))
		k := key{e.cfg.Data.Items[item].Code, e.cfg.Data.DCs[dc].Code}
		if e.sold(item, dc, today-soldDays, today) < soldDays || s.balance(k).available() < max(1, e.sold(item, dc, today, today+coveredDays)) {
			continue
		}
		var ordered bool
		err := s.tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM order_lines l JOIN orders o USING (number)
			WHERE l.item = $1 AND o.dc = $2 AND l.received IS NULL AND l.confirmed IS DISTINCT FROM 0)`, k.item, k.dc).Scan(&ordered)
		if err != nil {
			return key{}, fmt.Errorf("look for open orders: %w", err)
		}
		if !ordered {
			return k, nil
		}
	}
	return key{}, models.Errorf(models.CodeConflict, "everything that sells is short or on order: try again when goods have come")
}

// sold is the demand of the days from one up to another.
func (e *ERP) sold(item, dc, from, until int) (pieces int64) {
	for day := from; day < until; day++ {
		pieces += int64(e.cfg.Data.Demand(item, dc, day))
	}
	return pieces
}
