package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ChainRows is what is on record of one thread, for AssembleChain. All rows are
// of one item at one DC.
type ChainRows struct {
	Item            string
	DC              string
	Unit            string
	Consumer        string // who the revisions are delivered to, in words
	Revisions       []ChainRevision
	Evaluations     []ChainEvaluation
	Recommendations []ChainRecommendation
	Decisions       []ChainDecision
	Orders          []ChainOrder
	Confirmations   []ChainReply
	ASNs            []ChainReply
	Receipts        []ChainReply
	Words           []ChainWord
	Moments         []time.Time // recorded moments that no row above holds
}

// ChainRevision is a forecast revision. Quantity is over the lead-time horizon.
type ChainRevision struct {
	Revision     int64
	Model        string
	Run          string
	Quantity     decimal.Decimal
	PublishedAt  time.Time
	DeliveredAt  *time.Time // to the replenishment engine, this revision or a newer one
	DeliveryLost bool       // a newer delivery has taken the place of the one that would tell
	Seq          int64
	RecordedAt   time.Time
}

// ChainEvaluation is one look of the engine.
type ChainEvaluation struct {
	Run              string
	Outcome          string // recommend, no_action, blocked
	Reason           string
	Recommendation   string
	ForecastRevision *int64
	StockAsOf        *time.Time
	OrdersAt         *time.Time // when it looked at open orders
	EvaluatedAt      time.Time
	Seq              int64
	RecordedAt       time.Time
}

// ChainRecommendation is a recommendation with its proposal and ERP write, as
// far as it came.
type ChainRecommendation struct {
	Recommendation   string
	Kind             string // purchase, transfer
	Run              string
	Supplier         string
	FromDC           string
	Quantity         decimal.Decimal
	Recommended      decimal.Decimal // as the engine recommended it
	Reason           string
	ForecastRevision *int64
	StockAsOf        *time.Time
	OrdersAt         *time.Time // when the engine looked at open orders
	ComputedAt       time.Time
	Seq              int64
	RecordedAt       time.Time

	State        ProposalState // empty before it entered the workflow
	Route        ApprovalRoute
	SupersededBy string
	EnteredAt    *time.Time
	DueAt        *time.Time
	DecidedAt    *time.Time
	OrderedAt    *time.Time

	WriteState     ERPWriteState // empty before the approval
	WriteError     string
	Document       string
	WriteChangedAt *time.Time
}

// ChainDecision is a decision about a recommendation.
type ChainDecision struct {
	Recommendation string
	DecisionRecord
}

// ChainOrder is one line of an order in the ERP.
type ChainOrder struct {
	Number     string
	Line       int
	Kind       string // purchase, transfer
	Reference  string
	Serves     []string `gorm:"-"` // recommendations that the ERP answered with this order
	State      string
	Supplier   string
	FromDC     string
	Quantity   decimal.Decimal
	NeedBy     time.Time // business day
	OrderedAt  time.Time
	Seq        int64
	RecordedAt time.Time // of this version

	TransmittedAt  *time.Time // to who delivers; nil where it is not known
	ResentAt       *time.Time // when it was transmitted again because the tower asked for it; nil when it was not
	AcknowledgedAt *time.Time // by that one's system; nil until then
}

// ChainReply is a confirmation, an ASN or a receipt for an order line.
type ChainReply struct {
	ID         string
	Number     string
	Line       int
	Quantity   decimal.Decimal
	Day        *time.Time // promised or expected, business day
	At         time.Time
	Seq        int64
	RecordedAt time.Time
}

// ChainWord is what a supplier said of an order line that will not go as agreed.
type ChainWord struct {
	Number     string
	Line       int    // 0 for the whole order
	Kind       string // delay, shortage, rejected, closed
	Message    string
	At         time.Time
	Seq        int64
	RecordedAt time.Time
}
