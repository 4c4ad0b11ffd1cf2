package erp

import (
	"fmt"
	"strconv"
	"time"

	"throughline/models"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/demodata"
)

// How suppliers answer, in percent of order lines.
const (
	rejects       = 2
	confirmsShort = 6
	deliversShort = 3
)

const (
	arrivesFrom, arrivesTo = 7, 15 // hour of the day goods come in
	transitDaysMin         = 1     // between two DCs
	transitDaysMax         = 2
)

// confirm is the other side's answer to a line, the first or, when chased, a
// later one. The delivery that was planned before stays and takes whatever is
// confirmed by then.
func (e *ERP) confirm(s *session, o *order, l *orderLine, kind taskKind) []task {
	if l.shipped != nil {
		return nil // too late to change anything
	}
	l.answers++
	quantity := e.answer(o, l, kind)
	outcome := e.outcome(o, l)
	promised := o.orderedOn.Truncate(24*time.Hour).AddDate(0, 0, outcome.Promise())
	l.confirmed, l.promised = &quantity, &promised
	s.follow(models.TypeConfirmation, o, l, models.Confirmation{
		Confirmation: fmt.Sprintf("CF-%s-%d-%d", o.number, l.line, l.answers), Order: o.number, Line: l.line,
		Quantity: pieces(quantity), Unit: unit, PromisedDate: promised.Format(time.DateOnly), ConfirmedAt: s.now,
	})
	s.announceOrder(o)
	if quantity == 0 {
		s.announceTrouble(o, l, "rejected", "the supplier cannot deliver this line")
		return nil
	}
	return e.planDelivery(s, o, l, outcome)
}

// answer is the quantity a supplier agrees to.
func (e *ERP) answer(o *order, l *orderLine, kind taskKind) int64 {
	lot := chance.Percent(o.number, strconv.Itoa(l.line), "answer")
	switch {
	case kind == taskConfirmShort:
		return l.quantity / 2
	case kind == taskConfirmFull || o.kind == kindTransfer:
		return l.quantity
	case lot < rejects:
		return 0
	case lot < rejects+confirmsShort:
		share := chance.Between(50, 90, o.number, strconv.Itoa(l.line), "share")
		return max(1, l.quantity*int64(share)/100)
	}
	return l.quantity
}

// outcome is when the line will be promised and when it will arrive.
func (e *ERP) outcome(o *order, l *orderLine) demodata.Delivery {
	if o.kind == kindTransfer {
		return demodata.Delivery{Lead: chance.Between(transitDaysMin, transitDaysMax, o.number, "transit")}
	}
	return e.suppliers[o.supplier].Draw(chance.Of(o.number, strconv.Itoa(l.line), "delivery"))
}

// planDelivery schedules the shipment a day or two before the arrival and,
// for goods that will be late, the supplier's word the day before the promise.
func (e *ERP) planDelivery(s *session, o *order, l *orderLine, outcome demodata.Delivery) []task {
	transit := time.Duration(chance.Between(12, 40, o.number, "transit hours")) * time.Hour
	leaves := arrival(o, outcome).Add(-transit)
	k := key{l.item, o.dc}
	tasks := []task{{
		due: notBefore(leaves, s.business.Add(time.Hour)), kind: taskDispatch,
		document: o.number, line: l.line, key: k,
	}}
	if notice := l.promised.Add(-15 * time.Hour); outcome.Late > 0 && notice.After(s.business) && notice.Before(leaves) {
		tasks = append(tasks, task{due: notice, kind: taskDelay, document: o.number, line: l.line, key: k})
	}
	return tasks
}

func arrival(o *order, outcome demodata.Delivery) time.Time {
	hour := chance.Between(arrivesFrom, arrivesTo, o.number, "arrival")
	return o.orderedOn.Truncate(24*time.Hour).AddDate(0, 0, outcome.Lead).Add(time.Duration(hour) * time.Hour)
}

func (e *ERP) tellDelay(s *session, o *order, l *orderLine) {
	if l.shipped == nil {
		late := e.outcome(o, l).Late
		s.announceTrouble(o, l, "delay", fmt.Sprintf("delivery will be %d days late", late))
	}
}

func (s *session) announceTrouble(o *order, l *orderLine, kind, message string) {
	if o.kind == kindTransfer {
		return
	}
	s.remark(models.TypeSupplierException, o, l, models.SupplierException{
		Supplier: o.supplier, Order: o.number, Line: l.line, Kind: kind, Message: message, OccurredAt: s.now,
	})
}

// dispatch sends the line on its way: an ASN, and for a transfer the stock
// leaves the other DC.
func (e *ERP) dispatch(s *session, o *order, l *orderLine) []task {
	if l.shipped != nil || l.confirmed == nil || *l.confirmed == 0 {
		return nil
	}
	quantity := *l.confirmed
	l.shipped = &quantity
	if o.kind == kindTransfer {
		s.move(key{l.item, o.fromDC}, "transfer_out", -quantity, -quantity, o.number)
	}
	arrives := notBefore(arrival(o, e.outcome(o, l)), s.business.Add(2*time.Hour))
	s.follow(models.TypeASN, o, l, models.ASN{
		ASN: fmt.Sprintf("ASN-%s-%d", o.number, l.line), Order: o.number, Line: l.line,
		Quantity: pieces(quantity), Unit: unit, ShippedAt: s.now, ETA: arrives.Format(time.DateOnly),
	})
	s.announceOrder(o)
	return []task{{due: arrives, kind: taskReceive, document: o.number, line: l.line, key: key{l.item, o.dc}}}
}

// receive takes the line in, now and then a few pieces short.
func (e *ERP) receive(s *session, o *order, l *orderLine) {
	if l.received != nil || l.shipped == nil {
		return
	}
	quantity := *l.shipped
	kind := "transfer_in"
	if o.kind == kindPurchase {
		kind = "receipt"
		if chance.Percent(o.number, strconv.Itoa(l.line), "receipt") < deliversShort {
			quantity -= quantity / 10
		}
	}
	l.received = &quantity
	k := key{l.item, o.dc}
	s.follow(models.TypeReceipt, o, l, models.GoodsReceipt{
		Receipt: fmt.Sprintf("GR-%s-%d", o.number, l.line), Order: o.number, Line: l.line, Item: l.item, DC: o.dc,
		Quantity: pieces(quantity), Unit: unit, ReceivedAt: s.now,
	})
	s.move(k, kind, quantity, 0, o.number)
	s.announceOrder(o)
}

func notBefore(t, earliest time.Time) time.Time {
	if t.Before(earliest) {
		return earliest
	}
	return t
}
