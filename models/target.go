package models

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Target is how recent what is known of an entity at a DC has to be.
type Target struct {
	Name        string
	Entity      string          // empty for every entity
	DC          string          // empty for every DC
	Criticality string          // how much hangs on it, in the installation's words; may be empty
	Freshness   time.Duration   // real, of the calendar's working time
	Latency     time.Duration   // real, from the source's commit to the effect; zero is LatencyTarget
	Followed    time.Duration   // of the calendar's working time, until what a Promise is about has followed; zero is as usual
	Calendar    *Calendar       // nil when time always counts
	Objective   decimal.Decimal // the share of one that has to keep either; zero is Objective
}

// Targets are those of an installation, no two for the same entity and DC.
type Targets []Target

// For is the most specific target of an entity at a DC: one that names both
// before one that names the DC, that before one that names the entity.
func (all Targets) For(entity, dc string) (Target, bool) {
	var found Target
	best := -1
	for _, t := range all {
		if t.Entity != "" && t.Entity != entity || t.DC != "" && t.DC != dc {
			continue
		}
		if n := t.specificity(); n > best {
			best, found = n, t
		}
	}
	return found, best >= 0
}

// Latency is within what time an event of an entity at a DC has to take effect.
func (all Targets) Latency(entity, dc string) time.Duration {
	if t, found := all.For(entity, dc); found && t.Latency > 0 {
		return t.Latency
	}
	return LatencyTarget
}

// Objective is which share of an entity at a DC has to be in time.
func (all Targets) Objective(entity, dc string) decimal.Decimal {
	if t, found := all.For(entity, dc); found && t.Objective.IsPositive() {
		return t.Objective
	}
	return Objective
}

// Criticalities are those that the targets name, each once and in their order.
func (all Targets) Criticalities() []string {
	var names []string
	for _, t := range all {
		if t.Criticality != "" && !slices.Contains(names, t.Criticality) {
			names = append(names, t.Criticality)
		}
	}
	return names
}

// Overall is the latency target of what stands for all entities of a DC
// together, of all DCs when it is empty.
func (all Targets) Overall(dc string) time.Duration { return all.Latency("", dc) }

func (t Target) specificity() int {
	n := 0
	if t.Entity != "" {
		n++
	}
	if t.DC != "" {
		n += 2
	}
	return n
}

// Promise is what has to follow from something of an entity.
type Promise struct {
	Entity string // whose targets may say within what time
	Made   string // by what, and kept by what
	Kept   string
}

// The promises that targets may speak of: a material revision is evaluated, by the
// business clock, and an approval ordered, by the real one.
var (
	PromiseEvaluated = Promise{"forecast", "A material forecast revision", "an evaluation stands on it"}
	PromiseOrdered   = Promise{"replenishment", "An approved recommendation", "the ERP has its order"}
)

// TargetPromises are those that targets may speak of.
func TargetPromises() []Promise { return []Promise{PromiseEvaluated, PromiseOrdered} }

// Of are the targets that say within what time the promise is kept.
func (p Promise) Of(all Targets) Targets {
	return slices.DeleteFunc(slices.Clone(all), func(t Target) bool { return t.Followed == 0 || t.Entity != "" && t.Entity != p.Entity })
}

// Due is when a promise made at an instant at a DC falls due: within the time, in the
// working time and ahead of the cut-offs, that its target says, else within usual. It
// is in whichever time made is.
func (all Targets) Due(p Promise, dc string, made time.Time, usual time.Duration) time.Time {
	t, found := all.For(p.Entity, dc)
	if !found || t.Followed == 0 {
		return made.Add(usual)
	}
	return t.Calendar.DueAfter(made, t.Followed)
}
