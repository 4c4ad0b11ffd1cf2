package models

import (
	"strings"

	"github.com/shopspring/decimal"
)

// ManualWorkKind is something that people do by hand, with the minutes of a
// person that it is reckoned to take. Nobody measures these: between opening a
// page and a click lies other work, and coffee.
type ManualWorkKind struct {
	Kind    string // as the audit trail calls the action
	Name    string
	Minutes int64
}

// WorkChangedQuantity is an approval with another quantity than was
// recommended, which the audit trail tells by what stood before and after.
const WorkChangedQuantity = "proposal.changed"

// ManualWorkKinds lists what is known to be done by hand.
func ManualWorkKinds() []ManualWorkKind {
	return []ManualWorkKind{
		{"proposal.approved", "Approve as recommended", 2},
		{"proposal.first_approval", "Approve as the first of two", 2},
		{WorkChangedQuantity, "Approve another quantity", 6},
		{"proposal.rejected", "Reject a recommendation", 5},
		{"proposal.recompute", "Have it computed again", 2},
		{"proposal.ask", "Ask about a recommendation", 4},
		{"proposal.answer", "Answer a question", 5},
		{"replenishment.evaluate", "Have an item evaluated", 2},
		{"event.retry", "Retry an event", 3},
		{"event.edit", "Edit and replay an event", 15},
		{"event.discard", "Discard an event", 5},
		{"event.hold", "Hold an event", 3},
		{"event.release", "Release an event", 2},
		{"bulk.draft", "Plan a bulk action", 10},
		{"bulk.canary", "Start a bulk action", 3},
		{"bulk.cancelled", "End a bulk action", 3},
		{"erp_write.resubmit", "Resubmit an order to the ERP", 5},
		{"erp_write.discard", "Give an order up", 8},
		{"reconcile.ask", "Have a source compared", 1},
		{"reconcile.sign", "Sign a comparison off", 10},
		{"exception.reread", "Read stock again from its owner", 3},
		{"stock.reread", "Read a position again from its owner", 1},
		{"drift.reread", "Read a difference again from its owner", 1},
		{"exception.acknowledge", "Acknowledge an exception", 1},
		{"exception.assign", "Assign an exception", 2},
		{"exception.route", "Hand an exception on", 3},
		{"exception.start", "Begin work on an exception", 1},
		{"exception.wait", "Have an exception wait", 2},
		{"exception.shelve", "Shelve an exception", 2},
		{"exception.unshelve", "Take an exception off its shelf", 1},
		{"exception.reconcile", "Have a source compared for an exception", 1},
		{"exception.evaluate", "Have an item evaluated for an exception", 2},
		{"kind.shelve", "Shelve a kind of exceptions", 5},
		{"kind.take_back", "Take a kind off its shelf", 2},
		{"triage.acknowledge", "Acknowledge many exceptions", 3},
		{"triage.assign", "Assign many exceptions", 4},
		{"triage.shelve", "Shelve many exceptions", 4},
		{"exception.resolve", "Resolve an exception", 10},
		{"exception.chase", "Chase a supplier", 6},
		{"exception.accept", "Accept a confirmation", 4},
		{"supplier_notice.see", "Read a supplier's notice", 2},
		{"flow.pause", "Pause a system or lane", 5},
		{"flow.plan_pause", "Plan a pause", 5},
		{"flow.cancel_pause", "Cancel a planned pause", 2},
		{"flow.resume", "Resume a system or lane", 3},
		{"fallback.lift", "Lift a fallback", 5},
		{"fallback.restore", "Put a fallback in force again", 3},
		{"route.pause", "Pause a route", 3},
		{"route.resume", "Resume a route", 3},
		{"route.rotate_secret", "Rotate a route's secret", 10},
		{"route.retry", "Retry a route", 2},
		{"route.skip", "Skip a message", 8},
		{"route.deliver", "Deliver a refused event again", 5},
		{"route.discard", "Discard a refused event", 5},
		{"route.rewind", "Move a route back", 15},
	}
}

// NotManualWork lists what the audit trail tells of and nobody counts as work: the
// care for accounts, keys, configuration and views, ticks of a runbook, what was
// taken back at once, what the tower does by itself, and the turns of a bulk action
// that follow from its plan, which carry the name of who planned it. One that ends
// in a dot means all verbs of its noun.
func NotManualWork() []string {
	return []string{
		"user.", "key.", "owner.", "configuration.", "view.",
		"exception.undo", "triage.undo", "exception.step_done", "exception.step_undone", "event.test",
		"order.transmit", "total.replay", "restore.orders", "bulk.waiting", "bulk.running", "bulk.stopped", "bulk.done",
	}
}

// ManualWorkOf is the kind of that name; one that nobody declared carries its
// own name and no minutes.
func ManualWorkOf(kind string) ManualWorkKind {
	for _, k := range ManualWorkKinds() {
		if k.Kind == kind {
			return k
		}
	}
	return ManualWorkKind{Kind: kind, Name: strings.ReplaceAll(strings.ReplaceAll(kind, ".", ": "), "_", " ")}
}

// ManualWorkFilter asks for what was done by hand in a period; empty parts do
// not filter.
type ManualWorkFilter struct {
	Period Period
	Role   Role
	DC     string
}

// ManualWork is how often something of a kind was done by accounts of a role.
// What was done again is avoidable: within 30 days the same was done before
// about the same thing, or its exception stood for the same cause before.
type ManualWork struct {
	ManualWorkKind
	Role      Role // empty for the command line and for accounts that are gone
	Count     int64
	Avoidable int64
}

// PersonMinutes are reckoned by the minutes declared for the kind.
func (m ManualWork) PersonMinutes() int64 { return m.Count * m.Minutes }

// ManualWorkReport is all of a period. DCs say where the work was about, the
// most first; what is about no DC stands under the empty name.
type ManualWorkReport struct {
	Rows   []ManualWork // by kind and role, the most minutes first
	DCs    []ManualWorkAt
	Orders int64 // that were made in the period
}

// ManualWorkAt is how often people acted on something of a DC.
type ManualWorkAt struct {
	DC        string
	Count     int64
	Avoidable int64
}

// PerThousandOrders relates a count to the orders of the period; false while there are none.
func (r ManualWorkReport) PerThousandOrders(count int64) (decimal.Decimal, bool) {
	if r.Orders == 0 {
		return decimal.Zero, false
	}
	return decimal.NewFromInt(1000 * count).Div(decimal.NewFromInt(r.Orders)), true
}
