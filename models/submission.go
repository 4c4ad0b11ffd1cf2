package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// SubmissionEventID is the id of the event with which a recommendation is
// submitted through the API: submitted again, it is the same event.
func SubmissionEventID(recommendation string) string { return "recommendation:" + recommendation }

// SubmissionState is how far a recommendation has come.
type SubmissionState string

// The states. Up to applied it is on its way through the log, and an event's
// held, waiting, parked, superseded and discarded are among them.
const (
	SubmissionAccepted SubmissionState = "accepted"
	SubmissionApplied  SubmissionState = "applied" // and not judged yet
	SubmissionApproval SubmissionState = "waiting_for_approval"
	SubmissionApproved SubmissionState = "approved" // and not ordered yet
)

// Submission is how a recommendation stands. Times are real; those of steps that
// are yet to come are nil.
type Submission struct {
	Recommendation string
	State          SubmissionState
	Since          time.Time // when it came into the state
	Reason         string    // why it does not go on, or was decided so; may be empty
	Code           string    // of the catalogue, of an event that did not pass
	Seq            int64     // of its event
	Item, DC       string
	Kind           string          // purchase or transfer; empty before it is applied
	Quantity       decimal.Decimal // as approved by now
	Unit           string
	ReceivedAt     time.Time
	AppliedAt      *time.Time
	DueAt          *time.Time // by when it should be decided
	DecidedAt      *time.Time
	DecidedBy      string
	SentAt         *time.Time // when the ERP was asked last
	Attempts       int        // to order it
	OrderedAt      *time.Time
	Order          string // the ERP's number
	TraceID        string
	CorrelationID  string
	CausationID    string
}

// ReplenishmentStatus is how the replenishment of an item at a DC stands.
type ReplenishmentStatus struct {
	Item, DC   string
	Evaluation *EvaluationStatus // the newest, nil before the first
	Open       *Submission       // the newest recommendation that is not at its end, nil without one
	Orders     []ExpectedOrder   // what is to be received, the earliest first
}

// EvaluationStatus is what the engine found when it looked.
type EvaluationStatus struct {
	Run            string
	Outcome        string // recommend, no_action, blocked
	Reason         string
	Recommendation string
	EvaluatedAt    time.Time
}

// ExpectedOrder is an order line of which something is yet to be received.
type ExpectedOrder struct {
	Number      string
	Line        int
	Kind        string // purchase, transfer
	State       string // open, confirmed, shipped
	Outstanding decimal.Decimal
	Unit        string
	OrderedAt   time.Time
	Day         time.Time // business day on which it is expected
	SaidBy      string    // what the day stands on: order, confirmation, shipping notice
	SaidAt      time.Time
}
