package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// FreshnessMeter tells from the arrivals of an entity at a DC for how much of the
// time it was fresh: what came last was no longer ago than its window allows, in
// the working time of its calendar. Arrivals are added in the order of time.
type FreshnessMeter struct {
	window   time.Duration
	calendar *Calendar
	never    time.Duration // no gap up to it leaves anything stale
	first    time.Time     // zero before the first arrival
	last     time.Time
	stale    []Period
}

// NewFreshnessMeter measures against the window and calendar of an age.
func NewFreshnessMeter(f EntityFreshness) *FreshnessMeter {
	m := &FreshnessMeter{window: f.Window, calendar: f.Calendar, never: f.Window}
	if f.Calendar != nil {
		for _, cut := range f.Calendar.CutOffs {
			m.never = min(m.never, cut.Fresh)
		}
	}
	return m
}

// Arrive counts an arrival. It is known to ArrivalSlot, so at is the end of its slot.
func (m *FreshnessMeter) Arrive(at time.Time) {
	if m.first.IsZero() {
		m.first = at
	} else {
		m.pass(at)
	}
	m.last = at
}

// pass notes what was stale of the time from the last arrival to an instant. Most
// gaps are too short for it, which spares them the calendar.
func (m *FreshnessMeter) pass(to time.Time) {
	if to.Sub(m.last) <= m.never {
		return
	}
	if due := m.calendar.DueAfter(m.last, m.window); due.Before(to) {
		m.stale = append(m.stale, Period{From: due, To: to})
	}
}

// Budget is how it stands at now over a period and its burn windows, each from
// the instant in which it begins. Shares count minutes of working time, from the
// first arrival on.
func (m *FreshnessMeter) Budget(now, period time.Time, burns [len(BurnWindows)]time.Time, objective decimal.Decimal) ErrorBudget {
	b := ErrorBudget{Target: m.window, Objective: objective}
	if m.first.IsZero() {
		return b
	}
	m.pass(now)
	b.Period = m.share(period, now)
	for i, begin := range burns {
		b.Burns[i] = m.share(begin, now)
	}
	return b
}

func (m *FreshnessMeter) share(from, to time.Time) LateShare {
	if from.Before(m.first) {
		from = m.first
	}
	var stale time.Duration
	for _, s := range m.stale {
		if begin := laterOf(s.From, from); begin.Before(s.To) {
			stale += m.calendar.Working(begin, s.To)
		}
	}
	return LateShare{Events: int64(m.calendar.Working(from, to) / time.Minute), Late: int64(stale / time.Minute)}
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
