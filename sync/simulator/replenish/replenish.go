// Package replenish is the order-up-to policy of the demo's replenishment
// engine: from stock, forecast and open supply of an item at a DC it decides
// whether to buy, to transfer or to do nothing, and says what it decided on.
// It is pure and safe for concurrent use.
package replenish

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// Outcome of an evaluation.
type Outcome string

// The outcomes.
const (
	Recommend Outcome = "recommend"
	NoAction  Outcome = "no_action"
	Blocked   Outcome = "blocked"
)

// Kind of a recommendation.
type Kind string

// The kinds.
const (
	Purchase Kind = "purchase"
	Transfer Kind = "transfer"
)

// Policy holds the parameters, all in business days.
type Policy struct {
	Version     string
	ReviewDays  int // days between two looks at an item-DC
	SafetyDays  int // mean demand kept as safety stock
	CycleDays   int // demand an order brings beyond the reorder point
	TransitDays int // lead time of a transfer
}

// DefaultPolicy is what the demo runs with.
func DefaultPolicy() Policy {
	return Policy{Version: "order-up-to-2", ReviewDays: 1, SafetyDays: 10, CycleDays: 7, TransitDays: 2}
}

// Stock is the newest balance the engine has.
type Stock struct {
	OnHand, Allocated decimal.Decimal
	Version           int64
	AsOf              time.Time
}

// Available is what can still be sold; it may be negative.
func (s Stock) Available() decimal.Decimal { return s.OnHand.Sub(s.Allocated) }

// Supply is an open order line that is due on a business day.
type Supply struct {
	Quantity decimal.Decimal
	Due      time.Time
}

// Terms are the supplier's conditions for an item. CutOff is the time of day by
// which the supplier takes an order, by the clock of the DC that is ordered for.
type Terms struct {
	Supplier     string
	LeadTimeDays int
	Pack, MOQ    decimal.Decimal
	UnitPrice    decimal.Decimal
	Currency     string
	CutOff       time.Duration
}

// Surplus is what another DC can spare.
type Surplus struct {
	DC       string
	Quantity decimal.Decimal
}

// Input is everything a decision rests on. What is nil is not known.
type Input struct {
	Now        time.Time      // business time
	Zone       *time.Location // of the DC, by whose clock the cut-off is; nil for UTC
	Stock      *Stock
	Forecast   *Forecast
	Earlier    *Forecast // the revision before it
	Terms      *Terms
	Supply     []Supply
	SupplyAsOf *time.Time // real time
	Surpluses  []Surplus
	// Undecided is a recommendation for this item-DC that nobody has decided
	// yet; a second one would be ordered twice.
	Undecided string
}

// Proposal is a quantity to bring in. OrderBy is a business time; Confidence is
// nil where there is nothing to judge it by.
type Proposal struct {
	Kind      Kind
	Supplier  string
	FromDC    string
	Quantity  decimal.Decimal
	UnitPrice decimal.Decimal
	Currency  string
	NeedBy    time.Time
	OrderBy   time.Time

	Confidence *decimal.Decimal
}

// Decision is the outcome with its reason and basis. Proposal is set when the
// outcome is Recommend. NetRequirement is what has to be brought in, in pieces before
// packs and smallest orders; nil where something is not known.
type Decision struct {
	Outcome        Outcome
	Reason         string
	Proposal       *Proposal
	NetRequirement *decimal.Decimal
	Basis          *models.Basis
}

// Evaluate decides about one item at one DC.
func (p Policy) Evaluate(in Input) Decision {
	decision := Decision{Outcome: Blocked, Basis: p.basis(in)}
	if decision.Reason = in.missing(); decision.Reason != "" {
		return decision
	}
	plan := p.plan(in)
	decision.NetRequirement = new(decimal.Zero)
	switch {
	case plan.position.GreaterThan(plan.reorderPoint):
		decision.Outcome = NoAction
		decision.Reason = fmt.Sprintf("%s available and on order is above the reorder point %s",
			plan.position, plan.reorderPoint)
		return decision
	case !plan.orderUpTo.IsPositive() && !plan.position.IsNegative():
		decision.Outcome, decision.Reason = NoAction, "no demand is expected"
		return decision
	}
	decision.NetRequirement = new(decimal.Max(decimal.Zero, plan.orderUpTo.Sub(plan.position)))
	if in.Undecided != "" {
		decision.Reason = "recommendation " + in.Undecided + " is not decided yet"
		return decision
	}
	decision.Outcome = Recommend
	decision.Proposal = p.propose(in, plan)
	decision.Proposal.Confidence = p.confidence(in)
	decision.Reason = fmt.Sprintf("reorder point %s, available and on order %s; order up to %s",
		plan.reorderPoint, plan.position, plan.orderUpTo)
	return decision
}

func (in Input) missing() string {
	switch {
	case in.Terms == nil:
		return "item or supplier unknown"
	case in.Stock == nil:
		return "no balance received"
	case in.Forecast == nil:
		return "no forecast received"
	}
	return ""
}

// Spare is what the DC of this input can give away: stock beyond its own
// order-up-to level, in whole packs. It counts no open supply, which has not
// arrived, and is zero when anything is unknown.
func (p Policy) Spare(in Input) decimal.Decimal {
	if in.missing() != "" {
		return decimal.Zero
	}
	spare := in.Stock.Available().Sub(p.plan(in).orderUpTo)
	return decimal.Max(decimal.Zero, wholePacks(spare, in.Terms.Pack))
}

func (p Policy) basis(in Input) *models.Basis {
	basis := &models.Basis{OpenSupplyAsOf: in.SupplyAsOf, ParametersVersion: p.Version}
	if in.Forecast != nil {
		basis.ForecastRevision = in.Forecast.Revision
		basis.ModelVersion = in.Forecast.ModelVersion
	}
	if in.Stock != nil {
		basis.Inventory = &models.StockBasis{
			Version: in.Stock.Version, AsOf: in.Stock.AsOf, Quantity: in.Stock.Available(),
		}
	}
	return basis
}
