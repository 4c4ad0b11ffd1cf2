package models

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// ProposalState is where a recommendation stands in the workflow.
type ProposalState string

// The states. A proposal waits for a person or is approved by policy; approved
// it becomes ordered, or failed when the ERP refuses it.
const (
	ProposalWaiting    ProposalState = "waiting"
	ProposalApproved   ProposalState = "approved"
	ProposalRejected   ProposalState = "rejected"
	ProposalSuperseded ProposalState = "superseded"
	ProposalOrdered    ProposalState = "ordered"
	ProposalFailed     ProposalState = "failed"
)

// proposalMoves lists every allowed transition. A failed proposal is approved
// again by a resubmission, ordered when the ERP turns out to have the order
// after all, and rejected when someone discards it.
var proposalMoves = map[ProposalState][]ProposalState{
	ProposalWaiting:  {ProposalApproved, ProposalRejected, ProposalSuperseded},
	ProposalApproved: {ProposalOrdered, ProposalFailed, ProposalRejected},
	ProposalFailed:   {ProposalApproved, ProposalOrdered, ProposalRejected},
}

// CanBecome reports whether the transition from s to next is allowed.
func (s ProposalState) CanBecome(next ProposalState) bool {
	return slices.Contains(proposalMoves[s], next)
}

// Final reports whether no transition leads out of s.
func (s ProposalState) Final() bool { return len(proposalMoves[s]) == 0 }

// ApprovalRoute says who approves: the policy, one person or two.
type ApprovalRoute string

// The routes.
const (
	RouteAuto   ApprovalRoute = "auto"
	RouteSingle ApprovalRoute = "single"
	RouteDouble ApprovalRoute = "double"
)

// Proposal is a recommendation in the workflow. Version grows with each change
// and is what two people are told apart by.
type Proposal struct {
	Recommendation string
	Kind           string // purchase, transfer
	Item           string
	DC             string
	FromDC         string
	Supplier       string
	State          ProposalState
	PolicyVersion  string
	Route          ApprovalRoute
	Quantity       decimal.Decimal
	Unit           string
	UnitPrice      decimal.Decimal
	Value          decimal.Decimal
	Currency       string
	NeedBy         time.Time // business day
	OrderBy        time.Time // business time
	Version        int
	FirstApprover  string // of a double route, empty before the first approval
	ChangedBy      string // who last changed the quantity
	SupersededBy   string // the recommendation or run that took its place
	EnteredAt      time.Time
	DueAt          time.Time // real time by which it should be decided
	DecidedAt      *time.Time
	OrderedAt      *time.Time

	Fallback Fallback // under which it entered, or was judged again
	LateFeed string   // the system that was late then

	TraceParent TraceParent `json:"-"` // of its recommendation
}

// StoredRecommendation is a recommendation as the tower applied it. NeedBy is a
// business day, OrderBy a business time, the other times are real.
type StoredRecommendation struct {
	Recommendation string
	Kind           string // purchase, transfer
	Run            string
	Item           string
	DC             string
	FromDC         string
	Supplier       string
	Quantity       decimal.Decimal
	Unit           string
	UnitPrice      decimal.Decimal
	Currency       string
	NeedBy         time.Time
	OrderBy        time.Time
	Reason         string
	BasisKind      string // declared, captured, inferred, missing
	ComputedAt     time.Time
	ReceivedAt     time.Time
	TraceParent    TraceParent
}

// DecisionVerdict is what a person or the policy decided.
type DecisionVerdict string

// The decisions. DecisionFirst is the first of two approvals; DecisionRecompute
// asks the engine again and leaves the proposal waiting.
const (
	DecisionApproved  DecisionVerdict = "approved"
	DecisionRejected  DecisionVerdict = "rejected"
	DecisionFirst     DecisionVerdict = "first_approval"
	DecisionRecompute DecisionVerdict = "recompute"
)

// Decision is what a person decides on a page. Version and Shown are what the
// page said when it was shown; a nil Quantity leaves the quantity as it is.
type Decision struct {
	Recommendation string
	Version        int
	Shown          Verdict
	Verdict        DecisionVerdict
	Actor          string
	Reason         string
	AcceptStale    bool
	Quantity       *decimal.Decimal
}

// DecisionRecord is a decision that was made. It never changes.
type DecisionRecord struct {
	ID        int64
	Verdict   DecisionVerdict
	Actor     string
	ByPolicy  bool
	Reason    string
	Quantity  decimal.Decimal
	DecidedAt time.Time
}

// ProposalChanged is the cause of a decision that was refused because the world
// moved on: CodeConflict when somebody else decided, CodePrecondition when the
// basis got worse. It carries the state to show instead.
type ProposalChanged struct {
	Proposal  Proposal
	Basis     BasisCheck
	Decisions []DecisionRecord
}

func (*ProposalChanged) Error() string { return "the proposal changed since it was shown" }
