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
	Followed    time.Duration   // of the calendar's working time, until what a Promise of the entity is about has followed; zero is as usual
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
