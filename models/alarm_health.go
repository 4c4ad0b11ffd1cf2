package models

import (
	"cmp"
	"slices"
	"time"
)

// Call is one time that an exception called somebody: it was opened, or opened again.
type Call struct {
	At        time.Time
	Exception int64
	Code      ExceptionCode
	System    string // that it waits for or that it is about, empty for none
	Source    string // whose data it is about, empty for none
	Key       string // of the condition
	Title     string
	Team      Team
	Priority  Priority
	Follows   bool // from another, which called in its place
}

// The targets of alarm management (ISA-18.2, and ours where it has none).
const (
	CallsPerHour  = 6    // of one person, at most, in steady state
	FloodStarts   = 10   // calls in FloodSpan begin a flood when there are more
	FloodEnds     = 5    // fewer of them end it
	FloodShare    = 0.01 // of the time, at most
	ChatterCalls  = 3    // of one condition within FloodSpan
	TopShare      = 0.05 // of all calls that one kind should make, at most
	FloodSpan     = 10 * time.Minute
	StaleAfter    = 24 * time.Hour // open without anybody's action
	AlarmLookBack = 7 * 24 * time.Hour
)

// AlarmHealth says how well the exceptions serve those whom they call. Shares
// are of one; times are real.
type AlarmHealth struct {
	Since, Until      time.Time
	Calls             int
	High, Medium, Low int // P1, P2, and P3 with P4
	Teams             []TeamLoad
	Floods            int
	Flooded           float64 // share of the time
	Chattering        []Chatter
	Kinds             []KindLoad // the most frequent first
	Stale             []Exception
	Shelved           int     // put aside now
	Storms            []Storm // the newest first
}

// TeamLoad is how often a team was called, for each of its people and hours.
type TeamLoad struct {
	Team    Team
	People  int
	Calls   int
	PerHour float64 // of one person; of the whole team when nobody is in it
}

// Chatter is a condition that opened again and again.
type Chatter struct {
	Exception int64 // the newest
	Title     string
	Calls     int // the most in one FloodSpan
}

// KindLoad is what a kind of exception takes of all calls.
type KindLoad struct {
	Code  ExceptionCode
	Calls int
	Share float64
}

// JudgeAlarms counts calls, which come in the order of their time, made from
// since until. people is how many work in each team. What follows from another
// is no call, but makes a storm.
func JudgeAlarms(calls []Call, people map[Team]int, since, until time.Time) AlarmHealth {
	h := AlarmHealth{Since: since, Until: until, Storms: storms(calls, until)}
	calls = slices.DeleteFunc(slices.Clone(calls), func(c Call) bool { return c.Follows })
	h.Calls = len(calls)
	teams, kinds := map[Team]int{}, map[ExceptionCode]int{}
	for i := range calls {
		switch calls[i].Priority {
		case PriorityP1:
			h.High++
		case PriorityP2:
			h.Medium++
		default:
			h.Low++
		}
		teams[calls[i].Team]++
		kinds[calls[i].Code]++
	}
	hours := max(until.Sub(since).Hours(), 1)
	for _, team := range []Team{TeamPlanner, TeamProcurement, TeamIT} {
		load := TeamLoad{Team: team, People: people[team], Calls: teams[team]}
		load.PerHour = float64(load.Calls) / hours / float64(max(load.People, 1))
		h.Teams = append(h.Teams, load)
	}
	for code, n := range kinds {
		h.Kinds = append(h.Kinds, KindLoad{Code: code, Calls: n, Share: float64(n) / float64(len(calls))})
	}
	slices.SortFunc(h.Kinds, func(a, b KindLoad) int { return cmp.Or(b.Calls-a.Calls, cmp.Compare(a.Code, b.Code)) })
	var flooded time.Duration
	for _, f := range floods(calls, until) {
		h.Floods++
		flooded += f.until.Sub(f.since)
	}
	if whole := until.Sub(since); whole > 0 {
		h.Flooded = min(float64(flooded)/float64(whole), 1)
	}
	h.Chattering = chatter(calls)
	return h
}

// flood is the time that one lasted; until is the end of the look while it lasts.
type flood struct{ since, until time.Time }

// floods are in the order of time: one begins with more than FloodStarts calls in
// a span and ends when fewer than FloodEnds are left in it.
func floods(calls []Call, until time.Time) []flood {
	var found []flood
	var began time.Time
	first, in := 0, false
	// leave ends a flood once calls have grown too old for it by at.
	leave := func(at time.Time, last int) {
		for first < last && at.Sub(calls[first].At) > FloodSpan {
			gone := calls[first].At.Add(FloodSpan)
			first++
			if in && last-first < FloodEnds {
				in = false
				found = append(found, flood{began, gone})
			}
		}
	}
	for i := range calls {
		leave(calls[i].At, i)
		if !in && i-first+1 > FloodStarts {
			in, began = true, calls[i].At
		}
	}
	leave(until, len(calls))
	if in {
		found = append(found, flood{began, until})
	}
	return found
}

// chatter finds the conditions with ChatterCalls calls or more in a span.
func chatter(calls []Call) []Chatter {
	byKey := map[string][]Call{}
	for _, c := range calls {
		byKey[c.Key] = append(byKey[c.Key], c)
	}
	var found []Chatter
	for _, of := range byKey {
		most, first := 0, 0
		for i := range of {
			for of[i].At.Sub(of[first].At) > FloodSpan {
				first++
			}
			most = max(most, i-first+1)
		}
		if newest := of[len(of)-1]; most >= ChatterCalls {
			found = append(found, Chatter{Exception: newest.Exception, Title: NameSource(newest.Title, newest.Source), Calls: most})
		}
	}
	slices.SortFunc(found, func(a, b Chatter) int { return cmp.Or(b.Calls-a.Calls, cmp.Compare(a.Exception, b.Exception)) })
	return found
}
