package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// Objective is the share of events that have to take effect within their
// latency target, over BudgetPeriod; what may be late beyond it is the budget.
var Objective = decimal.New(99, -2)

// BudgetPeriod is the time that an error budget is for.
const BudgetPeriod = 30 * 24 * time.Hour

// BurnWindows are the spans over which a burn rate is told, the shortest first,
// after chapter 5 of Google's "The Site Reliability Workbook": the short ones
// tell of a fire, the long one of a leak.
var BurnWindows = [3]time.Duration{time.Hour, 6 * time.Hour, 72 * time.Hour}

// LateShare counts events and those of them that took effect too late.
type LateShare struct{ Events, Late int64 }

// Burn is how many times as fast as it may the budget is used up: 1 uses it up
// exactly by the end of its period. Nothing burns where nothing happened.
func (s LateShare) Burn() decimal.Decimal {
	if s.Events == 0 {
		return decimal.Zero
	}
	return decimal.NewFromInt(s.Late).Div(decimal.NewFromInt(s.Events)).Div(decimal.NewFromInt(1).Sub(Objective))
}

// ErrorBudget is how an entity at a DC stands against its latency target.
type ErrorBudget struct {
	DC          string
	Entity      string
	Criticality string        // of its target; may be empty
	Target      time.Duration // as it is now; what was late was judged by the target of its hour
	Period      LateShare
	Burns       [len(BurnWindows)]LateShare
}

// Attained is the share of events in time, 1 where nothing happened.
func (b ErrorBudget) Attained() decimal.Decimal {
	if b.Period.Events == 0 {
		return decimal.NewFromInt(1)
	}
	return decimal.NewFromInt(b.Period.Events - b.Period.Late).Div(decimal.NewFromInt(b.Period.Events))
}

// Left is the share of the budget that is left, below 0 when more was late than
// may be.
func (b ErrorBudget) Left() decimal.Decimal { return decimal.NewFromInt(1).Sub(b.Period.Burn()) }

// Breach is how long the rest of the budget lasts at the rate of the last six
// hours; 0 when it is used up, false when it lasts at least its period.
func (b ErrorBudget) Breach() (time.Duration, bool) {
	left, rate := b.Left(), b.Burns[1].Burn()
	if !left.IsPositive() {
		return 0, true
	}
	if !rate.IsPositive() {
		return 0, false
	}
	lasts := left.Div(rate).Mul(decimal.NewFromInt(int64(BudgetPeriod)))
	if lasts.GreaterThanOrEqual(decimal.NewFromInt(int64(BudgetPeriod))) {
		return 0, false
	}
	return time.Duration(lasts.IntPart()), true
}
