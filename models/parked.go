package models

import "time"

// EventGroup is events that wait for the same cause. Items and Orders name the
// first of them and one more than are shown, so that a group of any size costs a
// list the same; how many there are in all is counted for a group that is opened.
type EventGroup struct {
	Fingerprint string
	State       string
	Code        string
	Stage       Stage
	Reason      string // of the newest
	WaitsFor    string
	Events      int64
	Ages        [len(ParkedAges)]int64 // how many of each age
	NewestSeq   int64
	Sources     []string
	DCs         []string
	Items       []string
	Orders      []string
	ItemCount   int64
	OrderCount  int64
	FirstAt     time.Time
	LastAt      time.Time
}

// AtOnce is how many events one click may retry or discard. More are a bulk
// action, with its preview, its canary and its stop rule.
const AtOnce = 25

// Cause is what the group waits for: a reference, or what made it fail.
func (g EventGroup) Cause() string {
	if g.WaitsFor != "" {
		return g.WaitsFor
	}
	return g.Fingerprint
}

// ParkedSummary is what stands in a state, counted over all of it. The ages are
// those of a filter without its age, so that each class leads to the others.
type ParkedSummary struct {
	Ages    [len(ParkedAges)]int64
	Groups  int64 // that the filter shows
	Codes   []string
	Sources []string
}

// ParkedAge is a class of ages in whole days since the reception, in UTC.
type ParkedAge struct {
	Name     string // in the address
	From, To int    // days, To exclusive; 0 means without end
}

// ParkedAges are the classes of the age histogram, the youngest first.
var ParkedAges = [4]ParkedAge{{"today", 0, 1}, {"week", 1, 7}, {"month", 7, 30}, {"older", 30, 0}}

// Span is when events of this age were received, to exclusive; zero times have no bound.
func (a ParkedAge) Span(now time.Time) (from, to time.Time) {
	midnight := now.UTC().Truncate(24 * time.Hour)
	if a.To > 0 {
		from = midnight.AddDate(0, 0, 1-a.To)
	}
	if a.From > 0 {
		to = midnight.AddDate(0, 0, 1-a.From)
	}
	return from, to
}

// ParkedFilter says which events that did not pass are meant; empty parts do
// not filter, Picked names events one by one.
type ParkedFilter struct {
	State          string
	Fingerprint    string
	Code           string
	Source         string
	DC             string
	ReceivedFrom   time.Time
	ReceivedBefore time.Time
	Picked         []int64
}

// Empty says that nothing but the state is given: it would mean everything.
func (f ParkedFilter) Empty() bool {
	return f.Fingerprint == "" && f.Code == "" && f.Source == "" && f.DC == "" &&
		f.ReceivedFrom.IsZero() && f.ReceivedBefore.IsZero() && len(f.Picked) == 0
}

// Replay says what has to happen before an event that failed by a code can pass.
type Replay string

// The ways to let a parked event pass.
const (
	ReplayByItself   Replay = "by itself"
	ReplayAsIs       Replay = "as it is"
	ReplayAfterEdit  Replay = "after an edit"
	ReplayAfterOwner Replay = "after its owner changed"
)

// ReplayOf is the way for events of a state that failed by a code.
func ReplayOf(state string, code ExceptionCode) Replay {
	switch {
	case state != "parked":
		return ReplayByItself
	case code == ExceptionNotOwner:
		return ReplayAfterOwner
	case code == ExceptionContractViolation, code == ExceptionIDReused, code == ExceptionImplausible:
		return ReplayAfterEdit
	}
	return ReplayAsIs
}
