package models

import (
	"slices"
	"strings"
	"time"
)

// Rota says who of a team is on duty, by shifts that may overlap and leave gaps.
// Outside is called for a P1 while nobody is on duty; empty where nobody is named.
type Rota struct {
	Shifts  []Shift // by name
	Outside string  // as in OnDuty
}

// Shift is a stretch of some days by the clock on the wall of its zone.
type Shift struct {
	Name   string
	Zone   *time.Location
	Days   [7]bool       // by time.Weekday, on which it begins; one at least
	From   time.Duration // since midnight
	To     time.Duration // since midnight; of the next day where it is not after From
	OnDuty []string      // accounts, and roles such as role:it
}

// Duty is a shift that runs. Until is in its zone.
type Duty struct {
	Shift  string
	OnDuty []string
	Until  time.Time
}

// Span is a stretch of real time.
type Span struct{ From, To time.Time }

// roleMark begins the name of a role where an account may stand as well.
const roleMark = "role:"

// CalledRole is the role that a name on a rota stands for; false for an account.
func CalledRole(name string) (Role, bool) {
	role, is := strings.CutPrefix(name, roleMark)
	return Role(role), is
}

// CalledWords are names on a rota as people say them.
func CalledWords(names []string) string {
	words := slices.Clone(names)
	for i, name := range names {
		if role, is := CalledRole(name); is {
			words[i] = "anyone with the role " + role.Word()
		}
	}
	return strings.Join(words, ", ")
}

// At are the shifts that run at an instant, in their order.
func (r Rota) At(at time.Time) []Duty {
	var duties []Duty
	for _, s := range r.Shifts {
		if until, on := s.until(at); on {
			duties = append(duties, Duty{Shift: s.Name, OnDuty: s.OnDuty, Until: until.In(s.Zone)})
		}
	}
	return duties
}

// Next is when somebody is on duty again, within a week; false when nobody is.
func (r Rota) Next(after time.Time) (time.Time, bool) {
	for _, edge := range r.edges(after) {
		if len(r.At(edge)) > 0 {
			return edge, true
		}
	}
	return time.Time{}, false
}

// Gaps are when nobody is on duty within the week after an instant.
func (r Rota) Gaps(from time.Time) []Span {
	end := from.AddDate(0, 0, 7)
	var gaps []Span
	open := len(r.At(from)) == 0
	if open {
		gaps = append(gaps, Span{From: from, To: end})
	}
	for _, edge := range r.edges(from) {
		if !edge.Before(end) {
			break
		}
		switch covered := len(r.At(edge)) > 0; {
		case open && covered:
			gaps[len(gaps)-1].To, open = edge, false
		case !open && !covered:
			gaps, open = append(gaps, Span{From: edge, To: end}), true
		}
	}
	return gaps
}

// edges are when a shift begins or ends in the week and a day after an instant, in their order.
func (r Rota) edges(after time.Time) []time.Time {
	var edges []time.Time
	for _, s := range r.Shifts {
		for days := -1; days <= 8; days++ {
			if begins, ends, is := s.on(after, days); is {
				edges = append(edges, begins, ends)
			}
		}
	}
	slices.SortFunc(edges, time.Time.Compare)
	return slices.DeleteFunc(edges, func(edge time.Time) bool { return !edge.After(after) })
}

// until is when the shift that runs at an instant ends. One that begins on the day
// before may still run.
func (s Shift) until(at time.Time) (ends time.Time, on bool) {
	for days := -1; days <= 0; days++ {
		begins, ends, is := s.on(at, days)
		if is && !at.Before(begins) && at.Before(ends) {
			return ends, true
		}
	}
	return time.Time{}, false
}

// on is the shift that begins so many days after that of an instant; false on a
// day on which none begins.
func (s Shift) on(at time.Time, days int) (begins, ends time.Time, is bool) {
	wall := Calendar{Zone: s.Zone}
	first := wall.midday(at, days)
	last := first
	if s.To <= s.From {
		last = wall.midday(at, days+1)
	}
	return wall.wall(first, s.From), wall.wall(last, s.To), s.Days[first.Weekday()]
}
