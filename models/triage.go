package models

import (
	"slices"
	"time"
)

// MaxTriage is how many exceptions one triage takes: each changes in a
// transaction of its own while the person waits.
const MaxTriage = 500

// TriagePlan is what a person chose from a queue, to do the same with each.
type TriagePlan struct {
	Action ExceptionAction // ActionAcknowledge, ActionAssign or ActionShelve
	Picked []int64         // the exceptions that were ticked; empty for all of the filter
	Filter ExceptionFilter // its order and page are of no account
	Queue  string          // address of the list that it was chosen from
	Actor  string
}

// Validate refuses a plan that would mean everything, or too much.
func (p TriagePlan) Validate() error {
	switch {
	case !slices.Contains([]ExceptionAction{ActionAcknowledge, ActionAssign, ActionShelve}, p.Action):
		return Errorf(CodeInvalid, "%q is nothing one can do with many exceptions at once: acknowledge, assign or shelve them.", p.Action)
	case p.Actor == "":
		return Errorf(CodeInvalid, "Somebody has to do it.")
	case len(p.Picked) == 0 && !p.Filter.Narrowed():
		return Errorf(CodeInvalid, "Tick exceptions, or narrow the list and choose all that match: it never means everything.")
	case len(p.Picked) > MaxTriage:
		return TooManyForTriage()
	}
	return nil
}

// TooManyForTriage refuses to take more than MaxTriage exceptions.
func TooManyForTriage() error {
	return Errorf(CodeInvalid, "More than %d exceptions match, and no more are changed at once: narrow the list, by priority, kind or DC.", MaxTriage)
}

// TriageOutcome is what came of one exception of a triage; empty until it was decided.
type TriageOutcome string

// The outcomes.
const (
	TriageDone       TriageOutcome = "done"
	TriageChanged    TriageOutcome = "changed"     // meanwhile, by somebody else
	TriageNotAllowed TriageOutcome = "not_allowed" // in no queue of the actor's, or of the new owner's
	TriageSuppressed TriageOutcome = "suppressed"  // it is put aside: take it back first
	TriageUrgent     TriageOutcome = "urgent"      // P1, which is never shelved
	TriageNeedless   TriageOutcome = "needless"    // it is so already
	TriageUndone     TriageOutcome = "undone"      // taken back
)

// TriageOutcomes are all of them, the best first.
func TriageOutcomes() []TriageOutcome {
	return []TriageOutcome{TriageDone, TriageUndone, TriageChanged, TriageNeedless, TriageSuppressed, TriageUrgent, TriageNotAllowed}
}

// TriageOrder is the go-ahead for a triage.
type TriageOrder struct {
	Actor string
	Teams []Team // whose exceptions the actor may change
	Owner string // of ActionAssign; the actor when empty
	// OwnerTeams are those whose exceptions the owner may work on.
	OwnerTeams []Team
	Note       string        // required with ActionShelve
	For        time.Duration // of ActionShelve, at most MaxShelf
}

// Triage is the same done with many exceptions: a preview until it is started.
// Times are real.
type Triage struct {
	ID        int64
	Action    ExceptionAction
	Actor     string
	Queue     string // address of the list that it was chosen from
	Owner     string // of ActionAssign, once it is started
	Note      string
	Seconds   int // of ActionShelve
	CreatedAt time.Time
	StartedAt *time.Time
	EndedAt   *time.Time
	UndoneAt  *time.Time
	Items     []TriageItem `gorm:"-"` // by priority, then the oldest first
}

// TriageItem is one exception of a triage as it is now.
type TriageItem struct {
	Exception
	ShownVersion int // that the preview showed
	Outcome      TriageOutcome
	OutcomeNote  string
	LeftVersion  int // that the change left; 0 while there is none
}

// Left counts the exceptions that were not decided yet.
func (t Triage) Left() int { return t.Count("") }

// Count counts the exceptions with an outcome.
func (t Triage) Count(outcome TriageOutcome) int {
	n := 0
	for _, item := range t.Items {
		if item.Outcome == outcome {
			n++
		}
	}
	return n
}

// Bar says why an exception would be left as it is at a real instant:
// TriageNotAllowed, TriageSuppressed, TriageUrgent or TriageNeedless; empty when it would be changed.
func (t Triage) Bar(e Exception, teams []Team, at time.Time) TriageOutcome {
	if !e.Of(teams) {
		return TriageNotAllowed
	}
	if e.StateAt(at) == ExceptionSuppressed && !slices.Contains(whileSuppressed, t.Action) {
		return TriageSuppressed
	}
	if t.Action == ActionShelve && e.Priority == PriorityP1 {
		return TriageUrgent
	}
	next, allowed := e.State.After(t.Action)
	if !allowed || t.Action == ActionAssign && next == e.State && t.Owner == e.Owner {
		return TriageNeedless
	}
	return ""
}

// Foresee is what came of an exception or, while that is not decided, what would
// come of it as it stands; empty when it would be changed.
func (t Triage) Foresee(item TriageItem, teams []Team, at time.Time) TriageOutcome {
	switch {
	case item.Outcome != "":
		return item.Outcome
	case item.Version != item.ShownVersion:
		return TriageChanged
	default:
		return t.Bar(item.Exception, teams, at)
	}
}

// Change is the change of one exception of a started triage.
func (t Triage) Change(item TriageItem) ExceptionChange {
	return ExceptionChange{
		ID: item.ID, Version: item.ShownVersion, Action: t.Action, Actor: t.Actor,
		Owner: t.Owner, Note: t.Note, For: time.Duration(t.Seconds) * time.Second, Triage: t.ID,
	}
}
