package models

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// ChainStage is a step of the thread from forecast to receipt.
type ChainStage string

// The stages, in order.
const (
	StageRevision       ChainStage = "revision"
	StageEvaluation     ChainStage = "evaluation"
	StageRecommendation ChainStage = "recommendation"
	StageDecision       ChainStage = "decision"
	StageOrder          ChainStage = "order"
	StageConfirmation   ChainStage = "confirmation"
	StageASN            ChainStage = "asn"
	StageReceipt        ChainStage = "receipt"
)

// ChainStages lists the stages in order.
func ChainStages() []ChainStage {
	return []ChainStage{
		StageRevision, StageEvaluation, StageRecommendation, StageDecision, StageOrder, StageConfirmation, StageASN, StageReceipt,
	}
}

// ChainNode is one thing that happened, or, as a Gap, one that did not.
type ChainNode struct {
	ID       string // unique in the chain
	Stage    ChainStage
	Key      string // what people call it: "revision 7", "PO-4"
	Quantity *decimal.Decimal
	Actor    string
	Detail   string     // outcome and reason in words
	At       *time.Time // real time
	KnownAt  *time.Time // when the tower received it, real time; nil for what it did itself
	Day      *time.Time // promised, expected or needed, business day
	Verdict  Verdict    // of the basis as it was known at this node, empty where none was taken
	Gap      bool
	Reason   string // of a gap: why, since when
	Ended    bool   // a gap that nothing will fill: rejected, superseded, no action
	Seq      int64  // of its event in the log, 0 when it is no event
	Inputs   InputTimes
}

// InputTimes are when the inputs of a computation were so, real time: the stock
// figure, the publication of the forecast and the look at open orders. Each is
// nil where it is not known.
type InputTimes struct{ Stock, Forecast, Orders *time.Time }

// ChainLink joins two nodes. Quantity is the part that went this way, nil where
// the whole did; Took is the real time between them, nil where one has none.
type ChainLink struct {
	From     string
	To       string
	Quantity *decimal.Decimal
	Took     *time.Duration
}

// Chain is the thread of one item at one DC that a search led to.
type Chain struct {
	Item        string
	Description string
	GTIN        GTIN // empty where the item has none
	DC          string
	Unit        string
	Focus       string // ID of the node that was searched for, empty for an item
	Event       int64  // sequence of the event that was searched for, where it is no node; otherwise 0
	Nodes       []ChainNode
	Links       []ChainLink
	Basis       *BasisInspector // of the chain's recommendation, nil without one
	Thresholds  []ThresholdFact // of the item at the DC, empty for an earlier moment
	Others      []ChainChoice   // other threads that the search could have meant
	Known       ChainMoment
}

// ChainMoment is when a chain is shown as it was known, by recorded time. At is
// nil for this moment. Before and After are the recorded moments of the chain
// next to it, nil where there is none.
type ChainMoment struct {
	At     *time.Time
	Before *time.Time
	After  *time.Time
	Since  time.Time // before it nobody kept what was known
}

// ChainChoice is another thread, by a query that finds it.
type ChainChoice struct {
	Query string
	Label string
	At    time.Time
}

// SearchHit is one thing that a text could mean, by a query that finds its
// chain or page. An event without a chain is told by its sequence instead.
type SearchHit struct {
	Kind  string // item, recommendation, order, sales_order, evaluation, event, trace, revision, supplier, location
	Query string
	Seq   int64 // of an event without a chain, otherwise 0
	Label string
	Note  string
}

// Stage are the nodes of one stage, in order.
func (c Chain) Stage(stage ChainStage) []ChainNode {
	var nodes []ChainNode
	for _, n := range c.Nodes {
		if n.Stage == stage {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// RevisionNode is the node ID of a forecast revision.
func RevisionNode(revision int64) string { return "revision:" + strconv.FormatInt(revision, 10) }

// RecommendationNode is the node ID of a recommendation.
func RecommendationNode(id string) string { return "recommendation:" + id }

// DecisionNode is the node ID of a decision.
func DecisionNode(id int64) string { return "decision:" + strconv.FormatInt(id, 10) }

// OrderNode is the node ID of an order line.
func OrderNode(number string, line int) string { return "order:" + number + ":" + strconv.Itoa(line) }
