package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// InfluenceState is how far a forecast revision has come.
type InfluenceState string

// The states, in order. Blocked is an evaluation that could not decide;
// announced one that decided on a recommendation which has not come.
const (
	InfluenceNotDelivered InfluenceState = "not_delivered"
	InfluenceNotEvaluated InfluenceState = "not_evaluated"
	InfluenceBlocked      InfluenceState = "blocked"
	InfluenceAnnounced    InfluenceState = "announced"
	InfluenceNoAction     InfluenceState = "no_action"
	InfluenceRecommended  InfluenceState = "recommended"
	InfluenceOrdered      InfluenceState = "ordered"
)

// InfluenceStates are all states, in order.
func InfluenceStates() []InfluenceState {
	return append(InfluenceOpen(), InfluenceNoAction, InfluenceRecommended, InfluenceOrdered)
}

// InfluenceOpen are the states of a revision that has not reached replenishment.
func InfluenceOpen() []InfluenceState {
	return []InfluenceState{InfluenceNotDelivered, InfluenceNotEvaluated, InfluenceBlocked, InfluenceAnnounced}
}

// InfluenceFilter says which revisions are asked for. Empty parts do not filter.
type InfluenceFilter struct {
	DC       string
	Class    string           // A, B, C
	States   []InfluenceState // default those that have not reached replenishment
	Consumer string           // the replenishment engine's subscription
	By       Sorting          // item, class, dc, revision, published, change, percent, risk, state
	After    string           // Next of the page before; empty for the first
	Limit    int              // 50 when 0, at most 200
}

// InfluencePage is a part of the board.
type InfluencePage struct {
	Rows []InfluenceRow
	Next string
}

// InfluenceRow is the newest material revision of an item at a DC. Quantities
// are over the lead-time horizon; ValueAtRisk is the growth at the item's price.
type InfluenceRow struct {
	Item           string
	Description    string
	Class          string
	DC             string
	Revision       int64
	Model          string
	ModelVersion   string
	Unit           string
	Old            *decimal.Decimal
	New            decimal.Decimal
	Delta          decimal.Decimal
	DeltaPercent   *decimal.Decimal // nil when there was nothing before
	ValueAtRisk    decimal.Decimal
	Currency       string
	PublishedAt    time.Time
	DeliveredAt    *time.Time
	EvaluatedAt    *time.Time
	State          InfluenceState
	Reason         string // the engine's, when it evaluated
	Recommendation string
	Proposal       ProposalState // of the recommendation, empty before it entered the workflow
	PromisedAt     *time.Time    // since when an evaluation is promised, real time; nil where none is
	DueAt          *time.Time    // of the promise, business time

	// Of the open exception that says it has no influence; 0 without one.
	Exception int64
	Team      Team
	Owner     string
}

// BlockedAt is the step that the revision waits for, empty when it waits for none.
func (r InfluenceRow) BlockedAt() string {
	switch {
	case r.State == InfluenceNotDelivered:
		return "delivery"
	case r.State == InfluenceNotEvaluated, r.State == InfluenceBlocked:
		return "evaluation"
	case r.State == InfluenceAnnounced:
		return "recommendation"
	case r.Proposal == ProposalWaiting:
		return "approval"
	case r.Proposal == ProposalApproved, r.Proposal == ProposalFailed:
		return "order"
	}
	return ""
}

// OwningTeam is who has to move it: the exception's team where one is open,
// otherwise the team whose step it waits for. Empty when it waits for none.
func (r InfluenceRow) OwningTeam() Team {
	switch r.BlockedAt() {
	case "":
		return ""
	case "approval", "order":
		return TeamProcurement
	}
	if r.Exception != 0 {
		return r.Team
	}
	return TeamPlanner
}
