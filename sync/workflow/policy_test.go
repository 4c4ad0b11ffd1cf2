package workflow_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/workflow"
)

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func smallPurchase() workflow.PolicyFacts {
	return workflow.PolicyFacts{
		Kind: "purchase", Basis: models.VerdictCurrent, Quantity: dec("48"), Value: dec("120"), Currency: "GBP",
		SupplyFacts: models.SupplyFacts{
			ItemKnown: true, SupplierKnown: true, SupplierStatus: models.SupplierActive, Pack: dec("12"), MOQ: dec("24"), Available: dec("10"), DailyDemand: dec("4"),
		},
	}
}

func TestPolicyRules(t *testing.T) {
	policy, err := workflow.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*workflow.PolicyFacts)
		fails  string
		route  models.ApprovalRoute
	}{
		{"small", func(*workflow.PolicyFacts) {}, "", models.RouteAuto},
		{"unknown basis", func(f *workflow.PolicyFacts) { f.Basis = models.VerdictUnknown }, "basis_known basis_current", models.RouteSingle},
		{"aged basis", func(f *workflow.PolicyFacts) { f.Basis = models.VerdictAged }, "basis_current", models.RouteSingle},
		{"below the minimum", func(f *workflow.PolicyFacts) { f.Quantity = dec("12") }, "minimum_order", models.RouteSingle},
		{"transfers have no minimum", func(f *workflow.PolicyFacts) {
			f.Kind, f.Quantity, f.SupplierKnown, f.SupplierStatus, f.Committed = "transfer", dec("12"), false, "", dec("200000")
		}, "", models.RouteAuto},
		{"broken pack", func(f *workflow.PolicyFacts) { f.Quantity = dec("50") }, "pack_multiple", models.RouteSingle},
		{"unknown supplier", func(f *workflow.PolicyFacts) { f.SupplierKnown, f.SupplierStatus = false, "" }, "supplier_known supplier_active", models.RouteSingle},
		{"supplier on hold", func(f *workflow.PolicyFacts) { f.SupplierStatus = models.SupplierOnHold }, "supplier_active", models.RouteSingle},
		{"blocked supplier", func(f *workflow.PolicyFacts) { f.SupplierStatus = models.SupplierBlocked }, "supplier_active", models.RouteSingle},
		{"at the budget", func(f *workflow.PolicyFacts) { f.Committed = dec("149880") }, "", models.RouteAuto},
		{"over the budget", func(f *workflow.PolicyFacts) { f.Committed = dec("149880.01") }, "budget", models.RouteSingle},
		{"order behind our back", func(f *workflow.PolicyFacts) { f.UnseenOrders = 1 }, "no_duplicate", models.RouteSingle},
		{"approved already", func(f *workflow.PolicyFacts) { f.OpenProposals = 1 }, "no_duplicate", models.RouteSingle},
		{"unexplained drift", func(f *workflow.PolicyFacts) { f.Drifts = 1 }, "stock_trusted", models.RouteSingle},
		{"conflicting facts", func(f *workflow.PolicyFacts) { f.Conflicts = 1 }, "stock_trusted", models.RouteSingle},
		{"at the limit", func(f *workflow.PolicyFacts) { f.Value = dec("500") }, "", models.RouteAuto},
		{"above the limit", func(f *workflow.PolicyFacts) { f.Value = dec("500.01") }, "value_limit", models.RouteSingle},
		{"at the second limit", func(f *workflow.PolicyFacts) { f.Value = dec("5000") }, "value_limit", models.RouteSingle},
		{"above the second limit", func(f *workflow.PolicyFacts) { f.Value = dec("5000.01") }, "value_limit", models.RouteDouble},
		{"foreign money", func(f *workflow.PolicyFacts) { f.Currency = "USD" }, "value_limit", models.RouteSingle},
		{"too much cover", func(f *workflow.PolicyFacts) { f.OnOrder = dec("183") }, "max_cover", models.RouteSingle},
		{"no demand", func(f *workflow.PolicyFacts) { f.DailyDemand = dec("0") }, "max_cover", models.RouteSingle},
		{"unknown item", func(f *workflow.PolicyFacts) { f.ItemKnown, f.Pack = false, dec("0") }, "minimum_order pack_multiple", models.RouteSingle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			facts := smallPurchase()
			tt.change(&facts)
			got := policy.Evaluate(facts)
			var failed []string
			for _, r := range got.Results {
				if !r.Passed {
					failed = append(failed, r.Rule)
				}
				if len(r.Inputs) == 0 {
					t.Errorf("rule %s recorded none of its inputs", r.Rule)
				}
			}
			if strings.Join(failed, " ") != tt.fails || got.Route != tt.route {
				t.Errorf("failed %v with route %s, want %q with %s", failed, got.Route, tt.fails, tt.route)
			}
		})
	}
}

func TestARuleThatBreaksLeavesTheDecisionToAPerson(t *testing.T) {
	policy, err := workflow.ParsePolicy([]byte(`{"version":"t","currency":"GBP","auto_limit":"1","second_limit":"2","max_cover_days":"1",
		"decide_within":"1h","rules":[{"name":"broken","expr":"quantity % pack == decimal('0')","message":"m"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	facts := smallPurchase()
	facts.Pack = decimal.Zero
	got := policy.Evaluate(facts)
	if got.Route == models.RouteAuto || got.Results[0].Passed || !strings.Contains(got.Results[0].Message, "cannot be evaluated") {
		t.Errorf("got %+v, want a failed rule and a person", got)
	}
	if got.Results[0].Inputs["quantity"] != "48" {
		t.Errorf("inputs are %v, want quantity 48", got.Results[0].Inputs)
	}
}

func TestAPolicyThatDoesNotTypeCheckIsRefused(t *testing.T) {
	for _, expr := range []string{"quantity > 5", "quantity", "unknown_name == 'x'", "value <= 'x'"} {
		_, err := workflow.ParsePolicy([]byte(`{"version":"t","auto_limit":"1","second_limit":"2","max_cover_days":"1","decide_within":"1h",
			"rules":[{"name":"r","expr":"` + expr + `","message":"m"}]}`))
		if err == nil {
			t.Errorf("%q was accepted", expr)
		}
	}
}
