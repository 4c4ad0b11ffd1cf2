package models

import "slices"

// Team owns a queue of exceptions.
type Team string

// The teams of the first form.
const (
	TeamPlanner     Team = "planner"
	TeamProcurement Team = "procurement"
	TeamIT          Team = "it"
)

// Stage is the part of the way under which a failure is filed.
type Stage string

// The stages. StageBusiness holds what no system got wrong.
const (
	StageAPI            Stage = "api"
	StageTransformation Stage = "transformation"
	StageWorkflow       Stage = "workflow"
	StageBusiness       Stage = "business"
)

// Move is something a person can do next about an exception. ID is for
// programs and stable, Label is what stands on the button.
type Move struct {
	ID    string
	Label string
}

// The moves of the first form. Handlers dispatch on the ID.
var (
	moveAccept    = Move{"accept", "Accept what the supplier confirmed"}
	moveChase     = Move{"chase", "Chase the supplier"}
	moveResubmit  = Move{"resubmit", "Resubmit the order"}
	moveRecompute = Move{"recompute", "Compute again on current stock"}
	moveEvaluate  = Move{"evaluate", "Ask replenishment to look now"}
	moveReread    = Move{"reread", "Read the balance again from the ERP"}
	moveReconcile = Move{"reconcile", "Compare all balances with the ERP"}
	moveRetry     = Move{"retry", "Retry the waiting events"}
	moveInspect   = Move{"inspect", "See what failed and why"}
	moveRejected  = Move{"rejected", "See the refused events"}
	moveCallers   = Move{"callers", "See who calls and is called"}
	moveFlow      = Move{"flow", "See where they wait"}
	moveParked    = Move{"parked", "See what is parked, by cause"}
	moveShelf     = Move{"shelf", "See what is put aside"}
	moveSource    = Move{"source", "See the source's flow"}
	moveRoute     = Move{"route", "See the deliveries"}
	moveRefused   = Move{"refused", "See what it refuses"}
	moveCompare   = Move{"compare", "Compare the orders"}
	moveChain     = Move{"chain", "See the chain"}
	moveAudit     = Move{"audit", "Count the books again"}
	moveStock     = Move{"stock", "See each system's figure"}
	moveBoard     = Move{"influence", "See the revisions without influence"}
	moveOrders    = Move{"orders", "See the orders that wait"}
	moveOverview  = Move{"overview", "See how old the figures are"}
	moveLook      = Move{"look", "Look again now"}
)

// ExceptionCode names a type of the catalogue of exceptions.
type ExceptionCode string

// The codes of the first form.
const (
	ExceptionSourceSilent      ExceptionCode = "API-01"
	ExceptionAccess            ExceptionCode = "API-02"
	ExceptionRateLimited       ExceptionCode = "API-03"
	ExceptionTargetRejects     ExceptionCode = "API-04"
	ExceptionTargetDown        ExceptionCode = "API-05"
	ExceptionBadEnvelope       ExceptionCode = "API-06"
	ExceptionIDReused          ExceptionCode = "API-07"
	ExceptionSequenceGap       ExceptionCode = "API-08"
	ExceptionTokenExpired      ExceptionCode = "API-09"
	ExceptionUnacknowledged    ExceptionCode = "API-10"
	ExceptionContractViolation ExceptionCode = "TRF-01"
	ExceptionUnknownReference  ExceptionCode = "TRF-03"
	ExceptionImplausible       ExceptionCode = "TRF-05"
	ExceptionMappingError      ExceptionCode = "TRF-06"
	ExceptionPoison            ExceptionCode = "TRF-07"
	ExceptionNotOwner          ExceptionCode = "OWN-01"
	ExceptionOvertaken         ExceptionCode = "OWN-04"
	ExceptionClockAhead        ExceptionCode = "OWN-05"
	ExceptionNoInfluence       ExceptionCode = "WFL-01"
	ExceptionStaleBasis        ExceptionCode = "WFL-02"
	ExceptionNotOrdered        ExceptionCode = "WFL-05"
	ExceptionDuplicateOrder    ExceptionCode = "WFL-06"
	ExceptionStockout          ExceptionCode = "BIZ-01"
	ExceptionConfirmationGap   ExceptionCode = "BIZ-03"
	ExceptionUnconfirmed       ExceptionCode = "BIZ-04"
	ExceptionLateInbound       ExceptionCode = "BIZ-05"
	ExceptionDrift             ExceptionCode = "REC-01"
	ExceptionStuckDrift        ExceptionCode = "REC-02"
	ExceptionIncomplete        ExceptionCode = "REC-03"
	ExceptionBacklog           ExceptionCode = "PLT-01"
	ExceptionParkedGrowth      ExceptionCode = "PLT-02"
	ExceptionTowerUnwell       ExceptionCode = "PLT-03"
	ExceptionHealsFailing      ExceptionCode = "PLT-04"
	ExceptionFullShelf         ExceptionCode = "PLT-05"
	ExceptionBooksOff          ExceptionCode = "PLT-06"
)

// ExceptionKind is what all exceptions of one code have in common. The first
// of Moves is the next move; Cleared is what is true once the condition is gone.
type ExceptionKind struct {
	Code    ExceptionCode
	Name    string
	Team    Team
	Stage   Stage
	Cleared string
	Moves   []Move
}

// exceptionKinds is in the order of the catalogue.
var exceptionKinds = []ExceptionKind{
	{ExceptionSourceSilent, "Source silent", TeamIT, StageAPI, "It sends again.", []Move{moveSource, moveReconcile, moveOverview}},
	{ExceptionAccess, "Access refused or expiring", TeamIT, StageAPI, "Another key takes its place, or nothing is refused any more.", []Move{moveCallers, moveInspect, moveFlow, moveOrders}},
	{ExceptionRateLimited, "Rate limited", TeamIT, StageAPI, "Nothing is turned away any more.", []Move{moveCallers, moveInspect, moveFlow, moveOrders}},
	{ExceptionTargetRejects, "Target rejects", TeamIT, StageAPI, "What it refused was delivered or discarded.", []Move{moveRefused}},
	{ExceptionTargetDown, "Target down", TeamIT, StageAPI, "Deliveries go through again, or the target now says why they do not.", []Move{moveRoute, moveOrders}},
	{ExceptionBadEnvelope, "Events that cannot be read", TeamIT, StageAPI, "Nothing was refused for ten minutes.", []Move{moveRejected}},
	{ExceptionIDReused, "Event id used twice", TeamIT, StageAPI, "The event was retried or discarded.", []Move{moveInspect}},
	{ExceptionSequenceGap, "Gap in a sequence", TeamIT, StageAPI, "The missing events came.", []Move{moveSource, moveReconcile}},
	{ExceptionTokenExpired, "Delta token expired", TeamIT, StageAPI, "It reads from a fresh token.", []Move{moveCallers}},
	{ExceptionUnacknowledged, "Order not acknowledged", TeamProcurement, StageAPI, "The supplier's system or the supplier answered, or the order is closed.", []Move{moveChase, moveChain}},
	{ExceptionContractViolation, "Contract violated", TeamIT, StageTransformation, "Nothing was refused for ten minutes.", []Move{moveRejected}},
	{ExceptionUnknownReference, "Unknown reference", TeamIT, StageTransformation, "The record arrived and the waiting events were applied.", []Move{moveInspect, moveRetry}},
	{ExceptionImplausible, "Implausible value", TeamIT, StageTransformation, "The figure can be again.", []Move{moveReread, moveInspect}},
	{ExceptionMappingError, "Mapping failed", TeamIT, StageTransformation, "The event was retried or discarded.", []Move{moveInspect, moveRetry}},
	{ExceptionPoison, "Event cannot be applied", TeamIT, StageTransformation, "The event was retried or discarded.", []Move{moveInspect, moveRetry}},
	{ExceptionNotOwner, "Written by another than the owner", TeamIT, StageTransformation, "The event was retried or discarded.", []Move{moveInspect, moveRetry}},
	{ExceptionOvertaken, "Old news, again and again", TeamIT, StageTransformation, "It tells things in their order again.", []Move{moveSource, moveReconcile}},
	{ExceptionClockAhead, "Clock ahead", TeamIT, StageTransformation, "The time that it told of has come, or its events are no longer dated ahead.", []Move{moveSource}},
	{ExceptionNoInfluence, "Forecast without influence", TeamPlanner, StageWorkflow, "Replenishment evaluated the revision.", []Move{moveEvaluate, moveRoute, moveBoard, moveChain}},
	{ExceptionStaleBasis, "Recommendation on old figures", TeamProcurement, StageWorkflow, "The recommendation was decided or computed again.", []Move{moveRecompute, moveChain}},
	{ExceptionNotOrdered, "Approved, not ordered", TeamProcurement, StageWorkflow, "The ERP has the order.", []Move{moveResubmit, moveInspect}},
	{ExceptionDuplicateOrder, "Possible duplicate order", TeamProcurement, StageWorkflow, "Only one of the orders is still open.", []Move{moveCompare}},
	{ExceptionStockout, "Stockout inside the lead time", TeamPlanner, StageBusiness, "Stock and receipts cover the lead time again.", []Move{moveEvaluate, moveChain}},
	{ExceptionConfirmationGap, "Confirmed short or late", TeamProcurement, StageBusiness, "Order and confirmation agree, or the order is closed.", []Move{moveChase, moveAccept}},
	{ExceptionUnconfirmed, "Order unconfirmed", TeamProcurement, StageBusiness, "The supplier answered, or the order is closed.", []Move{moveChase}},
	{ExceptionLateInbound, "Shipment late", TeamProcurement, StageBusiness, "The goods were received, or the order is closed.", []Move{moveChase, moveChain}},
	{ExceptionDrift, "Stock differs from the ERP", TeamPlanner, StageBusiness, "Both agree again.", []Move{moveReread, moveStock, moveReconcile}},
	{ExceptionStuckDrift, "Explained difference stays", TeamIT, StageTransformation, "It arrived, or the difference has another cause.", []Move{moveInspect, moveReconcile, moveStock}},
	{ExceptionIncomplete, "Not all arrived", TeamIT, StageAPI, "As many arrived as were sent, or it lies too far back to be counted.", []Move{moveSource, moveRejected, moveReconcile}},
	{ExceptionBacklog, "Backlog", TeamIT, StageTransformation, "Events take effect within their window again.", []Move{moveFlow}},
	{ExceptionParkedGrowth, "Parked events grow", TeamIT, StageTransformation, "No more are parked than before.", []Move{moveParked}},
	{ExceptionTowerUnwell, "Tower unwell", TeamIT, StageWorkflow, "It is within its limits, or can look again.", []Move{moveLook}},
	{ExceptionHealsFailing, "Mending does not help", TeamIT, StageTransformation, "It helped, or what it was to mend is gone.", []Move{moveReconcile, moveParked, moveStock}},
	{ExceptionFullShelf, "Shelf too full", TeamIT, StageWorkflow, "Less is put aside.", []Move{moveShelf}},
	{ExceptionBooksOff, "Books do not balance", TeamIT, StageAPI, "The books balance and the recount agrees.", []Move{moveAudit}},
}

// ExceptionKinds lists every kind in the order of the catalogue.
func ExceptionKinds() []ExceptionKind { return slices.Clone(exceptionKinds) }

// Stage is where a failure of a code is filed: its unsettled events, their
// attempts and its exceptions. A code outside the catalogue was met while an
// event was taken over, which is transformation.
func (c ExceptionCode) Stage() Stage {
	if kind, ok := c.Kind(); ok {
		return kind.Stage
	}
	return StageTransformation
}

// Technical reports whether what an exception of the code leads to is reckoned from
// a technical fault and so counts in real time: no cut-off, stockout or day that
// somebody needs goods on is behind it.
func (c ExceptionCode) Technical() bool {
	switch c {
	case ExceptionUnacknowledged, ExceptionNoInfluence, ExceptionStaleBasis, ExceptionNotOrdered:
		return false
	}
	return c.Stage() != StageBusiness
}

// Kind is what is common to the exceptions of a code; false when the code is
// not in the catalogue.
func (c ExceptionCode) Kind() (ExceptionKind, bool) {
	for _, k := range exceptionKinds {
		if k.Code == c {
			return k, true
		}
	}
	return ExceptionKind{}, false
}
