package models

import (
	"slices"
	"time"
)

// Promise is what has to follow from something, by the business clock unless it is Real.
type Promise struct {
	Entity string // whose targets may say within what time
	Made   string // by what, and kept by what
	Kept   string
	Real   bool
	Named  bool // only a target that names the entity speaks of it
}

// The promises that targets may speak of. An acknowledgement and a confirmation both
// follow from a purchase order, so each has the entity whose events keep it.
var (
	PromiseEvaluated    = Promise{Entity: "forecast", Made: "A material forecast revision", Kept: "an evaluation stands on it"}
	PromiseOrdered      = Promise{Entity: "replenishment", Made: "An approved recommendation", Kept: "the ERP has its order", Real: true}
	PromiseAcknowledged = Promise{Entity: "purchase_order", Made: "An order that was sent to its supplier", Kept: "the supplier's system has acknowledged it", Named: true}
	PromiseConfirmed    = Promise{Entity: "confirmation", Made: "A purchase order", Kept: "the supplier has confirmed it", Named: true}
	PromiseReceived     = Promise{Entity: "receipt", Made: "The end of the announced day of arrival", Kept: "the goods are received", Named: true}
)

// TargetPromises are those that targets may speak of.
func TargetPromises() []Promise {
	return []Promise{PromiseEvaluated, PromiseOrdered, PromiseAcknowledged, PromiseConfirmed, PromiseReceived}
}

// Of are the targets that say within what time the promise is kept.
func (p Promise) Of(all Targets) Targets {
	return slices.DeleteFunc(slices.Clone(all), func(t Target) bool { return t.Followed == 0 || !p.concerns(t) })
}

func (p Promise) concerns(t Target) bool { return t.Entity == p.Entity || t.Entity == "" && !p.Named }

// At is the target that says within what time the promise is kept at a DC; false
// where the usual time holds.
func (p Promise) At(all Targets, dc string) (Target, bool) {
	if p.Named {
		all = slices.DeleteFunc(slices.Clone(all), func(t Target) bool { return !p.concerns(t) })
	}
	t, found := all.For(p.Entity, dc)
	return t, found && t.Followed > 0
}

// Due is when a promise made at an instant at a DC falls due: within the time, in the
// working time and ahead of the cut-offs, that its target says, else within usual. It
// is in whichever time made is.
func (all Targets) Due(p Promise, dc string, made time.Time, usual time.Duration) time.Time {
	t, governs := p.At(all, dc)
	if !governs {
		return made.Add(usual)
	}
	return t.Calendar.DueAfter(made, t.Followed)
}

// DueAfterDay is Due of a promise that is made as a day ends, by the clock of its
// target's calendar, else of UTC.
func (all Targets) DueAfterDay(p Promise, dc string, day time.Time, usual time.Duration) time.Time {
	zone := time.UTC
	if t, governs := p.At(all, dc); governs && t.Calendar != nil {
		zone = t.Calendar.Zone
	}
	y, m, d := day.UTC().Date()
	return all.Due(p, dc, time.Date(y, m, d+1, 0, 0, 0, 0, zone), usual)
}

// Soonest is a time within which the promise falls due at no DC.
func (all Targets) Soonest(p Promise, usual time.Duration) time.Duration {
	soonest := usual
	for _, t := range p.Of(all) {
		soonest = min(soonest, t.Followed)
		if t.Calendar != nil {
			for _, cut := range t.Calendar.CutOffs {
				soonest = min(soonest, cut.Fresh)
			}
		}
	}
	return soonest
}
