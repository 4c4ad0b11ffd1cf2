package models

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// Verdict says what the basis of a recommendation is worth at a moment.
type Verdict string

// The verdicts, from best to worst.
const (
	VerdictCurrent    Verdict = "CURRENT"
	VerdictAged       Verdict = "AGED"
	VerdictSuperseded Verdict = "SUPERSEDED"
	VerdictUnknown    Verdict = "UNKNOWN"
)

// Worse reports whether v is worth less than other. An empty verdict counts as CURRENT.
func (v Verdict) Worse(other Verdict) bool { return v.rank() > other.rank() }

func (v Verdict) rank() int {
	switch v {
	case VerdictAged:
		return 1
	case VerdictSuperseded:
		return 2
	case VerdictUnknown:
		return 3
	default:
		return 0
	}
}

// VerdictCause names what took a basis out of date; CauseNone belongs to CURRENT.
type VerdictCause string

// The causes.
const (
	CauseNone     VerdictCause = ""
	CauseMissing  VerdictCause = "missing"
	CauseForecast VerdictCause = "forecast"
	CauseStock    VerdictCause = "stock"
	CauseAge      VerdictCause = "age"
)

// Moment is a point in a recommendation's life at which its basis is checked.
type Moment string

// The moments. MomentNow is computed on reading and never stored.
const (
	MomentCompute Moment = "compute"
	MomentApprove Moment = "approve"
	MomentOrder   Moment = "order"
	MomentNow     Moment = "now"
)

// BasisStamp is the basis that a recommendation states, captured or inferred
// included. Either pointer is nil when that part is missing.
type BasisStamp struct {
	ForecastRevision *int64
	Stock            *StockBasis
}

// BasisFacts is what the tower knew about an item at a DC at the instant At.
// Quantities are in the item's unit; the deltas count from the basis to At.
type BasisFacts struct {
	At             time.Time       // real time
	Recommended    decimal.Decimal // quantity of the recommendation
	Pack           decimal.Decimal // 0 when unknown
	StockVersion   int64           // newest applied
	NetMovement    decimal.Decimal // change of available stock since the basis
	ExpectedDemand decimal.Decimal // demand the basis forecast expected since the basis
	OnOrderDelta   decimal.Decimal // change of open supply since the basis
	NewerRevision  int64           // newest material revision after the basis, 0 when none
	HorizonDemand  decimal.Decimal // of the basis revision over the lead-time horizon
	NewerDemand    decimal.Decimal // of the newer revision over the same horizon
}

// BasisCheck is a verdict with the figures it stands on.
type BasisCheck struct {
	Moment       Moment
	Verdict      Verdict
	Cause        VerdictCause
	StockVersion int64
	NetMovement  decimal.Decimal // as it moved, expected demand included
	Deviation    decimal.Decimal // NetMovement without the demand that was expected
	Tolerance    decimal.Decimal
	Age          time.Duration // of the stock basis, real time; 0 when the basis is missing
	Changed      string        // what changed, in words; empty when CURRENT
	Recomputed   decimal.Decimal
	CheckedAt    time.Time
}

// Effect is how much a recomputation would change the recommended quantity, as an estimate.
func (c BasisCheck) Effect(recommended decimal.Decimal) decimal.Decimal {
	return c.Recomputed.Sub(recommended)
}

// Consequence weighs what computing again would change: a decision that is
// wrong by more than half the quantity breaks a promise, less of it costs some
// stock or money.
func (c BasisCheck) Consequence(recommended decimal.Decimal) Consequence {
	if c.Effect(recommended).Abs().Mul(decimal.NewFromInt(2)).GreaterThan(recommended) {
		return ConsequenceEffect
	}
	return ConsequenceNuisance
}

// tolerancePercent of the recommended quantity may move before stock supersedes a basis.
var tolerancePercent = decimal.New(5, -2)

// Tolerance is how far stock may deviate from a basis: the larger of 5 % of the
// recommended quantity and one pack.
func Tolerance(recommended, pack decimal.Decimal) decimal.Decimal {
	return decimal.Max(recommended.Mul(tolerancePercent), pack)
}

// CheckBasis gives the verdict on a basis from facts known at facts.At. window
// is how old, in real time, a stock basis may be before it counts as AGED.
func CheckBasis(moment Moment, basis BasisStamp, facts BasisFacts, window time.Duration) BasisCheck {
	c := BasisCheck{
		Moment: moment, CheckedAt: facts.At, StockVersion: facts.StockVersion,
		NetMovement: facts.NetMovement, Tolerance: Tolerance(facts.Recommended, facts.Pack), Recomputed: facts.Recommended,
	}
	if basis.ForecastRevision == nil || basis.Stock == nil {
		c.Verdict, c.Cause = VerdictUnknown, CauseMissing
		c.Changed = missingPart(basis)
		return c
	}
	c.Age = facts.At.Sub(basis.Stock.AsOf)
	if facts.StockVersion > basis.Stock.Version { // where nothing moved, a new run would find the same stock
		c.Deviation = facts.NetMovement.Add(facts.ExpectedDemand)
	}
	c.Recomputed = recompute(facts, c.Deviation)
	switch {
	case facts.NewerRevision > *basis.ForecastRevision:
		c.Verdict, c.Cause = VerdictSuperseded, CauseForecast
		c.Changed = fmt.Sprintf("Forecast revision %d replaced %d: %s instead of %s over the lead time.",
			facts.NewerRevision, *basis.ForecastRevision, rounded(facts.NewerDemand), rounded(facts.HorizonDemand))
	case c.Deviation.Abs().GreaterThan(c.Tolerance):
		c.Verdict, c.Cause = VerdictSuperseded, CauseStock
		c.Changed = stockChanged(facts, basis.Stock.Version, c.Tolerance)
	case c.Age > window:
		c.Verdict, c.Cause = VerdictAged, CauseAge
		c.Changed = fmt.Sprintf("The stock figure is %s old; %s is allowed.", Took(c.Age), Took(window))
	default:
		c.Verdict = VerdictCurrent
	}
	return c
}

// recompute estimates the quantity a new run would recommend: more by what
// demand grew, less by what stock and open supply grew beyond expectation.
func recompute(f BasisFacts, deviation decimal.Decimal) decimal.Decimal {
	raw := f.Recommended.Sub(deviation).Sub(f.OnOrderDelta)
	if f.NewerRevision > 0 {
		raw = raw.Add(f.NewerDemand).Sub(f.HorizonDemand)
	}
	if !raw.IsPositive() {
		return decimal.Zero
	}
	if raw.Sub(f.Recommended).Abs().LessThan(f.Pack) {
		return f.Recommended
	}
	return RoundUpToPack(raw, f.Pack)
}

// RoundUpToPack is the smallest multiple of pack that is not below quantity;
// quantity itself when pack is not positive.
func RoundUpToPack(quantity, pack decimal.Decimal) decimal.Decimal {
	if !pack.IsPositive() {
		return quantity
	}
	whole, rest := quantity.QuoRem(pack, 0)
	if rest.IsPositive() {
		whole = whole.Add(decimal.NewFromInt(1))
	}
	return whole.Mul(pack)
}

func missingPart(b BasisStamp) string {
	switch {
	case b.Stock == nil && b.ForecastRevision == nil:
		return "The recommendation does not say what it was computed from."
	case b.Stock == nil:
		return "The recommendation does not say which stock it was computed from."
	default:
		return "The recommendation does not say which forecast it was computed from."
	}
}

// stockChanged says how stock left the way that the basis forecast expected:
// by moving when it should not have, or by coming back to where it was when it should have fallen.
func stockChanged(f BasisFacts, since int64, tolerance decimal.Decimal) string {
	moved := "stands where it stood at"
	switch {
	case f.NetMovement.IsPositive():
		moved = "grew by " + rounded(f.NetMovement) + " since"
	case f.NetMovement.IsNegative():
		moved = "fell by " + rounded(f.NetMovement.Neg()) + " since"
	}
	expected := "no change"
	if f.ExpectedDemand.IsPositive() {
		expected = "sales of " + rounded(f.ExpectedDemand)
	}
	return fmt.Sprintf("Stock %s version %d, while the forecast expected %s; ±%s is tolerated.", moved, since, expected, rounded(tolerance))
}

// rounded is a quantity in a sentence: whole from a hundred on, else to a tenth.
func rounded(d decimal.Decimal) string {
	if d.Abs().GreaterThanOrEqual(decimal.NewFromInt(100)) {
		return d.Round(0).String()
	}
	return d.Round(1).String()
}
