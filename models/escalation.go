package models

import (
	"maps"
	"slices"
	"time"
)

// EscalationLevel is how far an exception was carried upward.
type EscalationLevel int

// The levels: half of a clock went by, all of it, and half as much again of one
// that is P1. The clock is that of the acknowledgement until somebody has
// acknowledged, then that of the resolution.
const (
	EscalatedNowhere EscalationLevel = iota
	EscalatedToLead
	EscalatedToDuty
	EscalatedToExecutive
)

// Role is who is called at a level.
func (l EscalationLevel) Role() string {
	switch l {
	case EscalatedToLead:
		return "the lead"
	case EscalatedToDuty:
		return "the duty manager"
	case EscalatedToExecutive:
		return "the executive"
	case EscalatedNowhere:
	}
	return "nobody"
}

// escalationShares is how much of a clock has gone by when a level is reached, in
// hundredths.
var escalationShares = map[EscalationLevel]int{EscalatedToLead: 50, EscalatedToDuty: 100, EscalatedToExecutive: 150}

// Escalations name who has the roles, by team; a role without a name is told by
// what it is. The clocks of a team's exceptions run in the working time of its
// calendar, else of Calendar, always without one.
type Escalations struct {
	Lead, Duty map[Team]string
	Executive  string
	Calendar   *Calendar
	Calendars  map[Team]*Calendar
}

// Reached is how far a team's exception is to be carried now whose clock began at
// an instant, which is later than its opening when it became more urgent since.
func (e Escalations) Reached(team Team, began time.Time, clock time.Duration, priority Priority, now time.Time) EscalationLevel {
	reached, calendar := EscalatedNowhere, e.Calendar
	if own, has := e.Calendars[team]; has {
		calendar = own
	}
	for level, share := range escalationShares {
		if level == EscalatedToExecutive && priority != PriorityP1 {
			continue
		}
		if level > reached && !calendar.after(began, time.Duration(share)*(clock/100)).After(now) {
			reached = level
		}
	}
	return reached
}

// Whom is the account that a level calls for a team's exception; empty where
// nobody is named.
func (e Escalations) Whom(l EscalationLevel, team Team) string {
	switch l {
	case EscalatedToLead:
		return e.Lead[team]
	case EscalatedToDuty:
		return e.Duty[team]
	case EscalatedToExecutive:
		return e.Executive
	case EscalatedNowhere:
	}
	return ""
}

// Names are all accounts that may be called, in their order.
func (e Escalations) Names() []string {
	names := slices.Concat(slices.Collect(maps.Values(e.Lead)), slices.Collect(maps.Values(e.Duty)), []string{e.Executive})
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	slices.Sort(names)
	return slices.Compact(names)
}
