package models

import (
	"maps"
	"slices"
	"strings"
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

// Escalations name who has the roles, by team; a role without a name is told by
// what it is. The clocks of a team's exceptions run in the working time of its
// calendar, else of Calendar, always without one and for what is P1.
type Escalations struct {
	Lead, Duty map[Team]string
	Executive  string
	Calendar   *Calendar
	Calendars  map[Team]*Calendar
	Rotas      map[Team]Rota // who is on duty, and called instead of Lead and Duty
}

// calendar is whose working time counts; nil for a P1, which waits for no morning.
func (e Escalations) calendar(team Team, priority Priority) *Calendar {
	if priority == PriorityP1 {
		return nil
	}
	if own, has := e.Calendars[team]; has {
		return own
	}
	return e.Calendar
}

// Due is until when a team's exception whose clocks begin at an instant is to be
// acknowledged and resolved.
func (e Escalations) Due(team Team, priority Priority, began time.Time) (acknowledge, resolve time.Time) {
	calendar, clock := e.calendar(team, priority), priority.Clock()
	return calendar.after(began, clock.Acknowledge), calendar.after(began, clock.Resolve)
}

// Reached is how far a team's exception is to be carried now whose clock, which
// takes so long, ends when it is due. Nobody is called outside of the working hours.
func (e Escalations) Reached(team Team, priority Priority, clock time.Duration, due, now time.Time) EscalationLevel {
	calendar := e.calendar(team, priority)
	open, _ := calendar.Open(now)
	switch {
	case !open:
		return EscalatedNowhere
	case priority == PriorityP1 && !now.Before(due.Add(clock/2)):
		return EscalatedToExecutive
	case !now.Before(due):
		return EscalatedToDuty
	case calendar.Working(now, due) <= clock/2:
		return EscalatedToLead
	}
	return EscalatedNowhere
}

// Callout is whom a step of an escalation calls: accounts and roles, as on a rota, none
// where only the role of the step is known, and what the history says of it.
type Callout struct {
	To   []string
	Said string
}

// Whom is called at a level for a team's exception at an instant: whoever is on duty
// by the team's rota, for a P1 outside of all shifts the one who is named for that,
// else the one with the level's role.
func (e Escalations) Whom(l EscalationLevel, team Team, priority Priority, now time.Time) Callout {
	named := map[EscalationLevel]string{EscalatedToLead: e.Lead[team], EscalatedToDuty: e.Duty[team], EscalatedToExecutive: e.Executive}[l]
	rota, has := e.Rotas[team]
	if l == EscalatedToExecutive || !has {
		return calls(l, named)
	}
	var call Callout
	var until []string
	for _, duty := range rota.At(now) {
		call.To = append(call.To, duty.OnDuty...)
		until = append(until, "until "+duty.Until.Format("15:04")+" "+duty.Until.Location().String())
	}
	slices.Sort(call.To)
	call.To = slices.Compact(call.To)
	switch {
	case len(call.To) > 0:
		call.Said = CalledWords(call.To) + ", on duty " + strings.Join(slices.Compact(until), " and ")
	case priority == PriorityP1 && rota.Outside != "":
		call = Callout{To: []string{rota.Outside}, Said: CalledWords([]string{rota.Outside}) + ", since nobody is on duty"}
	default:
		return calls(l, named)
	}
	return call
}

func calls(l EscalationLevel, named string) Callout {
	if named == "" {
		return Callout{Said: l.Role()}
	}
	return Callout{To: []string{named}, Said: CalledAs(l, []string{named})}
}

// CalledSeparator stands between those whom one step calls; no account has it in its name.
const CalledSeparator = ", "

// Called are the accounts and roles that the last step called.
func (e Exception) Called() []string {
	if e.EscalatedTo == "" {
		return nil
	}
	return strings.Split(e.EscalatedTo, CalledSeparator)
}

// CalledAs says in words which accounts and roles have the role of a level.
func CalledAs(l EscalationLevel, to []string) string {
	if len(to) == 0 {
		return l.Role()
	}
	if _, isRole := CalledRole(to[0]); isRole || len(to) > 1 {
		return CalledWords(to) + " as " + l.Role()
	}
	return l.Role() + " " + to[0]
}

// HandedOn is until when something is due that one team hands on to another at an
// instant: as much working time is left of it as before, in that of the other.
func (e Escalations) HandedOn(from, to Team, priority Priority, due, now time.Time) time.Time {
	left := e.calendar(from, priority).Working(now, due)
	if left == 0 {
		return due
	}
	return e.calendar(to, priority).after(now, left)
}

// Names are all accounts that may be called, in their order.
func (e Escalations) Names() []string {
	names := slices.Concat(slices.Collect(maps.Values(e.Lead)), slices.Collect(maps.Values(e.Duty)), []string{e.Executive})
	for _, rota := range e.Rotas {
		names = append(names, rota.Outside)
		for _, shift := range rota.Shifts {
			names = append(names, shift.OnDuty...)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		_, isRole := CalledRole(name)
		return name == "" || isRole
	})
	slices.Sort(names)
	return slices.Compact(names)
}
