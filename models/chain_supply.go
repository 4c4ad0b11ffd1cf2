package models

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// order adds an order line and what followed it.
func (a *assembly) order(o ChainOrder) {
	id := OrderNode(o.Number, o.Line)
	from := o.Supplier
	if o.Kind == "transfer" {
		from = o.FromDC
	}
	a.add(ChainNode{
		ID: id, Stage: StageOrder, Key: o.Number, Quantity: &o.Quantity, Actor: from, Detail: o.detail(),
		At: &o.OrderedAt, Day: &o.NeedBy, Seq: o.Seq,
	})
	a.fromDecision(o, id)
	confirmed := a.replies(StageConfirmation, a.rows.Confirmations, o)
	shipped := a.replies(StageASN, a.rows.ASNs, o)
	received := a.replies(StageReceipt, a.rows.Receipts, o)
	source := []parcel{{id, o.Quantity}}
	valid := inForce(confirmed, o.Quantity)
	for i, c := range confirmed {
		part := &confirmed[i].quantity
		if i < len(confirmed)-len(valid) {
			part = nil // replaced by a newer one
		}
		a.link(id, c.id, part)
	}
	if len(confirmed) > 0 {
		source = positive(valid)
	}
	a.allocate(source, shipped)
	if len(shipped) > 0 {
		source = shipped
	}
	a.allocate(source, received)
	a.missing(o, id, valid, shipped, received)
	a.words(o, id)
}

// detail is where an order stands, and whether the supplier has it.
func (o ChainOrder) detail() string {
	text := o.State
	if o.TransmittedAt != nil {
		text += ", transmitted " + Instant(*o.TransmittedAt)
	}
	if o.ResentAt != nil {
		text += ", again " + Instant(*o.ResentAt)
	}
	switch {
	case o.AcknowledgedAt != nil:
		text += ", acknowledged " + Instant(*o.AcknowledgedAt)
	case o.TransmittedAt != nil && o.State == "open":
		text += ", not acknowledged yet"
	}
	return text
}

// words adds what the supplier said of an order line beside its answers: it
// carries nothing on, so it stands at the order alone.
func (a *assembly) words(o ChainOrder, order string) {
	for i := range a.rows.Words {
		w := &a.rows.Words[i]
		if w.Number != o.Number || w.Line != 0 && w.Line != o.Line {
			continue
		}
		id := "word:" + strconv.FormatInt(w.Seq, 10) + ":" + strconv.Itoa(o.Line)
		a.add(ChainNode{
			ID: id, Stage: StageConfirmation, Key: saidBySupplier(w.Kind), Actor: o.Supplier, Detail: w.Message, At: &w.At, Seq: w.Seq,
		})
		a.link(order, id, nil)
	}
}

// saidBySupplier names a supplier's word about an order line by its kind.
func saidBySupplier(kind string) string {
	switch kind {
	case "rejected", "closed":
		return "Supplier " + kind + " it"
	}
	return "Supplier's " + kind
}

// fromDecision links an order line to the approvals that asked for it, each
// with the part of it that went here.
func (a *assembly) fromDecision(o ChainOrder, id string) {
	need := o.Quantity
	var from []ChainDecision
	for _, d := range a.rows.Decisions {
		if d.Verdict == DecisionApproved && o.serves(d.Recommendation) {
			from = append(from, d)
		}
	}
	for i, d := range from {
		left, known := a.left[d.ID]
		if !known {
			left = d.Quantity
		}
		part := decimal.Min(need, left)
		if i == len(from)-1 && need.IsPositive() {
			part = need // more than was approved is seen at the last one
		}
		if !part.IsPositive() {
			continue
		}
		a.link(DecisionNode(d.ID), id, &part)
		need, a.left[d.ID] = need.Sub(part), left.Sub(part)
	}
	if len(from) == 0 {
		a.withoutDecision(id)
	}
}

// serves tells whether an order was made for a recommendation: by its
// reference, or because the ERP put several requests into one order.
func (o ChainOrder) serves(recommendation string) bool {
	return o.Reference == OrderReference(recommendation) || slices.Contains(o.Serves, recommendation)
}

func (a *assembly) withoutDecision(id string) {
	gap := "decision:none:" + id
	a.add(ChainNode{
		ID: gap, Stage: StageDecision, Key: "No decision here", Gap: true, Ended: true,
		Reason: "The order was made in the ERP without a recommendation.",
	})
	a.link(gap, id, nil)
}

// parcel is a node with a quantity that flows on.
type parcel struct {
	id       string
	quantity decimal.Decimal
}

// inForce are the confirmations that hold: all of a phased one, else the newest.
func inForce(confirmed []parcel, ordered decimal.Decimal) []parcel {
	quantities := make([]decimal.Decimal, len(confirmed))
	for i, c := range confirmed {
		quantities[i] = c.quantity
	}
	if len(confirmed) < 2 || Phased(quantities, ordered) {
		return confirmed
	}
	return confirmed[len(confirmed)-1:]
}

func positive(parcels []parcel) []parcel {
	var some []parcel
	for _, p := range parcels {
		if p.quantity.IsPositive() {
			some = append(some, p)
		}
	}
	return some
}

func (a *assembly) replies(stage ChainStage, replies []ChainReply, o ChainOrder) []parcel {
	var parcels []parcel
	phased := a.phased(replies, o)
	for i := range replies {
		r := &replies[i]
		if r.Number != o.Number || r.Line != o.Line {
			continue
		}
		id := string(stage) + ":" + r.ID + ":" + strconv.Itoa(r.Line)
		detail := ""
		if stage == StageConfirmation && !phased && r.Quantity.LessThan(o.Quantity) {
			detail = fmt.Sprintf("%s short of the order", o.Quantity.Sub(r.Quantity))
		}
		a.add(ChainNode{
			ID: id, Stage: stage, Key: r.ID, Quantity: &r.Quantity, Actor: o.Supplier, Detail: detail, At: &r.At, Day: r.Day, Seq: r.Seq,
		})
		parcels = append(parcels, parcel{id, r.Quantity})
	}
	return parcels
}

// phased tells that the replies to a line come in parts, so that none is short by itself.
func (a *assembly) phased(replies []ChainReply, o ChainOrder) bool {
	var quantities []decimal.Decimal
	for _, r := range replies {
		if r.Number == o.Number && r.Line == o.Line {
			quantities = append(quantities, r.Quantity)
		}
	}
	return Phased(quantities, o.Quantity)
}

// allocate links two stages first come, first served: a parcel that goes two
// ways is split, and two that end in one merge. What finds no source is linked
// to the last one, so that nothing hangs in the air.
func (a *assembly) allocate(from, to []parcel) {
	if len(from) == 0 {
		return
	}
	i, left := 0, from[0].quantity
	for _, t := range to {
		need := t.quantity
		for need.IsPositive() {
			for !left.IsPositive() && i < len(from)-1 {
				i++
				left = from[i].quantity
			}
			part := decimal.Min(need, left)
			if !part.IsPositive() {
				part = need
			}
			a.link(from[i].id, t.id, &part)
			need, left = need.Sub(part), left.Sub(part)
		}
	}
}

// missing adds the gap of the first thing that an open order still waits for.
func (a *assembly) missing(o ChainOrder, id string, confirmed, shipped, received []parcel) {
	due := o.NeedBy.Format("2 Jan")
	switch {
	case o.State == "cancelled":
		a.gap(StageReceipt, id, "Cancelled", "The order was cancelled in the ERP.", true)
	case len(received) > 0 && total(received).GreaterThanOrEqual(o.Quantity), o.State == "received":
	case len(confirmed) == 0 && len(shipped) == 0 && len(received) == 0 && o.Kind == "purchase":
		a.gap(StageConfirmation, id, "Not confirmed", fmt.Sprintf("%s has not answered, %s after the order.", o.Supplier, a.since(o.OrderedAt)), false)
	case len(confirmed) > 0 && !total(confirmed).IsPositive():
		a.gap(StageASN, confirmed[len(confirmed)-1].id, "Rejected", o.Supplier+" will not deliver.", true)
	case len(shipped) == 0 && len(received) == 0:
		a.gap(StageASN, last(confirmed, id), "Not shipped", "Nothing is announced yet; needed by "+due+".", false)
	case len(received) == 0:
		a.gap(StageReceipt, last(shipped, id), "Not received", "On its way; needed by "+due+".", false)
	default:
		a.gap(StageReceipt, last(received, id), "Rest not received",
			fmt.Sprintf("%s of %s are still to come.", o.Quantity.Sub(total(received)), o.Quantity), false)
	}
}

func total(parcels []parcel) decimal.Decimal {
	sum := decimal.Zero
	for _, p := range parcels {
		sum = sum.Add(p.quantity)
	}
	return sum
}

func last(parcels []parcel, otherwise string) string {
	if len(parcels) == 0 {
		return otherwise
	}
	return parcels[len(parcels)-1].id
}
