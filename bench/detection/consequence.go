package main

import (
	"slices"
	"time"

	"throughline/models"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

// consequence is a kind that another fault's effect may truly raise. It is
// neither a finding nor a false alarm.
type consequence struct {
	fault  string
	code   models.ExceptionCode
	source string        // only of this source, empty for all
	sameDC bool          // only at the DC that was hit
	ofKey  bool          // only of the item at the DC that was hit
	lasts  time.Duration // after the fault's end; aftereffect when 0
	why    string
}

func consequences() []consequence {
	return []consequence{
		{fault.ERPDown, models.ExceptionSourceSilent, "", false, false, 0, "with no news from the ERP replenishment has nothing to evaluate"},
		{fault.ERPDown, models.ExceptionTargetDown, "erp", false, false, 0, "approved orders cannot be placed"},
		{fault.ERPDown, models.ExceptionUnacknowledged, "", false, false, 0, "acknowledgements wait in the ERP"},
		{fault.ERPDown, models.ExceptionUnconfirmed, "", false, false, 0, "the answers of suppliers wait in the ERP"},
		{fault.ERPDown, models.ExceptionLateInbound, "", false, false, 0, "receipts wait in the ERP"},
		{fault.ERPDown, models.ExceptionNoInfluence, "", false, false, 0, "revisions of an item are not evaluated without its stock"},
		{fault.ERPDown, models.ExceptionStaleBasis, "", false, false, 0, "the forecast expected sales of which the ERP does not tell meanwhile"},
		{fault.ERPDown, models.ExceptionStuckDrift, "", false, false, comparedAgain, "what has arrived meanwhile is not compared"},
		{fault.ERPDown, models.ExceptionNotOrdered, "", false, false, nextTry, "approved orders wait for the ERP, for their next try and behind each other"},
		{heldTable, models.ExceptionSourceSilent, "", false, false, 0, "what the systems send does not take effect"},
		{heldTable, models.ExceptionUnacknowledged, "", false, false, 0, "acknowledgements do not take effect"},
		{heldTable, models.ExceptionUnconfirmed, "", false, false, 0, "the answers of suppliers do not take effect"},
		{heldTable, models.ExceptionLateInbound, "", false, false, 0, "receipts do not take effect"},
		{heldTable, models.ExceptionNoInfluence, "", false, false, 0, "evaluations do not take effect"},
		{heldTable, models.ExceptionStaleBasis, "", false, false, 0, "the forecast expected sales that do not take effect"},
		{heldTable, models.ExceptionNotOrdered, "", false, false, nextTry, "the ERP's orders do not take effect"},
		{heldTable, models.ExceptionStuckDrift, "", false, false, comparedAgain, "what has arrived meanwhile is not compared"},
		{fault.SilentDC, models.ExceptionUnacknowledged, "", true, false, 0, "acknowledgements of orders for the DC are held back"},
		{fault.SilentDC, models.ExceptionUnconfirmed, "", true, false, 0, "the answers of suppliers for the DC are held back"},
		{fault.SilentDC, models.ExceptionLateInbound, "", true, false, 0, "receipts at the DC are held back"},
		{fault.SilentDC, models.ExceptionStaleBasis, "", true, false, 0, "the forecast expected sales that are held back"},
		{fault.RefusedDeliveries, models.ExceptionNoInfluence, "", false, false, drained, "revisions do not reach replenishment"},
		{fault.RefusedDeliveries, models.ExceptionNotOrdered, "", false, false, drained, "transfers are proposed from stock of before, which the ERP has no more"},
		{fault.RefusedDeliveries, models.ExceptionSourceSilent, "replenishment", false, false, drained, "it evaluates only what reaches it"},
		{fault.BusyTarget, models.ExceptionNoInfluence, "", false, false, drained, "revisions do not reach replenishment"},
		{fault.BusyTarget, models.ExceptionNotOrdered, "", false, false, drained, "transfers are proposed from stock of before, which the ERP has no more"},
		{fault.BusyTarget, models.ExceptionSourceSilent, "replenishment", false, false, drained, "it evaluates only what reaches it"},
		{fault.BusyTarget, models.ExceptionStuckDrift, "replenishment", false, false, drained, "what took effect is not delivered to it"},
		{fault.LostBalance, models.ExceptionIncomplete, "erp", false, false, readAgain, "the ERP's total counts the balance until it is read again"},
		{fault.NegativeStock, models.ExceptionDrift, "", false, false, nextRun, "stock with a wrong sign differs from the ERP's until it is told right"},
		{fault.UsedVersion, models.ExceptionDrift, "", false, true, erp.SetAsideFor, "changes that came after it show that its own never took effect, until the balance is read again"},
		{fault.OutOfOrderBurst, models.ExceptionOvertaken, "", false, false, 0, "bursts in five minutes of fifteen are a source that does not keep its order"},
		{fault.ForecastsLate, models.ExceptionSourceSilent, "replenishment", false, false, 0, "without revisions it has little to evaluate"},
		{fault.ForecastsLate, models.ExceptionSourceSilent, "forecasting", false, false, 0, "it comes back one DC after the other"},
	}
}

// aftereffect is how long after a fault's end its effects may show: it is
// caught up, and what was late meanwhile is seen at the next look.
const aftereffect = 30 * time.Second

// drained is how long a target that has come back may take until it is up to date:
// a minute until its circuit looks for it again, which is the longest pause, and
// the look of the watch.
const drained = time.Minute + aftereffect

// comparedAgain is how long it may take until stock is compared again: a minute to
// the next comparison, and its own time.
const comparedAgain = time.Minute + aftereffect

// nextRun is how long a wrong sign stands, two business days, with the look of the watch.
const nextRun = 60 * time.Second

// readAgain is how long it may take until a lost balance is read again, with both
// outages of the ERP in between.
const readAgain = 4 * time.Minute

// nextTry is the longest wait between two tries of an ERP write, with the look of the watch.
const nextTry = 75 * time.Second

// explains finds the fault that an alarm follows from.
func explains(log []fault.Entry, a *alarm) (consequence, bool) {
	for _, c := range consequences() {
		if c.code != a.Code || c.source != "" && c.source != a.Subject.Source {
			continue
		}
		if slices.ContainsFunc(log, func(f fault.Entry) bool {
			return f.Name == c.fault && (!c.sameDC || f.Target == a.Subject.DC) &&
				(!c.ofKey || f.Target == a.Subject.Item+"/"+a.Subject.DC) &&
				!a.at.Before(f.StartedAt) && a.at.Before(f.EndsAt.Add(max(c.lasts, aftereffect)))
		}) {
			return c, true
		}
	}
	return consequence{}, false
}

// hides reports whether an outage, or a table that was held, kept the tower from seeing something.
func hides(log []fault.Entry, e *expectation) bool {
	until := e.until
	if !e.seeBy.IsZero() {
		until = e.seeBy
	}
	return e.dc != "" && slices.ContainsFunc(log, func(f fault.Entry) bool {
		silent := f.Name == fault.SilentDC && f.Target == e.dc || f.Name == fault.ERPDown || f.Name == heldTable
		return silent && f.StartedAt.Before(until) && f.EndsAt.After(e.from)
	})
}
