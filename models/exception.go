package models

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// ExceptionState is where the work on an exception stands.
type ExceptionState string

// The states.
const (
	ExceptionNew          ExceptionState = "new"
	ExceptionAcknowledged ExceptionState = "acknowledged"
	ExceptionAssigned     ExceptionState = "assigned"
	ExceptionInProgress   ExceptionState = "in_progress"
	ExceptionWaiting      ExceptionState = "waiting" // for somebody outside the team
	ExceptionResolved     ExceptionState = "resolved"
)

// ExceptionAction is what a person does to an exception's state.
type ExceptionAction string

// The actions.
const (
	ActionAcknowledge ExceptionAction = "acknowledge"
	ActionAssign      ExceptionAction = "assign"
	ActionStart       ExceptionAction = "start"
	ActionWait        ExceptionAction = "wait"
	ActionResolve     ExceptionAction = "resolve"
	ActionShelve      ExceptionAction = "shelve"   // put aside for a bounded time
	ActionUnshelve    ExceptionAction = "unshelve" // take it back before
)

// UndoWindow is how long what a person did with an exception can be taken back.
const UndoWindow = 10 * time.Second

// MaxShelf is how long an exception may be put aside at once.
const MaxShelf = 24 * time.Hour

type actionRule struct {
	from []ExceptionState
	to   ExceptionState // empty: it stays as it is
}

var openStates = []ExceptionState{ExceptionNew, ExceptionAcknowledged, ExceptionAssigned, ExceptionInProgress, ExceptionWaiting}

// actionRules lists every allowed transition. A resolved exception is only
// ever opened again by its condition.
var actionRules = map[ExceptionAction]actionRule{
	ActionAcknowledge: {[]ExceptionState{ExceptionNew}, ExceptionAcknowledged},
	ActionAssign:      {openStates, ExceptionAssigned},
	ActionStart:       {[]ExceptionState{ExceptionNew, ExceptionAcknowledged, ExceptionAssigned, ExceptionWaiting}, ExceptionInProgress},
	ActionWait:        {[]ExceptionState{ExceptionAcknowledged, ExceptionAssigned, ExceptionInProgress}, ExceptionWaiting},
	ActionResolve:     {openStates, ExceptionResolved},
	ActionShelve:      {openStates, ""},
	ActionUnshelve:    {openStates, ""},
}

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
	var allowed []ExceptionAction
	for _, a := range []ExceptionAction{ActionAcknowledge, ActionAssign, ActionStart, ActionWait, ActionResolve} {
		if _, ok := s.After(a); ok {
			allowed = append(allowed, a)
		}
	}
	return allowed
}

// ExceptionSubject is what an exception is about; each part may be empty.
type ExceptionSubject struct {
	Source         string
	Item           string
	DC             string
	Supplier       string
	Recommendation string
	Document       string // purchase or transfer order number
	EventSeq       int64  // one event of those concerned
	ERPWrite       int64
	Fingerprint    string // of a group of parked events, a UUID
}

// Signal is what a detector says about a condition that stands now. Key tells
// the condition from others of its code; the same condition always gives the
// same key.
type Signal struct {
	Code        ExceptionCode
	Key         string
	Through     string // the system that it waits for, where that is not plain from the subject's source
	Team        Team   // the code's own when empty
	AlsoTeam    Team   // sees it in its queue as well
	Title       string
	Happened    string // in business words, with figures
	Occurrences int    // 1 when 0
	Currency    string
	Subject     ExceptionSubject
	Risk        Risk
}

// DedupeKey identifies the condition among all exceptions.
func (s Signal) DedupeKey() string { return string(s.Code) + "|" + s.Key }

// Exception is a condition that needs a response. Version grows with each
// change of its state and is what two people are told apart by; a refreshed
// figure does not move it.
type Exception struct {
	ID            int64
	Code          ExceptionCode
	Team          Team
	AlsoTeam      Team
	RoutedTeam    Team // to which somebody handed it
	Stage         Stage
	Title         string
	Happened      string
	State         ExceptionState
	Standing      bool // the condition still holds, resolved or not
	Priority      Priority
	Consequence   Consequence
	Why           string
	Subject       ExceptionSubject `gorm:"embedded"`
	Occurrences   int
	ValueAtRisk   decimal.Decimal
	Currency      string
	ConsequenceAt *time.Time // business time
	Owner         string

	// Real time.
	OpenedAt       time.Time
	LastSeenAt     time.Time
	AckDueAt       time.Time
	ResolveDueAt   time.Time
	AcknowledgedAt *time.Time
	ResolvedAt     *time.Time
	ShelvedUntil   *time.Time // put aside until then, unless it becomes P1
	KindShelf      *int64     // the shelf of its kind on which it lies; nil when it was put aside alone, or not at all
	CauseID        *int64     // the exception that it follows from, while both are open

	Escalation  EscalationLevel
	EscalatedAt *time.Time // real
	EscalatedTo string     // the account that the last step calls; empty where only the role is known

	Resolution string
	Version    int
}

// Teams are those that find the exception in their queue, each once.
func (e Exception) Teams() []Team {
	var teams []Team
	for _, t := range []Team{e.Team, e.AlsoTeam, e.RoutedTeam} {
		if t != "" && !slices.Contains(teams, t) {
			teams = append(teams, t)
		}
	}
	return teams
}

// Of reports whether one of some teams finds the exception in its queue.
func (e Exception) Of(teams []Team) bool {
	return slices.ContainsFunc(e.Teams(), func(t Team) bool { return slices.Contains(teams, t) })
}

// Shelved reports whether an exception is put aside. The most urgent never are.
func (e Exception) Shelved(at time.Time) bool {
	return e.ShelvedUntil != nil && at.Before(*e.ShelvedUntil) && e.Priority != PriorityP1
}

// Follows reports whether an exception is open and leaves the calling to its cause.
func (e Exception) Follows() bool { return e.CauseID != nil && e.State != ExceptionResolved }

// Moves lists what can be done about the exception, the next move first.
func (e Exception) Moves() []Move {
	kind, _ := e.Code.Kind()
	return slices.DeleteFunc(slices.Clone(kind.Moves), func(m Move) bool { return !e.Subject.allows(m) })
}

// allows reports whether a subject has what a move is about.
func (s ExceptionSubject) allows(m Move) bool {
	switch m {
	case moveEvaluate, moveReread:
		return s.Item != "" && s.DC != ""
	case moveChain:
		return s.Recommendation != "" || s.Document != "" || s.Item != ""
	case moveInspect:
		return s.ERPWrite != 0 || s.EventSeq != 0
	case moveRoute:
		return s.ERPWrite != 0 || s.Source != ""
	case moveResubmit, moveOrders:
		return s.ERPWrite != 0
	case moveRecompute:
		return s.Recommendation != ""
	case moveAccept, moveChase:
		return s.Document != ""
	}
	return true
}

// ExceptionChange is what a person asks for on a page. Version is what the page showed.
type ExceptionChange struct {
	ID      int64
	Version int
	Action  ExceptionAction
	Actor   string
	Owner   string        // with ActionAssign; the actor when empty
	Note    string        // required with ActionResolve, ActionWait and ActionShelve
	For     time.Duration // with ActionShelve, at most MaxShelf
	Triage  int64         // that it is part of; 0 for a change alone
}

// Validate refuses a change that lacks what its action needs.
func (c ExceptionChange) Validate() error {
	if !c.Action.Known() {
		return Errorf(CodeInvalid, "%q is nothing one can do with an exception", c.Action)
	}
	if c.Actor == "" {
		return Errorf(CodeInvalid, "somebody has to do it")
	}
	if c.Action == ActionShelve && (c.For < time.Minute || c.For > MaxShelf) {
		return Errorf(CodeInvalid, "Say for how long: a time such as 30m or 8h, from 1m to %dh.", int(MaxShelf.Hours()))
	}
	if c.Note == "" && (c.Action == ActionResolve || c.Action == ActionWait || c.Action == ActionShelve) {
		return &Error{Code: CodeInvalid, Message: "Say in a sentence what was done, what is waited for or why it can wait.",
			Fields: []FieldError{{Field: "note", Message: "is required"}}}
	}
	return nil
}

// ExceptionChanged is the cause of a CodeConflict: somebody changed the
// exception since the page was shown. It carries the state to show instead.
type ExceptionChanged struct {
	Exception Exception
	By        string // who changed it last
}

func (*ExceptionChanged) Error() string { return "the exception changed since it was shown" }

// ExceptionNote is one entry in the history of an exception.
type ExceptionNote struct {
	ID     int64
	At     time.Time
	Actor  string
	Action string
	Note   string
}
