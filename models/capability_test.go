package models_test

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestACapabilityIsServedByItsOwnersContractsAndConsumers(t *testing.T) {
	owners := []models.Owner{{Entity: "inventory", Source: "erp"}, {Entity: "allocation", Source: "erp"}, {Entity: "inventory", Record: "inventory:A|LON", Source: "wms"}, {Entity: "forecast", Source: "forecasting"}}
	routes := []models.RouteStatus{{Name: "replenishment", Types: []string{string(models.TypeBalance)}}, {Name: "lake", Types: []string{string(models.TypeASN)}}}
	budgets := []models.ErrorBudget{
		{DC: "LON", Entity: "inventory", Objective: models.Objective, Period: models.LateShare{Events: 900, Late: 5}}, {DC: "MAN", Entity: "allocation", Objective: models.Objective, Period: models.LateShare{Events: 100, Late: 5}}, {DC: "LON", Entity: "asn", Objective: models.Objective, Period: models.LateShare{Events: 7}},
	}
	groups := []models.ExceptionGroup{
		{Code: models.ExceptionDrift, Source: "replenishment", Open: 2, ValueAtRisk: models.Sums{"GBP": decimal.NewFromInt(10)}},
		{Code: models.ExceptionSourceSilent, Source: "erp", Open: 1, ValueAtRisk: models.Sums{"GBP": decimal.NewFromInt(5)}},
		{Code: models.ExceptionUnknownReference, Source: "erp", Open: 1},
		{Code: models.ExceptionTargetDown, Source: "replenishment", Open: 1},
		{Code: models.ExceptionTargetDown, Source: "lake", Open: 1},
		{Code: models.ExceptionLateInbound, Open: 4},
	}
	state := models.Capabilities()[0].StateOf(owners, routes, budgets, groups)
	if !slices.Equal(state.Owners, []string{"erp"}) || !slices.Equal(state.Consumers, []string{"replenishment"}) {
		t.Errorf("%+v", state)
	}
	if b := state.Budget(); b.Period != (models.LateShare{Events: 1000, Late: 10}) || !b.Left().IsZero() {
		t.Errorf("budget %+v", b)
	}
	if n, atRisk := state.Open(); n != 4 || atRisk["GBP"].String() != "15" {
		t.Errorf("%d open, %v at risk: %+v", n, atRisk, state.Groups)
	}
}

func TestEachContractServesAtMostOneCapability(t *testing.T) {
	seen := map[models.EventType]string{}
	for _, c := range models.Capabilities() {
		for _, typ := range c.Types {
			if other := seen[typ]; other != "" || !typ.Known() {
				t.Errorf("%s serves %s and %q", typ, c.Key, other)
			}
			seen[typ] = c.Key
		}
	}
}
