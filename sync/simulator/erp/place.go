package erp

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"throughline/models"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/outbox"
)

const maxReference = 64

// businessRefusal is a reason why the ERP will not take an order; code is for
// programs, message for people.
type businessRefusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *businessRefusal) Error() string { return r.Code + ": " + r.Message }

func refuse(code, format string, args ...any) error {
	return &businessRefusal{Code: code, Message: fmt.Sprintf(format, args...)}
}

// check refuses what makes no sense whatever the stock is.
func (e *ERP) check(r models.OrderRequest) error {
	if _, ok := e.dcs[r.DC]; !ok {
		return refuse("unknown_dc", "there is no DC %q", r.DC)
	}
	if _, ok := e.suppliers[r.Supplier]; r.Kind == kindPurchase && !ok {
		return refuse("unknown_supplier", "there is no supplier %q", r.Supplier)
	}
	if _, ok := e.dcs[r.FromDC]; r.Kind == kindTransfer && (!ok || r.FromDC == r.DC) {
		return refuse("unknown_dc", "goods cannot be moved from %q to %q", r.FromDC, r.DC)
	}
	if len(r.Reference) > maxReference {
		return refuse("invalid_reference", "a reference has at most %d characters", maxReference)
	}
	if len(r.Lines) == 0 {
		return refuse("no_lines", "an order needs at least one line")
	}
	seen := make(map[int]bool)
	for _, l := range r.Lines {
		if err := e.checkLine(r, l); err != nil {
			return err
		}
		if seen[l.Line] {
			return refuse("invalid_line", "line %d comes twice", l.Line)
		}
		seen[l.Line] = true
	}
	return nil
}

func (e *ERP) checkLine(r models.OrderRequest, l models.OrderRequestLine) error {
	item, ok := e.items[l.Item]
	switch {
	case !ok:
		return refuse("unknown_item", "there is no item %q", l.Item)
	case r.Kind == kindPurchase && item.Supplier != r.Supplier:
		return refuse("wrong_supplier", "%s is delivered by %s, not by %s", l.Item, item.Supplier, r.Supplier)
	case l.Line < 1:
		return refuse("invalid_line", "lines are numbered from 1")
	case l.Unit != unit:
		return refuse("unknown_unit", "%s is kept in %s, not in %q", l.Item, unit, l.Unit)
	case !l.Quantity.IsPositive() || !l.Quantity.IsInteger():
		return refuse("invalid_quantity", "%s of %s cannot be ordered", l.Quantity, l.Item)
	case l.UnitPrice.IsNegative():
		return refuse("invalid_price", "a price of %s makes no sense", l.UnitPrice)
	}
	if _, err := time.Parse(time.DateOnly, l.NeedBy); err != nil {
		return refuse("invalid_date", "need_by %q is no day", l.NeedBy)
	}
	return nil
}

// place takes an order. When the reference is known and must be unique it
// returns the order that has it, with created false. trace is that of the request.
func (e *ERP) place(ctx context.Context, r models.OrderRequest, trace models.TraceParent) (placed *order, created bool, err error) {
	r.Reference = strings.TrimSpace(r.Reference)
	if err := e.check(r); err != nil {
		return nil, false, err
	}
	err = e.write(ctx, func(s *session) error {
		s.trace = trace
		if e.unique && r.Reference != "" {
			placed, err = orderWithReference(ctx, s, r.Reference)
			if err != nil || placed != nil {
				return err
			}
		}
		if err := e.refuseBlocked(r.Reference, r.Lines[0].Item); err != nil {
			return err
		}
		placed, err = e.take(ctx, s, r, s.business, taskConfirm)
		created = err == nil
		return err
	})
	e.struckRefusal(ctx, err, r.Reference)
	return placed, created, err
}

func orderWithReference(ctx context.Context, s *session, reference string) (*order, error) {
	var number string
	err := s.tx.QueryRow(ctx, "SELECT coalesce(min(number), '') FROM orders WHERE reference = $1", reference).Scan(&number)
	if err != nil || number == "" {
		return nil, err
	}
	orders, err := loadOrders(ctx, s.tx, []string{number})
	return orders[number], err
}

// take writes the order, reserves the stock of a transfer and lets the other
// side answer after some hours. A supplier's system acknowledges it within minutes.
func (e *ERP) take(ctx context.Context, s *session, r models.OrderRequest, orderedOn time.Time, answer taskKind) (*order, error) {
	var sequence int64
	if err := s.tx.QueryRow(ctx, "SELECT nextval('order_numbers')").Scan(&sequence); err != nil {
		return nil, err
	}
	o := newOrder(r, sequence)
	o.orderedAt, o.orderedOn = s.now, orderedOn
	o.trace = cmp.Or(s.trace, outbox.BeginTrace(Source, o.number))
	var tasks []task
	for _, l := range o.lines {
		if o.kind == kindTransfer {
			from := key{l.item, o.fromDC}
			if free := s.balance(from).available(); free < l.quantity {
				return nil, refuse("insufficient_stock", "%s has %d of %s to give, not %d", o.fromDC, free, l.item, l.quantity)
			}
			s.move(from, "allocation", 0, l.quantity, o.number)
		}
		tasks = append(tasks, task{
			due: orderedOn.Add(time.Duration(chance.Between(1, 6, o.number, "answer time")) * time.Hour), kind: answer,
			document: o.number, line: l.line, key: key{l.item, o.dc},
		})
	}
	if o.kind == kindPurchase {
		o.transmitted = &s.now
		if s.first {
			o.acknowledged = &s.now // nobody waits for what was transmitted days before
		} else {
			tasks = append(tasks, acknowledgement(o, orderedOn))
		}
	}
	s.announceOrder(o)
	if err := s.saveOrders(ctx, map[string]*order{o.number: o}); err != nil {
		return nil, err
	}
	return o, s.schedule(ctx, tasks...)
}

// acknowledgement of an order that is transmitted at a business time.
func acknowledgement(o *order, transmitted time.Time) task {
	minutes := chance.Between(5, 20, o.number, "acknowledgement")
	return task{due: transmitted.Add(time.Duration(minutes) * time.Minute), kind: taskAcknowledge, document: o.number, key: o.key()}
}

func newOrder(r models.OrderRequest, sequence int64) *order {
	prefix := "PO-"
	if r.Kind == kindTransfer {
		prefix = "TO-"
	}
	o := &order{
		number: fmt.Sprintf("%s%d", prefix, sequence), kind: r.Kind, reference: r.Reference,
		dc: r.DC, currency: r.Currency,
	}
	if r.Kind == kindTransfer {
		o.fromDC = r.FromDC
	} else {
		o.supplier = r.Supplier
	}
	for _, l := range r.Lines {
		needBy, _ := time.Parse(time.DateOnly, l.NeedBy) // checked before
		o.lines = append(o.lines, &orderLine{
			line: l.Line, item: l.Item, quantity: l.Quantity.IntPart(), unitPrice: l.UnitPrice, needBy: needBy,
		})
	}
	return o
}
