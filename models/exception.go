package models

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// UndoWindow is how long what a person did with an exception can be taken back.
const UndoWindow = 10 * time.Second

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
	WaitingUntil   *time.Time // in the state waiting, for how long
	ShelvedUntil   *time.Time // put aside until then, unless it becomes P1
	KindShelf      *int64     // the shelf of its kind on which it lies; nil when it was put aside alone, or not at all
	CauseID        *int64     // the exception that it follows from, while both are open

	Escalation  EscalationLevel
	EscalatedAt *time.Time // real
	EscalatedTo string     // whom the last step calls, accounts and roles as on a rota, with commas; empty where only the role of the step is known

	Resolution string
	Version    int
}

// Owning is the team that has to see to it: the one to which it was handed, else its own.
func (e Exception) Owning() Team { return cmp.Or(e.RoutedTeam, e.Team) }

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

// Technical reports whether ConsequenceAt is that of a technical fault, which counts
// in real time. Orders that cannot be placed are due at their cut-off.
func (e Exception) Technical() bool { return e.Code.Technical() && e.Subject.ERPWrite == 0 }

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
	For     time.Duration // with ActionShelve, at most MaxShelf, and ActionWait, at most MaxWait
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
	if c.Action == ActionWait && (c.For < time.Minute || c.For > MaxWait) {
		return Errorf(CodeInvalid, "Say until when it waits: a time such as 4h or 48h, from 1m to %dh.", int(MaxWait.Hours()))
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
