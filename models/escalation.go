package models

import "time"

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
// what it is. The clocks run in the working time of Calendar, always without one.
type Escalations struct {
	Lead, Duty map[Team]string
	Executive  string
	Calendar   *Calendar
}

// Reached is how far an exception is to be carried now whose clock began at an
// instant, which is later than its opening when it became more urgent since.
func (e Escalations) Reached(began time.Time, clock time.Duration, priority Priority, now time.Time) EscalationLevel {
	reached := EscalatedNowhere
	for level, share := range escalationShares {
		if level == EscalatedToExecutive && priority != PriorityP1 {
			continue
		}
		if level > reached && !e.Calendar.after(began, time.Duration(share)*(clock/100)).After(now) {
			reached = level
		}
	}
	return reached
}

// Whom names the role of a level for a team's exception.
func (e Escalations) Whom(l EscalationLevel, team Team) string {
	name := ""
	switch l {
	case EscalatedToLead:
		name = e.Lead[team]
	case EscalatedToDuty:
		name = e.Duty[team]
	case EscalatedToExecutive:
		name = e.Executive
	case EscalatedNowhere:
	}
	if name == "" {
		return l.Role()
	}
	return l.Role() + " " + name
}
