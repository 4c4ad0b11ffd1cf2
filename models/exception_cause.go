package models

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// FollowRule says that exceptions of the kind Effect follow from one of the kind
// Cause when both are about the same system and, where the cause is about one DC,
// the same DC. Waits asks of both that they wait for that system, which they name
// as what they are through. Traffic, where it is not empty, is which way the cause
// stops it.
type FollowRule struct {
	Effect, Cause ExceptionCode
	Waits         bool
	Traffic       Traffic
}

// Traffic is which way data goes between the tower and another system.
type Traffic string

// The ways. A code may tell of trouble either way, and one system may be both
// source and target, so that code and system do not say what is held up.
const (
	TrafficOut Traffic = "out" // what the tower sends to a route or an ERP
	TrafficIn  Traffic = "in"  // what a source sends
)

// followRules is all that is known of what leads to what. What is the cause of
// one kind may follow from another, whose cause then stands for both. A stockout
// is no effect: whatever led to it, somebody has to look after the stock.
var followRules = []FollowRule{
	{Effect: ExceptionNotOrdered, Cause: ExceptionTargetDown},
	{Effect: ExceptionNotOrdered, Cause: ExceptionRateLimited, Traffic: TrafficOut},
	{Effect: ExceptionNotOrdered, Cause: ExceptionAccess, Traffic: TrafficOut},
	{Effect: ExceptionNoInfluence, Cause: ExceptionTargetDown},
	{Effect: ExceptionNoInfluence, Cause: ExceptionRateLimited, Traffic: TrafficOut},
	{Effect: ExceptionNoInfluence, Cause: ExceptionAccess, Traffic: TrafficOut},
	{Effect: ExceptionStuckDrift, Cause: ExceptionTargetDown},
	{Effect: ExceptionStuckDrift, Cause: ExceptionRateLimited, Traffic: TrafficOut},
	{Effect: ExceptionStuckDrift, Cause: ExceptionAccess, Traffic: TrafficOut},
	{Effect: ExceptionSourceSilent, Cause: ExceptionRateLimited, Traffic: TrafficIn},
	{Effect: ExceptionSourceSilent, Cause: ExceptionAccess, Traffic: TrafficIn},
	{Effect: ExceptionNoInfluence, Cause: ExceptionSourceSilent},
	{Effect: ExceptionStaleBasis, Cause: ExceptionSourceSilent},
	{Effect: ExceptionIncomplete, Cause: ExceptionSourceSilent},
	{Effect: ExceptionIncomplete, Cause: ExceptionContractViolation},
	{Effect: ExceptionIncomplete, Cause: ExceptionBadEnvelope},
	{Effect: ExceptionDrift, Cause: ExceptionIncomplete, Waits: true},
}

// FollowRules lists which kinds follow from which.
func FollowRules() []FollowRule { return slices.Clone(followRules) }

// OpenCondition is what is to be known of an open exception to tell what it
// follows from.
type OpenCondition struct {
	ID       int64
	Code     ExceptionCode
	Key      string // what tells it from others of its code
	Source   string
	Through  string // the system that it waits for, empty when that is its source or it waits for none
	DC       string
	Team     Team
	Priority Priority
	OpenedAt time.Time // real
	Shelved  bool
	Cause    int64 // that it followed from until now, 0 for none
}

// system is what an exception and its cause have in common.
func (e OpenCondition) system() string { return cmp.Or(e.Through, e.Source) }

// stops is which way a condition stops the traffic with its source, empty for
// neither. The key is compared with the source as well, since a source may be named
// like the beginning of a key.
func (e OpenCondition) stops() Traffic {
	switch {
	case e.Key == "route|"+e.Source || e.Key == "erp|"+e.Source:
		return TrafficOut
	case strings.HasPrefix(e.Key, "source|"+e.Source+"|") || strings.HasPrefix(e.Key, "refused|"+e.Source+"|"):
		return TrafficIn
	}
	return ""
}

// kindOf is what a flood is of: one kind from one system. Where no system is
// concerned, each has a cause of its own.
type kindOf struct {
	code   ExceptionCode
	system string
}

// mayCause reports whether e may stand for other: what is put aside calls nobody,
// and what is more urgent than its cause has to call for itself.
func (e OpenCondition) mayCause(other OpenCondition) bool {
	return e.ID != other.ID && !e.Shelved && !other.Priority.MoreUrgent(e.Priority)
}

// Follows tells which of all open exceptions follow from which other, by id: by
// the rules, else from the most urgent of their flood. When a flood has ended,
// what followed from its first stays with that one for as long as it is open. A
// cause follows from nothing itself.
func Follows(open []OpenCondition, now time.Time) map[int64]int64 {
	open = slices.SortedFunc(slices.Values(open), func(a, b OpenCondition) int {
		return cmp.Or(cmp.Compare(a.Priority.rank(), b.Priority.rank()), cmp.Compare(a.ID, b.ID))
	})
	causes := map[int64]int64{}
	byCode, byKind := map[ExceptionCode][]OpenCondition{}, map[kindOf][]OpenCondition{}
	for _, e := range open {
		byCode[e.Code] = append(byCode[e.Code], e)
	}
	for _, e := range open {
		if cause := ruled(e, byCode); cause != 0 {
			causes[e.ID] = cause
		} else if system := e.system(); system != "" && e.Code != ExceptionUnacknowledged { // each supplier is silent for a reason of its own
			byKind[kindOf{e.Code, system}] = append(byKind[kindOf{e.Code, system}], e)
		}
	}
	for _, alike := range byKind {
		followFirst(alike, now, causes)
	}
	for id, cause := range causes {
		if first, follows := causes[cause]; follows {
			causes[id] = first
		}
	}
	return causes
}

// ruled is the most urgent cause that the rules give an exception, 0 for none.
func ruled(e OpenCondition, byCode map[ExceptionCode][]OpenCondition) int64 {
	for _, rule := range followRules {
		if rule.Effect != e.Code || e.system() == "" || rule.Waits && e.Through == "" {
			continue
		}
		for _, cause := range byCode[rule.Cause] {
			if rule.Waits && cause.Through == "" || rule.Traffic != "" && rule.Traffic != cause.stops() {
				continue
			}
			if cause.system() == e.system() && (cause.DC == "" || cause.DC == e.DC) && cause.mayCause(e) {
				return cause.ID
			}
		}
	}
	return 0
}

// followFirst links exceptions of one kind and system, the most urgent first,
// to the first of their flood while it lasts, and keeps the links of one that has
// ended. What stood long before the flood is not its head: whoever was called to
// that does not know of the rest.
func followFirst(alike []OpenCondition, now time.Time, causes map[int64]int64) {
	byID, leads := map[int64]OpenCondition{}, map[int64]bool{}
	recent := 0
	for _, e := range alike {
		byID[e.ID], leads[e.Cause] = e, true
		if now.Sub(e.OpenedAt) <= FloodSpan {
			recent++
		}
	}
	linked := slices.ContainsFunc(alike, func(e OpenCondition) bool { _, among := byID[e.Cause]; return among })
	flood := recent > FloodStarts || linked && recent >= FloodEnds
	var first OpenCondition
	if at := slices.IndexFunc(alike, func(e OpenCondition) bool { return !e.Shelved && (leads[e.ID] || now.Sub(e.OpenedAt) <= FloodSpan) }); at >= 0 {
		first = alike[at]
	}
	for _, e := range alike {
		cause := first
		if !flood {
			cause = byID[e.Cause]
		}
		if cause.ID != 0 && cause.mayCause(e) {
			causes[e.ID] = cause.ID
		}
	}
}
