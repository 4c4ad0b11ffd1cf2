package models

import (
	"time"

	"github.com/shopspring/decimal"
)

// Objective is the share that has to be in time over BudgetPeriod where no target
// says otherwise, of events for latency and of working time for freshness; what
// may be late beyond it is the budget.
var Objective = decimal.New(99, -2)

// BudgetPeriod is the time that an error budget is for.
const BudgetPeriod = 30 * 24 * time.Hour

// BurnWindows are the spans over which a burn rate is told, the shortest first,
// after chapter 5 of Google's "The Site Reliability Workbook": the short ones
// tell of a fire, the long one of a leak.
var BurnWindows = [3]time.Duration{time.Hour, 6 * time.Hour, 72 * time.Hour}

// LateShare counts events and those of them that took effect too late, or
// minutes and those of them in which something was stale.
type LateShare struct{ Events, Late int64 }

// Burn is how many times as fast as the objective, a share of one below 1, allows
// the budget is used up: 1 uses it up exactly by the end of its period. Nothing
// burns where nothing happened.
func (s LateShare) Burn(objective decimal.Decimal) decimal.Decimal {
	if s.Events == 0 {
		return decimal.Zero
	}
	return decimal.NewFromInt(s.Late).Div(decimal.NewFromInt(s.Events)).Div(decimal.NewFromInt(1).Sub(objective))
}

// ErrorBudget is how an entity at a DC stands against its latency target, or
// against how fresh it has to be.
type ErrorBudget struct {
	DC          string
	Entity      string
	Criticality string          // of its target; may be empty
	Target      time.Duration   // as it is now; what was late was judged by the target of its hour
	Objective   decimal.Decimal // the share of one that has to be in time
	Period      LateShare
	Burns       [len(BurnWindows)]LateShare
}

// Attained is the share in time, 1 where nothing happened.
func (b ErrorBudget) Attained() decimal.Decimal {
	if b.Period.Events == 0 {
		return decimal.NewFromInt(1)
	}
	return decimal.NewFromInt(b.Period.Events - b.Period.Late).Div(decimal.NewFromInt(b.Period.Events))
}

// Left is the share of the budget that is left, below 0 when more was late than
// may be.
func (b ErrorBudget) Left() decimal.Decimal {
	return decimal.NewFromInt(1).Sub(b.Period.Burn(b.Objective))
}

// Burn is how fast the budget is used up within one of the BurnWindows.
func (b ErrorBudget) Burn(window int) decimal.Decimal { return b.Burns[window].Burn(b.Objective) }

// Breach is how long the rest of the budget lasts at the rate of the last six
// hours; 0 when it is used up, false when it lasts at least its period.
func (b ErrorBudget) Breach() (time.Duration, bool) {
	left, rate := b.Left(), b.Burn(1)
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

// AllBudgets adds budgets up: their objective is the one that allows as much as
// they allow together.
func AllBudgets(budgets []ErrorBudget) ErrorBudget {
	all, wanted := ErrorBudget{Objective: Objective}, decimal.Zero
	for _, b := range budgets {
		all.Period.Events, all.Period.Late = all.Period.Events+b.Period.Events, all.Period.Late+b.Period.Late
		wanted = wanted.Add(decimal.NewFromInt(b.Period.Events).Mul(b.Objective))
	}
	if all.Period.Events > 0 {
		all.Objective = wanted.Div(decimal.NewFromInt(all.Period.Events))
	}
	return all
}
