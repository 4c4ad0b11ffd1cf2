package simulator_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/towertest"
)

// A recommendation stands on what the ERP had, until the ERP moves stock away and
// its own buyer orders more.
func TestAnOfferStandsBesideWhatTheSystemsKnow(t *testing.T) {
	tower := towertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := run(t, ctx, storetest.DSN(t), tower, 24*time.Hour)
	made := offered(t, &relay{tower: tower, running: running})

	before := offer(t, running, made.Recommendation)
	if before.Revised || !before.Facts.Recommended.Equal(made.Quantity) || !before.Stamp.Stock.Quantity.Equal(made.Basis.Inventory.Quantity) || !before.Facts.OnOrderDelta.IsZero() {
		t.Errorf("offered %+v, known %+v", made, before)
	}
	if v := verdict(before); v != models.VerdictCurrent {
		t.Errorf("just made, it is %s", v)
	}
	moved, bought := made.Basis.Inventory.Quantity.Div(decimal.NewFromInt(2)).Floor(), decimal.NewFromInt(7)
	line := models.OrderLine{Line: 1, Item: made.Item, Quantity: moved, Unit: made.Unit, UnitPrice: made.UnitPrice, NeedBy: calendar.Start().AddDate(0, 0, 9).Format(time.DateOnly)}
	place(t, running, "/erp/transfer-orders", map[string]any{"from_dc": made.DC, "dc": other(made.DC), "currency": made.Currency, "lines": []models.OrderLine{line}})
	line.Quantity = bought
	place(t, running, "/erp/purchase-orders", map[string]any{"supplier": made.Supplier, "dc": made.DC, "currency": made.Currency, "lines": []models.OrderLine{line}})

	after := offer(t, running, made.Recommendation)
	if fell := before.Facts.NetMovement.Sub(after.Facts.NetMovement); fell.LessThan(moved) || !after.Facts.OnOrderDelta.Equal(bought) {
		t.Errorf("%s left and %s were bought; known: fell by %s, %s on order", moved, bought, fell, after.Facts.OnOrderDelta)
	}
	if v := verdict(after); v != models.VerdictSuperseded {
		t.Errorf("without half of its stock it is %s", v)
	}
	stop(t, cancel, running)
}

// offered passes on until replenishment recommends a purchase where half of the
// stock is above any tolerance.
func offered(t *testing.T, r *relay) models.Recommendation {
	t.Helper()
	half, largestPack := decimal.New(5, -1), decimal.NewFromInt(60)
	for deadline := time.Now().Add(towertest.Patience); time.Now().Before(deadline); {
		fresh := r.tower.After(r.passed)
		r.passed += len(fresh)
		r.deliver(t, r.running.Addresses.Forecasting, simulator.ForecastingTypes(), fresh)
		r.deliver(t, r.running.Addresses.Replenishment, simulator.ReplenishmentTypes(), fresh)
		for _, event := range fresh {
			if event.Type != models.TypeRecommendation {
				continue
			}
			made := towertest.Data[models.Recommendation](t, event)
			if made.Kind == "purchase" && made.Basis.Inventory.Quantity.Mul(half).GreaterThan(models.Tolerance(made.Quantity, largestPack)) {
				return made
			}
		}
	}
	t.Fatal("nothing fit was recommended")
	return models.Recommendation{}
}

func offer(t *testing.T, running *simulator.Running, recommendation string) simulator.Offer {
	t.Helper()
	var found []simulator.Offer
	status := call(t, http.MethodGet, running.Addresses.Control+"/truth/offers?of=R-none&of="+recommendation, nil, &found)
	if status != http.StatusOK || len(found) != 1 || found[0].Recommendation != recommendation {
		t.Fatalf("answered %d: %+v", status, found)
	}
	return found[0]
}

func verdict(o simulator.Offer) models.Verdict {
	return models.CheckBasis(models.MomentNow, o.Stamp, o.Facts, time.Hour).Verdict
}

func place(t *testing.T, running *simulator.Running, path string, order map[string]any) {
	t.Helper()
	if status := call(t, http.MethodPost, running.Addresses.ERP+path, order, nil); status != http.StatusCreated {
		t.Fatalf("%s answered %d", path, status)
	}
}

// other is a DC that is not this one.
func other(dc string) string {
	if dc == "DC-BHM" {
		return "DC-MAN"
	}
	return "DC-BHM"
}
