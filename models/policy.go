package models

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
