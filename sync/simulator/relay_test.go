package simulator_test

import (
	"net/http"
	"testing"

	"throughline/models"
	"throughline/sync/simulator"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// relay delivers to the subscribers what the tower has accepted, as its routes
// do, and approves every purchase that is recommended.
type relay struct {
	tower   *towertest.Tower
	running *simulator.Running
	passed  int
	ordered int
}

func (r *relay) pass(t *testing.T) []webhook.Event {
	t.Helper()
	fresh := r.tower.After(r.passed)
	r.passed += len(fresh)
	r.deliver(t, r.running.Addresses.Forecasting, simulator.ForecastingTypes(), fresh)
	r.deliver(t, r.running.Addresses.Replenishment, simulator.ReplenishmentTypes(), fresh)
	for _, event := range fresh {
		if event.Type == models.TypeRecommendation {
			r.approve(t, towertest.Data[models.Recommendation](t, event))
		}
	}
	return fresh
}

func (r *relay) deliver(t *testing.T, url string, types []models.EventType, events []webhook.Event) {
	t.Helper()
	wanted := make(map[models.EventType]bool)
	for _, kind := range types {
		wanted[kind] = true
	}
	var batch []webhook.Event
	for i, event := range events {
		if wanted[event.Type] {
			batch = append(batch, event)
		}
		if len(batch) == 200 || i == len(events)-1 && len(batch) > 0 {
			if status := towertest.Deliver(t, url+"/webhooks", towertest.Secret, batch...); status != http.StatusNoContent {
				t.Fatalf("delivery to %s: %d", url, status)
			}
			batch = nil
		}
	}
}

func (r *relay) approve(t *testing.T, recommended models.Recommendation) {
	t.Helper()
	path := map[string]string{"purchase": "/erp/purchase-orders", "transfer": "/erp/transfer-orders"}[recommended.Kind]
	status := call(t, http.MethodPost, r.running.Addresses.ERP+path, map[string]any{
		"reference": models.OrderReference(recommended.Recommendation), "supplier": recommended.Supplier,
		"from_dc": recommended.FromDC, "dc": recommended.DC, "currency": recommended.Currency,
		"lines": []models.OrderLine{{
			Line: 1, Item: recommended.Item, Quantity: recommended.Quantity, Unit: recommended.Unit,
			UnitPrice: recommended.UnitPrice, NeedBy: recommended.NeedBy,
		}},
	}, nil)
	switch {
	case status == http.StatusCreated:
		r.ordered++
	case recommended.Kind == "transfer" && status == http.StatusUnprocessableEntity: // sold meanwhile
	default:
		t.Fatalf("order for %s: %d", recommended.Recommendation, status)
	}
}
