package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

const (
	// allow is how long after the end of what is wrong an alarm still counts.
	allow = 40 * time.Second
	// mustSee is how long a difference must stand until not to see it is a miss:
	// the watch looks for it every 15 s, on top of the way of the event.
	mustSee = 25 * time.Second
	week    = 7
)

// expectation is one thing that the tower has to say.
type expectation struct {
	code    models.ExceptionCode
	cause   string // the fault, or who else
	subject string
	dc      string // where it is known
	from    time.Time
	due     time.Time // since when the tower has to say it, where that is later than from
	until   time.Time // when it is over
	seeBy   time.Time // until when it is sure to last, where it may last longer

	mine func(a *alarm) bool
	// least is how often the alarm must have been raised to count this one too.
	least int
	// brief says that it was not due for long enough to be called a miss.
	brief bool
}

// seen is when an alarm tells of the expectation.
func (e *expectation) seen(a *alarm) (time.Time, bool) {
	if !e.mine(a) || a.until.Before(e.from) || a.at.After(e.until.Add(allow)) {
		return time.Time{}, false
	}
	if e.least <= 1 {
		return later(a.at, e.from), true
	}
	var at time.Time
	for n, when := range a.grew {
		if n >= e.least && (at.IsZero() || when.Before(at)) {
			at = when
		}
	}
	return later(at, e.from), !at.IsZero()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// expected says what the log of faults asks the tower for. day is the real
// length of a business day.
func expected(w *witness, log []fault.Entry, day time.Duration) []*expectation {
	var all []*expectation
	nth := map[string]int{} // of the faults that one alarm gathers
	for _, f := range log {
		nth[f.Name]++
		e := &expectation{cause: f.Name, subject: f.Target, from: f.StartedAt, until: f.EndsAt}
		switch f.Name {
		case fault.ERPDown, fault.SilentDC, fault.ForecastsLate, fault.RefusedDeliveries, fault.BusyTarget:
			e.expectSilence()
		case fault.StuckEngine:
			all = append(all, e.alsoSilent())
			e.code, e.subject = models.ExceptionNoInfluence, "its revisions"
			e.mine = func(a *alarm) bool { return a.Code == models.ExceptionNoInfluence }
		case fault.MalformedEvent, fault.BadEnvelope:
			e.least, e.until = nth[f.Name], w.looked
			e.expectRefused()
		case fault.RefusedEvent:
			if f.Target == notStruck {
				nth[f.Name]--
				continue
			}
			e.least, e.until = nth[f.Name], w.looked
			e.keyed("API-04|route|replenishment")
		case fault.ClockAhead:
			e.until = e.from.Add(setAfter)
			e.keyed("OWN-05|erp")
		case fault.OutOfOrderForLong:
			e.keyed("OWN-04|erp")
		case expiringKey:
			e.expectKey(models.ExceptionAccess, w.looked)
		case expiredToken:
			e.expectKey(models.ExceptionTokenExpired, f.EndsAt)
		case fault.UsedVersion:
			all = append(all, w.alsoStuck(e, log))
			w.expectParked(e)
			e.brief = polled(log, e)
		case fault.ReusedID, fault.ForeignWrite, ruledOut:
			w.expectParked(e)
		case fault.LostEvents:
			e.expectGap(w.looked)
		case fault.LeftOut:
			e.expectShortfall(w.looked)
		case fault.UnknownItem, fault.LostBalance, fault.NegativeStock, fault.EmptyShelf:
			e.expectStock(w.looked, day)
		case goneReplica, wrongCount, heldTable, fullShelf:
			e.expectHand(w.looked)
		case fault.RefusedOrder, fault.DoubledOrder, fault.LostAcknowledgement, fault.MuteSupplier, fault.LateShipment:
			e.expectOrder(w.looked, day)
		}
		if e.mine != nil { // what is left is harmless, did not strike, or is a matter of gaps
			all = append(all, e)
		}
	}
	return slices.Concat(all, w.expectGrowth(log), w.expectGaps(log), w.stale.expected())
}

// manyParked is from how many parked events of more than one cause on the tower has
// to say that they grow: nobody decides on them while the series runs.
const manyParked = 20

// setsAside names what leaves an event for a person to decide on.
func setsAside(name string) bool {
	return name == fault.UsedVersion || name == fault.ReusedID || name == fault.ForeignWrite || name == ruledOut
}

// expectGrowth wants it from the event that makes them many.
func (w *witness) expectGrowth(log []fault.Entry) []*expectation {
	parked, causes := 0, map[string]bool{}
	for _, f := range log {
		if !setsAside(f.Name) {
			continue
		}
		parked++
		if causes[f.Name] = true; parked < manyParked || len(causes) < 2 {
			continue
		}
		e := &expectation{cause: "events set aside", subject: fmt.Sprintf("%d of them", parked), from: f.StartedAt, until: w.looked}
		e.keyed("PLT-02|all")
		return []*expectation{e}
	}
	return nil
}

// setAfter is for how long the tower remembers that a clock was ahead.
const setAfter = time.Minute

// notStruck is the target of a refusal that found no confirmation.
const notStruck = "the next confirmation"

// keyed wants an alarm about one condition, which its key names with the code.
func (e *expectation) keyed(key string) {
	code, _, _ := strings.Cut(key, "|")
	e.code = models.ExceptionCode(code)
	e.mine = func(a *alarm) bool { return a.Key == key }
}

// expectRefused wants an event that the intake refused, for what it says or unread.
func (e *expectation) expectRefused() {
	if e.cause == fault.BadEnvelope {
		e.keyed("API-06|erp")
		return
	}
	e.keyed("TRF-01|erp|" + string(models.TypeBalance))
}

// expectKey wants the only key of a system, whatever the key is called.
func (e *expectation) expectKey(code models.ExceptionCode, end time.Time) {
	e.code, e.until = code, end
	e.mine = func(a *alarm) bool { return strings.HasPrefix(a.Key, string(code)+"|"+e.subject+"|") }
}

func (e *expectation) expectSilence() {
	switch e.cause {
	case fault.ERPDown:
		e.subject = "erp"
		e.keyed("API-01|erp")
	case fault.SilentDC:
		e.keyed("API-01|erp|" + e.subject)
	case fault.ForecastsLate:
		e.subject = "forecasting"
		e.keyed("API-01|forecasting")
	case fault.RefusedDeliveries:
		e.subject = "replenishment"
		e.keyed("API-05|route|replenishment")
	case fault.BusyTarget:
		e.subject = "replenishment"
		e.keyed("API-03|route|replenishment")
	}
}

// alsoSilent is what else an engine that evaluates nothing has to raise.
func (e *expectation) alsoSilent() *expectation {
	silent := *e
	silent.subject = "replenishment"
	silent.keyed("API-01|replenishment")
	return &silent
}

// alsoStuck is the difference that stays in flight while its event is set aside.
// It is found by its age: an outage hides it only while its event is on its way, and
// after that delays the comparison from which the age counts.
func (w *witness) alsoStuck(e *expectation, log []fault.Entry) *expectation {
	stuck := *e
	item, dc, _ := strings.Cut(e.subject, "/")
	stuck.dc, stuck.until, stuck.seeBy = dc, w.looked, e.from.Add(mustSee)
	told := compared(log, e.from).Add(stuckAfter + mustSee)
	stuck.brief = told.After(w.looked) || told.After(e.from.Add(erp.SetAsideFor))
	stuck.keyed("REC-02|" + item + "|" + dc)
	return &stuck
}

// polled reports whether the DC of a balance was silent, so that the tower read it
// from the ERP itself, at the version of the ERP's own books: what was told under a
// used one is old news when it comes.
func polled(log []fault.Entry, e *expectation) bool {
	_, dc, _ := strings.Cut(e.subject, "/")
	return slices.ContainsFunc(log, func(f fault.Entry) bool {
		return f.Name == fault.SilentDC && f.Target == dc && f.StartedAt.Before(e.from) && f.EndsAt.After(e.from)
	})
}

// compared is when the stock of an instant has been compared at the latest, after
// the outages of the ERP that come before it. log is oldest first.
func compared(log []fault.Entry, from time.Time) time.Time {
	at := from.Add(comparedAgain)
	for _, f := range log {
		if f.Name == fault.ERPDown && f.StartedAt.Before(at) && f.EndsAt.After(from) {
			at = later(at, f.EndsAt.Add(comparedAgain))
		}
	}
	return at
}

// expectGap wants the range of numbers by its last, whatever the life of the
// simulator is called that names the series.
func (e *expectation) expectGap(end time.Time) {
	_, last, _ := strings.Cut(e.subject, " to ")
	e.code, e.until = models.ExceptionSequenceGap, end
	e.mine = func(a *alarm) bool {
		return a.Code == e.code && strings.HasPrefix(a.Key, "API-08|erp|") && strings.HasSuffix(a.Key, "|"+last)
	}
}

// expectShortfall wants the total of the time from which sales orders were left out.
func (e *expectation) expectShortfall(end time.Time) {
	_, text, _ := strings.Cut(e.subject, " since ")
	since, err := time.Parse(time.RFC3339Nano, text)
	total := fmt.Sprintf("REC-03|erp|%s||%d|", models.TypeSalesOrder, since.UnixMicro())
	e.code, e.until = models.ExceptionIncomplete, end
	e.mine = func(a *alarm) bool { return err == nil && strings.HasPrefix(a.Key, total) }
}

// comparedWithin is how long the simulator keeps a balance that was lost from
// being repaired by a later one.
const comparedWithin = 150 * time.Second

func (e *expectation) expectStock(end time.Time, day time.Duration) {
	subject, _, _ := strings.Cut(e.subject, " ")
	item, dc, _ := strings.Cut(subject, "/")
	e.subject, e.dc = subject, dc
	if e.cause == fault.UnknownItem {
		e.until = e.from.Add(2 * day)
		e.keyed("TRF-03|item:" + item)
		return
	}
	if e.cause == fault.NegativeStock {
		e.until = e.from.Add(2 * day)
		e.keyed("TRF-05|" + item + "|" + dc)
		return
	}
	if e.cause == fault.EmptyShelf {
		e.until = e.from.Add(2 * day) // the least time in which a supplier delivers
		e.keyed("BIZ-01|" + item + "|" + dc)
		return
	}
	e.until, e.seeBy = end, e.from.Add(comparedWithin)
	e.keyed("REC-01|" + item + "|" + dc)
}

func (e *expectation) expectOrder(end time.Time, day time.Duration) {
	e.until = end
	switch e.cause {
	case fault.RefusedOrder:
		if recommendation, struck := strings.CutPrefix(e.subject, "TL-"); struck { // else no order came
			e.keyed("WFL-05|" + recommendation)
		}
	case fault.DoubledOrder:
		e.keyed("WFL-06|" + strings.ReplaceAll(e.subject, " ", "|"))
	case fault.LostAcknowledgement:
		order, dc, _ := strings.Cut(e.subject, "/")
		e.until, e.dc = e.from.Add(day), dc
		e.keyed("API-10|" + order)
	case fault.MuteSupplier:
		e.until = e.from.Add(week * day)
		e.keyed("BIZ-04|" + e.subject)
	case fault.LateShipment:
		e.code, e.until = models.ExceptionLateInbound, e.from.Add((week+1)*day)
		e.mine = func(a *alarm) bool { return a.Code == models.ExceptionLateInbound && a.Subject.Document == e.subject }
	}
}

// expectHand wants what somebody with access to the database, or a person, has done.
func (e *expectation) expectHand(end time.Time) {
	switch e.cause {
	case goneReplica:
		e.keyed("PLT-03|replica|" + e.subject)
	case wrongCount:
		e.keyed("PLT-06|" + e.subject)
	case heldTable:
		e.subject = "the state"
		e.keyed("PLT-01|" + string(models.LaneRealtime))
	case fullShelf:
		e.until = end // nobody takes them back
		e.keyed("PLT-05|" + e.subject)
	}
}

// expectParked wants the event in the group of an alarm, which counts it too.
func (w *witness) expectParked(e *expectation) {
	e.until = w.looked
	e.code = models.ExceptionIDReused
	source := "erp"
	switch e.cause {
	case fault.ForeignWrite:
		e.code, source = models.ExceptionNotOwner, "forecasting"
	case ruledOut:
		e.code, source = models.ExceptionMappingError, ruledSource
	}
	group := ""
	for fingerprint, events := range w.parked {
		for i, p := range events {
			if p.Source == source && (p.ID == e.subject || p.Item+"/"+p.DC == e.subject) {
				group, e.least = fingerprint, i+1
			}
		}
	}
	e.mine = func(a *alarm) bool { return a.Code == e.code && group != "" && a.Subject.Fingerprint == group }
}

// matters is the real instant from which a promise that is only late asks for a
// response: five business days before the goods are needed. Before that it is
// only logged, unless stock runs out because of it.
func (w *witness) matters(g *gap) time.Time {
	return w.clock.Real.Add(w.clock.Duration(g.NeedBy.Add(-models.WeekBound).Sub(w.clock.Business)))
}

// expectGaps wants every order line that differs in the ERP's books, whoever
// caused it.
func (w *witness) expectGaps(log []fault.Entry) []*expectation {
	short := map[string]bool{}
	for _, f := range log {
		short[f.Target] = short[f.Target] || f.Name == fault.ShortConfirmation
	}
	var all []*expectation
	for _, g := range w.gaps {
		cause := "supplier"
		if short[g.Order] {
			cause = fault.ShortConfirmation
		}
		from := g.from
		if matters := w.matters(g); !g.Short && matters.After(from) {
			from = matters
		}
		all = append(all, &expectation{
			code: models.ExceptionConfirmationGap, cause: cause, subject: g.Order, dc: g.DC, from: g.from, until: g.until,
			due: from, brief: g.until.Sub(from) < mustSee,
			mine: func(a *alarm) bool { return a.Code == models.ExceptionConfirmationGap && a.Subject.Document == g.Order },
		})
	}
	return all
}
