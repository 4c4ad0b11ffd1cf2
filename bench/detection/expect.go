package main

import (
	"strings"
	"time"

	"throughline/models"
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
	until   time.Time // when it is over

	mine func(a *alarm) bool
	// least is how often the alarm must have been raised to count this one too.
	least int
	// brief says that it did not last long enough to be called a miss.
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

func keyed(key string) func(*alarm) bool { return func(a *alarm) bool { return a.Key == key } }

// expected says what the log of faults asks the tower for. day is the real
// length of a business day, end when the run was over.
func expected(w *witness, log []fault.Entry, day time.Duration) []*expectation {
	var all []*expectation
	malformed := 0
	for _, f := range log {
		e := &expectation{cause: f.Name, subject: f.Target, from: f.StartedAt, until: f.EndsAt}
		key := ""
		switch f.Name {
		case fault.ERPDown:
			e.subject, key = "erp", "API-01|erp"
		case fault.SilentDC:
			key = "API-01|erp|" + f.Target
		case fault.ForecastsLate:
			e.subject, key = "forecasting", "API-01|forecasting"
		case fault.RefusedDeliveries:
			e.subject, key = "replenishment", "API-05|route|replenishment"
		case fault.StuckEngine:
			all = append(all, &expectation{
				code: models.ExceptionSourceSilent, cause: f.Name, subject: "replenishment", from: f.StartedAt, until: f.EndsAt,
				mine: keyed("API-01|replenishment"),
			})
			e.code, e.subject = models.ExceptionNoInfluence, "its revisions"
			e.mine = func(a *alarm) bool { return a.Code == models.ExceptionNoInfluence }
		case fault.MalformedEvent:
			malformed++
			e.least, e.until = malformed, w.looked
			key = "TRF-01|erp|" + string(models.TypeBalance)
		case fault.UnknownItem:
			item, dc, _ := strings.Cut(f.Target, "/")
			e.dc, e.until, key = dc, f.StartedAt.Add(2*day), "TRF-03|item:"+item
		case fault.ReusedID, fault.ForeignWrite:
			w.expectParked(e)
		case fault.LostBalance:
			subject, _, _ := strings.Cut(f.Target, " ")
			item, dc, _ := strings.Cut(subject, "/")
			e.subject, e.dc, e.until, key = subject, dc, f.StartedAt.Add(150*time.Second), "REC-01|"+item+"|"+dc
		case fault.RefusedOrder:
			reference, struck := strings.CutPrefix(f.Target, "TL-")
			if !struck {
				continue // no order came
			}
			e.until, key = w.looked, "WFL-05|"+reference
		case fault.DoubledOrder:
			e.until, key = w.looked, "WFL-06|"+strings.ReplaceAll(f.Target, " ", "|")
		case fault.MuteSupplier:
			e.until, key = f.StartedAt.Add(week*day), "BIZ-04|"+f.Target
		case fault.LateShipment:
			number := f.Target
			e.code, e.until = models.ExceptionLateInbound, f.StartedAt.Add((week+1)*day)
			e.mine = func(a *alarm) bool { return a.Code == models.ExceptionLateInbound && a.Subject.Document == number }
		default:
			continue // harmless, or a matter of gaps
		}
		if key != "" {
			code, _, _ := strings.Cut(key, "|")
			e.code, e.mine = models.ExceptionCode(code), keyed(key)
		}
		all = append(all, e)
	}
	return append(all, w.expectGaps(log)...)
}

// expectParked wants the event in the group of an alarm, which counts it too.
func (w *witness) expectParked(e *expectation) {
	e.until = w.looked
	e.code = models.ExceptionIDReused
	source := "erp"
	if e.cause == fault.ForeignWrite {
		e.code, source = models.ExceptionNotOwner, "forecasting"
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
		all = append(all, &expectation{
			code: models.ExceptionConfirmationGap, cause: cause, subject: g.Order, dc: g.DC, from: g.from, until: g.until,
			brief: g.until.Sub(g.from) < mustSee,
			mine:  func(a *alarm) bool { return a.Code == models.ExceptionConfirmationGap && a.Subject.Document == g.Order },
		})
	}
	return all
}
