package models

import "time"

// HopKind is a part of the way from a source to a target.
type HopKind string

// The kinds of hops, in the order of the way.
const (
	HopSource   HopKind = "source"   // a source's commit to the log
	HopApply    HopKind = "apply"    // the log to the state
	HopRoute    HopKind = "route"    // the state to a subscriber
	HopWorkflow HopKind = "workflow" // the state to the workflow
	HopERP      HopKind = "erp"      // an approved recommendation to an order in the ERP
)

// Hop is how one part of the way ran over a period. Events are those that
// passed, Failed the attempts that did not; Spread is how long each took.
// Backlog is what waits to pass now, OldestAt since when the first of it does.
type Hop struct {
	Kind         HopKind
	Name         string // of the source, subscription or ERP; empty for the tower's own
	Events       int64
	Attempts     int64 // of which Failed did not succeed; 0 where every event is one
	Failed       int64
	Spread       Histogram
	Backlog      int64
	OldestAt     *time.Time
	Paused       bool
	Disabled     bool
	AllVersions  bool     // does not tell the versions of an entity apart
	AtLeast      bool     // the backlog is counted up to a bound only
	FailsNetwork bool     // what failed does not tell DCs apart
	Full         bool     // turns away what comes: its queue has no room
	Silent       *Silence // nil while it is heard
}

// Silence is what the open exceptions say of a source that is silent: the most urgent
// of them, and how many more there are.
type Silence struct {
	Exception int64
	DC        string // empty for all
	Since     time.Time
	More      int
}

// words say where it is silent and for how long that is known, in real time.
func (s Silence) words(now time.Time) string {
	words := "silent · " + Took(max(now.Sub(s.Since), 0).Truncate(time.Second))
	if s.DC == "" {
		return words
	}
	if s.More > 0 {
		return s.DC + " and " + Count(int64(s.More)) + " more " + words
	}
	return s.DC + " " + words
}

// HopState is how a hop is doing.
type HopState string

// The states. A quiet hop has nothing to do.
const (
	HopGood    HopState = "good"
	HopQuiet   HopState = "quiet"
	HopLate    HopState = "late"
	HopFailing HopState = "failing"
	HopPaused  HopState = "paused"
)

// What makes a hop late or failing. Real time.
const (
	hopLateAfter    = 10 * time.Second
	hopFailingAfter = 2 * time.Minute
	hopFailingShare = 0.5
	hopLateShare    = 0.01
)

// State judges the hop at now: a backlog that grows old or attempts that
// mostly fail are failing, some of either is late. What a silent source still
// brought within the period does not make its hop work.
func (h Hop) State(now time.Time) HopState {
	switch age := h.Age(now); {
	case h.Disabled || h.Silent != nil:
		return HopFailing
	case h.Paused:
		return HopPaused
	case h.Full:
		return HopFailing
	case age > hopFailingAfter || h.ErrorShare() >= hopFailingShare:
		return HopFailing
	case age > hopLateAfter || h.ErrorShare() >= hopLateShare || h.Spread.Quantile(0.95) > LatencyTarget:
		return HopLate
	case h.Events == 0 && h.Backlog == 0:
		return HopQuiet
	}
	return HopGood
}

// Why says what makes the hop late or failing; empty where nothing does.
func (h Hop) Why(now time.Time) string {
	switch age := h.Age(now); {
	case h.Disabled:
		return "switched off"
	case h.Silent != nil:
		return h.Silent.words(now)
	case h.Paused:
		return ""
	case h.Full:
		return "its queue is full"
	case age > hopLateAfter:
		return "the first waits " + Took(age.Truncate(time.Second))
	case h.ErrorShare() >= hopLateShare:
		return Count(h.Failed) + " failed"
	case h.Spread.Quantile(0.95) > LatencyTarget:
		return "p95 over " + Took(LatencyTarget)
	}
	return ""
}

// Age is how long the first of the backlog has waited, 0 without one.
func (h Hop) Age(now time.Time) time.Duration {
	if h.OldestAt == nil || h.Backlog == 0 {
		return 0
	}
	return max(now.Sub(*h.OldestAt), 0)
}

// ErrorShare is the share of attempts that failed, 0 when there was none.
func (h Hop) ErrorShare() float64 {
	attempts := h.Attempts
	if attempts == 0 {
		attempts = h.Events + h.Failed
	}
	if attempts == 0 {
		return 0
	}
	return float64(h.Failed) / float64(attempts)
}

// constraintAge is the backlog's age below which no hop is said to hold up the others.
const constraintAge = 2 * time.Second

// Constraint is the index of the hop that holds up the others: the one whose
// backlog has waited longest. One that turns away what comes goes before, since
// what it keeps out waits where nobody here can see how long. It is -1 while
// nothing waits for long.
func Constraint(hops []Hop, now time.Time) int {
	found, oldest, full := -1, constraintAge, false
	for i := range hops {
		age := hops[i].Age(now)
		first := hops[i].Full && !full
		if !hops[i].Paused && (first || hops[i].Full == full && age > oldest) {
			found, oldest, full = i, age, hops[i].Full
		}
	}
	return found
}

// StageFailures is what failed in one stage and still waits.
type StageFailures struct {
	Stage     Stage
	Open      map[Priority]int `gorm:"-"` // exceptions, whichever team owns them
	Elsewhere int              // of these, those that stand in no queue of IT
	Parked    int64            // events that need a person
	Waiting   int64            // events held, waiting for a record or for their next attempt
	Rejected  int64            // events that intake refused in the period
	Stuck     int64            // ERP writes that failed or whose outcome is unknown
}

// FlowMap is how everything runs now.
type FlowMap struct {
	Period   Period
	Hops     []Hop
	Steps    []LatencyCell // of the way through the tower, all DCs and entities of the cut together
	Failures []StageFailures
}
