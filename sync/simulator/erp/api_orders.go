package erp

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

func (e *ERP) getOrders(w http.ResponseWriter, r *http.Request) {
	reference := r.URL.Query().Get("reference")
	if reference == "" {
		reply(w, http.StatusBadRequest, businessRefusal{"no_reference", "say which reference"})
		return
	}
	var numbers []string
	err := e.cfg.DB.QueryRow(r.Context(),
		"SELECT coalesce(array_agg(number), '{}') FROM orders WHERE reference = $1", reference).Scan(&numbers)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	orders, err := loadOrders(r.Context(), e.cfg.DB, numbers)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	found := make([]orderSummary, 0, len(orders))
	for _, o := range orders {
		found = append(found, summary(o))
	}
	slices.SortFunc(found, func(a, b orderSummary) int { return strings.Compare(a.Number, b.Number) })
	reply(w, http.StatusOK, map[string]any{"orders": found})
}

// getOrderCount counts orders that carry a reference: those others asked for.
func (e *ERP) getOrderCount(w http.ResponseWriter, r *http.Request) {
	var count struct {
		Orders     int `json:"orders"`
		References int `json:"references"`
		Duplicates int `json:"duplicates"`
	}
	err := e.cfg.DB.QueryRow(r.Context(), `
		SELECT count(*), count(DISTINCT reference) FROM orders WHERE reference <> ''`).
		Scan(&count.Orders, &count.References)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	count.Duplicates = count.Orders - count.References
	reply(w, http.StatusOK, count)
}

// postAccept takes the supplier's quantity for the line's: a short
// confirmation becomes what was ordered. A rejected line stays as it was
// ordered; its state says that nothing will come.
func (e *ERP) postAccept(w http.ResponseWriter, r *http.Request) {
	e.changeLine(w, r, func(_ context.Context, s *session, o *order, l *orderLine) error {
		if l.confirmed == nil {
			return refuse("not_confirmed", "%s has not been confirmed yet", o.number)
		}
		if !l.rejected() {
			l.quantity = *l.confirmed
		}
		s.announceOrder(o)
		return nil
	})
}

// postChase asks the supplier once more; the answer comes within the hour.
func (e *ERP) postChase(w http.ResponseWriter, r *http.Request) {
	e.changeLine(w, r, func(ctx context.Context, s *session, o *order, l *orderLine) error {
		if l.shipped != nil {
			return refuse("already_shipped", "%s is on its way", o.number)
		}
		return s.schedule(ctx, task{
			due: s.business.Add(time.Hour), kind: taskConfirmFull,
			document: o.number, line: l.line, key: key{l.item, o.dc},
		})
	})
}

// changeLine changes the line that the request names and answers with the
// order.
func (e *ERP) changeLine(w http.ResponseWriter, r *http.Request,
	change func(context.Context, *session, *order, *orderLine) error,
) {
	var body struct {
		Line int `json:"line"`
	}
	if !decode(w, r, &body) {
		return
	}
	number := r.PathValue("number")
	var changed *order
	err := e.write(r.Context(), func(s *session) error {
		orders, err := loadOrders(r.Context(), s.tx, []string{number})
		if err != nil {
			return err
		}
		o := orders[number]
		if o == nil || o.line(body.Line) == nil {
			return nil
		}
		changed = o
		if err := change(r.Context(), s, o, o.line(body.Line)); err != nil {
			return err
		}
		return s.saveOrders(r.Context(), orders)
	})
	switch {
	case err != nil:
		e.fail(w, r, err)
	case changed == nil:
		reply(w, http.StatusNotFound, businessRefusal{"unknown_order", "there is no such order line"})
	default:
		reply(w, http.StatusOK, summary(changed))
	}
}
