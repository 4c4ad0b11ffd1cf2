package erp

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
)

const (
	kindPurchase = "purchase"
	kindTransfer = "transfer"
)

// order is a purchase or transfer order. version grows with each change that
// is announced.
type order struct {
	number, kind, reference string
	supplier, fromDC, dc    string
	currency                string
	orderedAt               time.Time  // real
	orderedOn               time.Time  // business
	transmitted             *time.Time // real: when it was sent to the supplier last
	acknowledged            *time.Time // real: when the supplier's system said that it has it
	version                 int64
	changedAt               time.Time          // real: when it was announced last
	trace                   models.TraceParent // in which it was asked for, or that began with it
	lines                   []*orderLine
}

// orderLine is in pieces; what has not happened yet is nil.
type orderLine struct {
	line                         int
	item                         string
	quantity                     int64
	unitPrice                    decimal.Decimal
	needBy                       time.Time
	answers                      int
	confirmed, shipped, received *int64
	promised                     *time.Time
	told                         string // id of the event that told of it last, in an earlier write
	announced                    int    // place of the newest message about it in this write, from 1; 0 for none
}

// cause is the trace and case in which an order's events stand.
func (o *order) cause() outbox.Cause {
	return outbox.Cause{TraceParent: o.trace, Correlation: cmp.Or(o.reference, o.number)}
}

func (o *order) line(number int) *orderLine {
	i := slices.IndexFunc(o.lines, func(l *orderLine) bool { return l.line == number })
	if i < 0 {
		return nil
	}
	return o.lines[i]
}

func (l *orderLine) rejected() bool { return l.confirmed != nil && *l.confirmed == 0 }

// state is how far the slowest line has come; rejected lines do not count.
func (o *order) state() string {
	state := "cancelled"
	for _, next := range []struct {
		name    string
		reached func(*orderLine) bool
	}{
		{"received", func(l *orderLine) bool { return l.received != nil }},
		{"shipped", func(l *orderLine) bool { return l.shipped != nil }},
		{"confirmed", func(l *orderLine) bool { return l.confirmed != nil }},
		{"open", func(*orderLine) bool { return true }},
	} {
		lines, all := 0, true
		for _, l := range o.lines {
			if !l.rejected() {
				lines++
				all = all && next.reached(l)
			}
		}
		if lines == 0 {
			return state
		}
		if all {
			return next.name
		}
	}
	return state
}

// announceOrder says what the order is now.
func (s *session) announceOrder(o *order) {
	o.version++
	o.changedAt = s.now
	kind := models.TypePurchaseOrder
	if o.kind == kindTransfer {
		kind = models.TypeTransferOrder
	}
	s.announce(kind, o.number, o.key(), o.fact())
	m := &s.messages[len(s.messages)-1]
	m.Cause = o.cause()
	if o.version == 1 {
		m.Cause.Causation = o.reference // of the call that asked for it
	}
	for _, l := range o.lines {
		switch {
		case o.version == 1:
			s.tell(o, l)
		case l.announced > m.After:
			m.After = l.announced
		}
	}
}

// fact is what the order is now.
func (o *order) fact() models.OrderChanged {
	lines := make([]models.OrderLine, len(o.lines))
	for i, l := range o.lines {
		lines[i] = models.OrderLine{
			Line: l.line, Item: l.item, Quantity: pieces(l.quantity), Unit: unit,
			UnitPrice: l.unitPrice, NeedBy: l.needBy.Format(time.DateOnly),
		}
	}
	return models.OrderChanged{
		Order: o.number, Reference: o.reference, Supplier: o.supplier, FromDC: o.fromDC, DC: o.dc,
		State: o.state(), Currency: o.currency, OrderedAt: o.orderedAt.UTC(), Lines: lines, Version: o.version,
		TransmittedAt: utc(o.transmitted), AcknowledgedAt: utc(o.acknowledged),
	}
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	in := at.UTC()
	return &in
}

// key names the order's DC and, when it has one line, its item.
func (o *order) key() key {
	if len(o.lines) == 1 {
		return key{o.lines[0].item, o.dc}
	}
	return key{dc: o.dc}
}

func loadOrders(ctx context.Context, db simdb.Querier, numbers []string) (map[string]*order, error) {
	orders := make(map[string]*order)
	if len(numbers) == 0 {
		return orders, nil
	}
	rows, err := db.Query(ctx, `
		SELECT o.number, kind, reference, supplier, from_dc, dc, currency, ordered_at, ordered_on, version, changed_at, transmitted_at, acknowledged_at, trace_parent,
			line, item, quantity, unit_price::text, need_by, answers, confirmed, promised, shipped, received, told
		FROM orders o JOIN order_lines l ON l.number = o.number
		WHERE o.number = ANY($1) ORDER BY o.number, line`, numbers)
	if err != nil {
		return nil, fmt.Errorf("load orders: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		o, l, err := scanOrderLine(rows)
		if err != nil {
			return nil, fmt.Errorf("load orders: %w", err)
		}
		if orders[o.number] == nil {
			orders[o.number] = o
		}
		orders[o.number].lines = append(orders[o.number].lines, l)
	}
	return orders, rows.Err()
}

func scanOrderLine(rows pgx.Rows) (*order, *orderLine, error) {
	var (
		o     order
		l     orderLine
		price string
	)
	err := rows.Scan(&o.number, &o.kind, &o.reference, &o.supplier, &o.fromDC, &o.dc, &o.currency,
		&o.orderedAt, &o.orderedOn, &o.version, &o.changedAt, &o.transmitted, &o.acknowledged, &o.trace, &l.line, &l.item, &l.quantity, &price, &l.needBy,
		&l.answers, &l.confirmed, &l.promised, &l.shipped, &l.received, &l.told)
	if err != nil {
		return nil, nil, err
	}
	l.unitPrice, err = decimal.NewFromString(price)
	return &o, &l, err
}

// saveOrders writes orders and their lines, new or changed.
func (s *session) saveOrders(ctx context.Context, orders map[string]*order) error {
	batch := &pgx.Batch{}
	for _, number := range slices.Sorted(maps.Keys(orders)) {
		queueOrder(batch, orders[number])
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := s.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save orders: %w", err)
	}
	return nil
}

func queueOrder(batch *pgx.Batch, o *order) {
	batch.Queue(`
		INSERT INTO orders (number, kind, reference, supplier, from_dc, dc, currency, ordered_at, ordered_on, version, transmitted_at, acknowledged_at, trace_parent, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT (number) DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, transmitted_at = excluded.transmitted_at, acknowledged_at = excluded.acknowledged_at`,
		o.number, o.kind, o.reference, o.supplier, o.fromDC, o.dc, o.currency, o.orderedAt, o.orderedOn, o.version, o.transmitted, o.acknowledged, string(o.trace), o.changedAt)
	for _, l := range o.lines {
		batch.Queue(`
			INSERT INTO order_lines (number, line, item, quantity, unit_price, need_by, answers, confirmed, promised, shipped, received)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (number, line) DO UPDATE SET quantity = excluded.quantity, answers = excluded.answers,
				confirmed = excluded.confirmed, promised = excluded.promised,
				shipped = excluded.shipped, received = excluded.received`,
			o.number, l.line, l.item, l.quantity, l.unitPrice.String(), l.needBy, l.answers,
			l.confirmed, l.promised, l.shipped, l.received)
	}
}
