package workflow_test

import (
	"encoding/json"
	"testing"

	"throughline/models"
	"throughline/sync/workflow"
)

// FuzzPolicy gives a policy a rule that anybody may have written: it is refused,
// or it judges, and approves nothing by itself that a rule or a late feed forbids.
func FuzzPolicy(f *testing.F) {
	for _, expr := range []string{
		"quantity >= moq", "quantity % pack == decimal('0')", "value <= auto_limit && drifts == 0",
		"decimal('1e999999999') + value > value", "decimal('') < value", "basis == 'CURRENT' || late_feed != ''",
		"quantity * quantity * quantity > decimal('0.0000000001')", "[1, 2].exists(x, x == drifts)", "(", "true",
	} {
		f.Add(expr, "48", uint8(0))
	}
	f.Fuzz(func(t *testing.T, expr, limit string, late uint8) {
		file, err := json.Marshal(map[string]any{
			"version": "t", "currency": "GBP", "auto_limit": limit, "second_limit": limit, "max_cover_days": "60", "decide_within": "1h",
			"rules": []map[string]string{{"name": "r", "expr": expr, "message": "m"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		policy, err := workflow.ParsePolicy(file)
		if err != nil {
			return
		}
		facts := smallPurchase()
		all := models.Fallbacks()
		if at := int(late) % (len(all) + 1); at > 0 {
			facts.Late = models.LateFeed{Source: "erp", Declared: all[at-1]}
		}
		outcome := policy.Evaluate(facts)
		stands := outcome.Passed() && (facts.Late.Fallback() == models.FallbackNone || facts.Late.Fallback() == models.FallbackLastGood)
		if auto := outcome.Route == models.RouteAuto; auto != stands || len(outcome.Results) != 1 {
			t.Errorf("%q under %q is routed %s with %+v", expr, facts.Late.Fallback(), outcome.Route, outcome.Results)
		}
	})
}
