package models

import "github.com/shopspring/decimal"

// RuleResult is the outcome of one policy rule for one recommendation. Inputs
// are the values that the rule read, by name, as text.
type RuleResult struct {
	Rule    string
	Passed  bool
	Inputs  map[string]string
	Message string
}

// PolicyOutcome is what a policy said about a recommendation: every rule's
// result, and who has to approve.
type PolicyOutcome struct {
	Version string
	Route   ApprovalRoute
	Results []RuleResult
}

// Passed reports whether every rule passed.
func (o PolicyOutcome) Passed() bool {
	for _, r := range o.Results {
		if !r.Passed {
			return false
		}
	}
	return true
}

// BudgetDays are the business days over which a DC's purchases are held against its budget.
const BudgetDays = 7

// SupplyFacts is what is known around an item at a DC when a recommendation is
// judged. Quantities are in the item's unit.
type SupplyFacts struct {
	ItemKnown      bool
	SupplierKnown  bool
	SupplierStatus SupplierStatus // empty for an unknown one
	Pack           decimal.Decimal
	MOQ            decimal.Decimal
	UnseenOrders   int64 // open orders made after the engine looked at open supply
	OpenProposals  int64 // approved for the same item and DC and not ordered yet
	Drifts         int64 // standing differences from the owner's stock that reading it again does not mend
	Conflicts      int64 // parked events about the item at the DCs concerned that contradict its owner or an earlier content, and its negative stock there
	Available      decimal.Decimal
	OnOrder        decimal.Decimal // open order lines less what was received
	DailyDemand    decimal.Decimal // mean of the newest forecast
	Committed      decimal.Decimal `gorm:"-"` // value of what was approved for the DC within BudgetDays, in the order's currency
	Late           LateFeed        `gorm:"-"` // whose fallback holds for it; zero when all that it stands on is heard
}
