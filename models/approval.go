package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// ApprovalFilter says which waiting proposals are asked for. Empty parts do not filter.
type ApprovalFilter struct {
	DC       string
	Supplier string
	Kind     string // purchase, transfer
	Route    ApprovalRoute
	CutOffBy time.Time // only those whose cut-off comes at this business instant or before; zero for all
	By       Sorting   // id, item, dc, from, quantity, value, cut_off, need_by, revision, waits
	After    string    // Next of the page before; empty for the first
	Limit    int       // 50 when 0, at most 200
}

// ApprovalPage is a part of the approval queue, what is due first at the top
// unless the filter says otherwise. Next is empty on the last page.
type ApprovalPage struct {
	Rows []Approval
	Next string
}

// Approval is a proposal with all that is needed to decide it. Basis is the
// verdict now.
type Approval struct {
	Proposal
	Run           string
	Description   string
	Class         string // A, B, C
	SupplierName  string
	Recommended   decimal.Decimal // quantity as the engine recommended it
	Pack          decimal.Decimal
	MOQ           decimal.Decimal
	ContractPrice decimal.Decimal // the item's unit cost
	Reason        string
	Confidence    *decimal.Decimal // of the engine in the quantity, 0 to 1; nil where it does not say
	BasisKind     string           // declared, captured, inferred, missing
	Revision      *int64
	OpenOrders    int // open orders for the item at this DC
	OtherDCs      int // open orders for the item at other DCs
	Policy        []RuleResult
	OpenQuestions int    // asked and not answered
	Place         string // in the queue: a page with it as After begins with the next
	Basis         BasisCheck
}

// Review is everything about one proposal: its decisions, its basis then and
// now, and its way into the ERP.
type Review struct {
	Approval
	Decisions []DecisionRecord
	Questions []ProposalQuestion
	Inspector BasisInspector
	Supply    SupplyFacts
	Late      []LateFeed       // all that are late now
	Outlook   Outlook          // without the order that this would make
	History   SourceHistory    // of who would deliver
	Notices   []SupplierNotice // of it
	Write     *ERPWrite        // nil before the approval
}

// BasisInspector sets the basis of a recommendation beside what is known now.
type BasisInspector struct {
	Recommendation string
	At             *time.Time // that Now stands for, nil for this moment
	Kind           string     // declared, captured, inferred, missing
	Then           BasisFigure
	Now            BasisFigure
	StockFrom      string // the sources that tell of the stock, joined by commas; empty where none has
	OrdersFrom     string
	ForecastFrom   string
	RevisionThen   *int64
	RevisionThenAt *time.Time   // when it was published, nil where the tower does not have it
	RevisionNow    int64        // the newest applied, 0 when there is none
	RevisionNowAt  *time.Time   // when that was published
	Checks         []BasisCheck // compute, approve, order as far as they happened, and now
	Movements      []StockMovement
	MoreMovements  bool       // Movements holds only the newest
	MovementsSince *time.Time // the older movements are no longer kept, though some followed the basis; nil when all are there
}

// LeaveOutMovements takes back what cannot be said without the movements from
// before an instant: the stock at the basis, and the verdict on it now.
func (b *BasisInspector) LeaveOutMovements(kept time.Time) {
	b.MovementsSince = &kept
	b.Then.OnHand, b.Then.Allocated = nil, nil
	now := &b.Checks[len(b.Checks)-1]
	now.Verdict, now.Cause = VerdictUnknown, CauseMissing
	now.Changed = "Retention has taken stock movements after the basis; the earlier verdicts stand as they were given."
}

// BasisFigure is stock of an item at a DC at a version. A quantity is nil when
// it is not known.
type BasisFigure struct {
	Version   int64
	AsOf      *time.Time
	OnHand    *decimal.Decimal
	Allocated *decimal.Decimal
	Available *decimal.Decimal
	OnOrder   *decimal.Decimal
	OrdersAt  *time.Time // when open orders were looked at, or last heard of; nil where it is not known
}

// StockMovement is one row of the stock ledger.
type StockMovement struct {
	Version        int64
	Kind           string
	Document       string
	SalesOrder     string // that it was made for, empty for none that is known
	OnHandDelta    decimal.Decimal
	AllocatedDelta decimal.Decimal
	OnHand         decimal.Decimal
	Allocated      decimal.Decimal
	Seq            int64
	OccurredAt     time.Time
	RecordedAt     time.Time
}

// OrderDeskRow is an approved proposal without an order. Waiting is counted by
// the reader from DecidedAt; Error is what the ERP said, in business words.
// LateAt is when the order is late, in real time, nil until the watch has looked;
// Exception is the open one that tells of it, 0 where none does, and Owner its owner.
type OrderDeskRow struct {
	Proposal
	Description   string
	SupplierName  string
	WriteID       int64
	WriteState    ERPWriteState
	Attempts      int
	NextAttemptAt time.Time
	ErrorClass    string
	Error         string
	ApprovedBy    string
	LateAt        *time.Time
	Exception     int64
	Owner         string
}
