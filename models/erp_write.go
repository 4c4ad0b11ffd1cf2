package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ERPWriteState is where the making of an ERP order stands.
type ERPWriteState string

// The states. Unknown means that a request went out and its answer is not
// known; it is resolved by asking the ERP and never by sending again blindly.
const (
	WriteIntent    ERPWriteState = "intent"
	WriteSent      ERPWriteState = "sent"
	WriteUnknown   ERPWriteState = "unknown"
	WriteConfirmed ERPWriteState = "confirmed"
	WriteFailed    ERPWriteState = "failed"
	WriteDiscarded ERPWriteState = "discarded"
)

// ERPWriteStates lists all of them, in the order of a write's life.
func ERPWriteStates() []ERPWriteState {
	return []ERPWriteState{WriteIntent, WriteSent, WriteUnknown, WriteConfirmed, WriteFailed, WriteDiscarded}
}

// OrderRequest is the order that an approval asks the ERP for. Reference is
// ours and the same for every attempt.
type OrderRequest struct {
	Kind      string             `json:"-"` // purchase, transfer
	Reference string             `json:"reference"`
	Supplier  string             `json:"supplier,omitempty"`
	FromDC    string             `json:"from_dc,omitempty"`
	DC        string             `json:"dc"`
	Currency  string             `json:"currency"`
	Lines     []OrderRequestLine `json:"lines"`
}

// OrderRequestLine is one line of an order request. NeedBy is a business day.
type OrderRequestLine struct {
	Line      int             `json:"line"`
	Item      string          `json:"item"`
	Quantity  decimal.Decimal `json:"quantity"`
	Unit      string          `json:"unit"`
	UnitPrice decimal.Decimal `json:"unit_price"`
	NeedBy    string          `json:"need_by"`
}

// OrderReference is the key under which the ERP knows the order of a recommendation.
func OrderReference(recommendation string) string { return "TL-" + recommendation }

// ERPWrite is one approved recommendation on its way into the ERP.
type ERPWrite struct {
	ID             int64
	Recommendation string
	System         string
	Reference      string
	Request        OrderRequest
	State          ERPWriteState
	Document       string // the ERP's order number once confirmed
	Attempts       int
	NextAttemptAt  time.Time
	SentAt         *time.Time // when the newest request may have left
	LeaseUntil     *time.Time // a worker is at it until then
	ErrorClass     string
	Error          string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	TraceParent    TraceParent `json:"-"` // of its recommendation
	ComputedAt     time.Time   `json:"-"` // when its recommendation was computed, by the clock of its engine
}

// What an attempt at an ERP write did.
const (
	ActionSend   = "send"
	ActionLookup = "lookup"
)

// What came of an attempt at an ERP write.
const (
	OutcomeCreated   = "created"
	OutcomeFound     = "found"
	OutcomeAbsent    = "absent"
	OutcomeRefused   = "refused"
	OutcomeUnknown   = "unknown"
	OutcomeUnreached = "unreached"
)

// ERPWriteAttempt is one call to the ERP for a write.
type ERPWriteAttempt struct {
	Attempt   int
	Action    string // ActionSend or ActionLookup
	StartedAt time.Time
	EndedAt   time.Time
	Outcome   string
	Class     string
	Error     string
	Status    int // of the HTTP answer that refused it, 0 without one
	Request   string
	Response  string
}
