package models

import (
	"slices"
	"strings"
	"time"
)

// ExceptionState is where the work on an exception stands.
type ExceptionState string

// The states. ExceptionSuppressed is never stored: it is the state of what lies on
// a shelf until the shelf ends, and the work goes on where it stood.
const (
	ExceptionNew          ExceptionState = "new"
	ExceptionAcknowledged ExceptionState = "acknowledged"
	ExceptionAssigned     ExceptionState = "assigned"
	ExceptionInProgress   ExceptionState = "in_progress"
	ExceptionWaiting      ExceptionState = "waiting" // for somebody outside the team, until a time
	ExceptionResolved     ExceptionState = "resolved"
	ExceptionSuppressed   ExceptionState = "suppressed"
)

// ExceptionStates are all of them, in the order of the work.
func ExceptionStates() []ExceptionState {
	return append(slices.Clone(openStates), ExceptionSuppressed, ExceptionResolved)
}

// ExceptionAction is what a person does to an exception's state.
type ExceptionAction string

// The actions.
const (
	ActionAcknowledge ExceptionAction = "acknowledge"
	ActionAssign      ExceptionAction = "assign"
	ActionStart       ExceptionAction = "start"
	ActionWait        ExceptionAction = "wait" // for a bounded time
	ActionResolve     ExceptionAction = "resolve"
	ActionShelve      ExceptionAction = "shelve"   // suppress it for a bounded time
	ActionUnshelve    ExceptionAction = "unshelve" // take it back before
)

// MaxShelf is how long an exception may be put aside at once.
const MaxShelf = 24 * time.Hour

// MaxWait is how long an exception may wait for somebody at once.
const MaxWait = 14 * 24 * time.Hour

type actionRule struct {
	from []ExceptionState
	to   ExceptionState // empty: it stays as it is
}

var openStates = []ExceptionState{ExceptionNew, ExceptionAcknowledged, ExceptionAssigned, ExceptionInProgress, ExceptionWaiting}

// actionRules lists every allowed transition of the work. A resolved exception is
// only ever opened again by its condition.
var actionRules = map[ExceptionAction]actionRule{
	ActionAcknowledge: {[]ExceptionState{ExceptionNew}, ExceptionAcknowledged},
	ActionAssign:      {openStates, ExceptionAssigned},
	ActionStart:       {[]ExceptionState{ExceptionNew, ExceptionAcknowledged, ExceptionAssigned, ExceptionWaiting}, ExceptionInProgress},
	ActionWait:        {[]ExceptionState{ExceptionAcknowledged, ExceptionAssigned, ExceptionInProgress}, ExceptionWaiting},
	ActionResolve:     {openStates, ExceptionResolved},
	ActionShelve:      {openStates, ""},
	ActionUnshelve:    {openStates, ""},
}

// whileSuppressed is what can be done with an exception on a shelf.
var whileSuppressed = []ExceptionAction{ActionUnshelve, ActionShelve, ActionResolve}

// Known tells whether people can do it with an exception at all.
func (a ExceptionAction) Known() bool {
	_, known := actionRules[a]
	return known
}

// After is the state to which an action leads; false when it is not allowed in s.
func (s ExceptionState) After(a ExceptionAction) (ExceptionState, bool) {
	rule, known := actionRules[a]
	if !known || !slices.Contains(rule.from, s) {
		return s, false
	}
	if rule.to == "" {
		return s, true
	}
	return rule.to, true
}

// Actions lists what a person may do in state s, in the order of the work.
func (s ExceptionState) Actions() []ExceptionAction {
	if s == ExceptionSuppressed {
		return []ExceptionAction{ActionResolve}
	}
	var allowed []ExceptionAction
	for _, a := range []ExceptionAction{ActionAcknowledge, ActionAssign, ActionStart, ActionWait, ActionResolve} {
		if _, ok := s.After(a); ok {
			allowed = append(allowed, a)
		}
	}
	return allowed
}

// StateAt is where an exception stands at a real instant: suppressed while it lies
// on a shelf, else where the work stands.
func (e Exception) StateAt(at time.Time) ExceptionState {
	if e.State != ExceptionResolved && e.Shelved(at) {
		return ExceptionSuppressed
	}
	return e.State
}

// After is the state of the work to which an action leads at a real instant;
// CodePrecondition says in a sentence why it is not allowed.
func (e Exception) After(a ExceptionAction, at time.Time) (ExceptionState, error) {
	state := e.StateAt(at)
	next, allowed := e.State.After(a)
	switch {
	case state == ExceptionSuppressed && !slices.Contains(whileSuppressed, a):
		return next, Errorf(CodePrecondition, "Exception %d is suppressed until %s: take it back first.", e.ID, e.ShelvedUntil.UTC().Format("2 Jan 15:04 MST"))
	case e.ShelvedUntil == nil && a == ActionUnshelve:
		return next, Errorf(CodePrecondition, "Exception %d is not suppressed: there is nothing to take back.", e.ID)
	case state == ExceptionResolved:
		return next, Errorf(CodePrecondition, "Exception %d is resolved: only what it is about opens it again.", e.ID)
	case !allowed:
		return next, Errorf(CodePrecondition, "Exception %d is %s: %s is not possible from there, but %s.", e.ID, state.Word(), a, listedActions(state.Actions()))
	}
	return next, nil
}

func listedActions(actions []ExceptionAction) string {
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = string(a)
	}
	return strings.Join(words, ", ")
}

// Word is the state within a sentence.
func (s ExceptionState) Word() string { return strings.ReplaceAll(string(s), "_", " ") }
