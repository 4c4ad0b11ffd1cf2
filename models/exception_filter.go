package models

import (
	"time"
)

// ExceptionSort is the order of a queue.
type ExceptionSort string

// The orders: by priority, by money at risk and then time to the consequence,
// or the newest first.
const (
	SortPriority ExceptionSort = "priority"
	SortMoney    ExceptionSort = "money"
	SortNewest   ExceptionSort = "newest"
)

// QueuePart is a part of a team's queue.
type QueuePart string

// The parts: all of it; what the team owns, which is what was handed to it and
// what is of its kinds and was handed to nobody else; and what another team owns
// while this one may act.
const (
	PartAll  QueuePart = ""
	PartOurs QueuePart = "ours"
	PartAlso QueuePart = "also"
)

// ExceptionFilter says which exceptions are asked for. Empty parts do not
// filter; without States only open ones are given.
type ExceptionFilter struct {
	Team       Team
	Part       QueuePart // of the team's queue; it needs a Team
	States     []ExceptionState
	State      ExceptionState // only those that stand there, whatever else is given of states and the shelf; empty for all
	Priorities []Priority
	Codes      []ExceptionCode
	Stage      Stage
	DC         string
	Item       string
	Supplier   string
	Source     string
	NoSource   bool      // only those that concern no source
	Concerns   string    // who works on it, or is called to it by name
	Escalated  bool      // those that were carried upward
	Unowned    bool      // only those that nobody has taken
	Shelved    bool      // those that are put aside, instead of the others
	Cause      int64     // only those that follow from it; 0 for all
	Folded     bool      // without those whose cause the filter gives as well
	Since      time.Time // opened after it; zero for all
	Text       string    // anywhere in what a person reads, upper or lower case
	Sort       ExceptionSort
	By         Sorting // a column instead of Sort: priority, title, code, stage, supplier, item, dc, order, count, first, checked, state, risk, left, owner, clock
	After      string  // of the page before; empty for the first
	Limit      int     // 50 when 0, at most 200
}

// Narrowed reports whether the filter leaves out any of a team's open exceptions
// by what they are; the part of the queue, their States and the folding under a cause do not count.
func (f ExceptionFilter) Narrowed() bool {
	return len(f.Priorities)+len(f.Codes) > 0 || f.Stage != "" || f.DC != "" || f.Item != "" || f.Supplier != "" || f.Source != "" || f.NoSource ||
		f.State != "" || f.Concerns != "" || f.Escalated || f.Shelved || f.Cause != 0 || !f.Since.IsZero() || f.Text != ""
}

// UnownedStates are those of an exception that nobody has taken.
func UnownedStates() []ExceptionState { return []ExceptionState{ExceptionNew, ExceptionAcknowledged} }

// ExceptionPage is a part of a queue. Next is empty on the last page.
type ExceptionPage struct {
	Rows []Exception
	Next string
}

// ExceptionViews counts what a filter matches, as each view of a queue would
// show it. Ours is the part of Open that the team owns, Causes are the groups of
// what is open by kind and source. Every is as Open, of all teams, and only counted
// for a filter that asks for it.
type ExceptionViews struct{ Open, Ours, Unowned, Mine, Escalated, Shelved, Causes, Every int64 }

// ExceptionDetail is an exception with its history, the oldest note first, and
// which parts of its subject have a chain.
type ExceptionDetail struct {
	Exception
	Notes            []ExceptionNote
	Ticks            []RunbookTick // of its runbook's steps, the oldest first
	Paces            []StepPace    // of the steps that were ticked often enough, of all exceptions of its kind
	CauseTitle       string        // of what it follows from, empty for none
	Followers        int64         // open exceptions that follow from it
	PlaceHasChain    bool          // the item, at the DC when there is one
	ProposalHasChain bool
	OrderHasChain    bool
	Compared         []ComparedOrder // of a possible duplicate, the older first
}

// AssessedSignal is a signal with its computed severity.
type AssessedSignal struct {
	Signal
	Severity
}

// SweepReport is what a sweep found. Every condition of one of Codes
// that is not among Signals has cleared.
type SweepReport struct {
	Codes   []ExceptionCode
	Signals []AssessedSignal
	At      time.Time   // real time at which the sweep began to look
	Clocks  Escalations // in whose working time they run
}

// SweepOutcome counts what a sweep changed.
type SweepOutcome struct {
	Opened, Reopened, Refreshed, Closed int
	Linked                              int // to their cause, or no longer
	Shelved, Returned                   int // with their kind
	Waited                              int // as long as they were to
}
