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
		ID: id, Stage: StageOrder, Key: o.Number, Quantity: &o.Quantity, Actor: from, Detail: o.State,
		At: &o.OrderedAt, Day: &o.NeedBy, Seq: o.Seq,
	})
	a.fromDecision(o, id)
	confirmed := a.replies(StageConfirmation, a.rows.Confirmations, o)
	shipped := a.replies(StageASN, a.rows.ASNs, o)
	received := a.replies(StageReceipt, a.rows.Receipts, o)
	source := []parcel{{id, o.Quantity}}
	for _, c := range confirmed {
		a.link(id, c.id, &c.quantity)
	}
	if len(confirmed) > 0 {
		source = positive(confirmed)
	}
	a.allocate(source, shipped)
	if len(shipped) > 0 {
		source = shipped
	}
	a.allocate(source, received)
	a.missing(o, id, confirmed, shipped, received)
}

// fromDecision links an order to the approval that asked for it.
func (a *assembly) fromDecision(o ChainOrder, id string) {
	for _, d := range slices.Backward(a.rows.Decisions) {
		if d.Verdict == DecisionApproved && o.Reference == OrderReference(d.Recommendation) {
			a.link(DecisionNode(d.ID), id, nil)
			return
		}
	}
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
	for i := range replies {
		r := &replies[i]
		if r.Number != o.Number || r.Line != o.Line {
			continue
		}
		id := string(stage) + ":" + r.ID + ":" + strconv.Itoa(r.Line)
		detail := ""
		if stage == StageConfirmation && r.Quantity.LessThan(o.Quantity) {
			detail = fmt.Sprintf("%s short of the order", o.Quantity.Sub(r.Quantity))
		}
		a.add(ChainNode{
			ID: id, Stage: stage, Key: r.ID, Quantity: &r.Quantity, Actor: o.Supplier, Detail: detail, At: &r.At, Day: r.Day, Seq: r.Seq,
		})
		parcels = append(parcels, parcel{id, r.Quantity})
	}
	return parcels
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
