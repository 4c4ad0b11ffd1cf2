package models

import (
	"cmp"
	"slices"
	"time"
)

// Storm is a time in which exceptions of one kind from one system opened in a
// flood, so that one of them called for all.
type Storm struct {
	Code         ExceptionCode
	System       string
	Since, Until time.Time // real
	Lasts        bool      // it is not over; Until is when it was looked at
	Opened       int       // in that time and the FloodSpan that led to it
	Folded       int       // of them, under their cause
}

// storms finds the floods of each kind and system in calls, which come in the
// order of their time.
func storms(calls []Call, until time.Time) []Storm {
	byKind := map[kindOf][]Call{}
	for _, c := range calls {
		if c.System != "" {
			kind := kindOf{c.Code, c.System}
			byKind[kind] = append(byKind[kind], c)
		}
	}
	var found []Storm
	for kind, alike := range byKind {
		for _, f := range floods(alike, until) {
			s := Storm{Code: kind.code, System: kind.system, Since: f.since, Until: f.until, Lasts: f.until.Equal(until)}
			for i := range alike {
				if at := alike[i].At; at.Before(f.since.Add(-FloodSpan)) || at.After(f.until) {
					continue
				}
				s.Opened++
				if alike[i].Follows {
					s.Folded++
				}
			}
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b Storm) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.Code, b.Code), cmp.Compare(a.System, b.System))
	})
	return found
}
