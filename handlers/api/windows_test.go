package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// budgets has stock of which 5 and 25 of 1,000 events were late, and which was
// stale for 90 of 6,000 minutes.
type budgets struct{}

func (budgets) Read(_ context.Context, at time.Time) ([]models.ErrorBudget, error) {
	if !at.Equal(now) {
		return nil, errDown
	}
	hour := models.LateShare{Events: 100, Late: 2}
	return []models.ErrorBudget{
		{DC: "LON", Entity: "inventory", Target: 2 * time.Second, Objective: models.Objective, Criticality: "critical", Period: models.LateShare{Events: 1000, Late: 5}, Burns: [3]models.LateShare{hour, hour, hour}},
		{DC: "YRK", Entity: "inventory", Target: 2 * time.Second, Objective: models.Objective, Period: models.LateShare{Events: 1000, Late: 25}},
	}, nil
}

func (budgets) Freshness(_ context.Context, fresh []models.EntityFreshness, at time.Time) (map[models.MarkKey]models.ErrorBudget, error) {
	if !at.Equal(now) {
		return nil, errDown
	}
	return map[models.MarkKey]models.ErrorBudget{fresh[0].Key(): {Objective: models.Objective, Period: models.LateShare{Events: 6000, Late: 90}}}, nil
}

// ages has stock that is stale, and receipts that nothing governs.
type ages struct{}

func (ages) Freshness(_ context.Context, dc string) ([]models.EntityFreshness, error) {
	if dc == "down" {
		return nil, errDown
	}
	allDay := &models.Calendar{Name: "all day", Zone: time.UTC, Days: [7]bool{true, true, true, true, true, true, true}, Closes: 24 * time.Hour}
	return []models.EntityFreshness{
		{DC: "LON", Entity: "inventory", Source: "erp", NewestAt: now.Add(-time.Hour), Window: 30 * time.Minute, Calendar: allDay, Owner: true, Declared: true, Objective: models.Objective},
		{DC: "LON", Entity: "receipt", Source: "erp", NewestAt: now.Add(-time.Minute), Owner: true},
	}, nil
}

func same(t *testing.T, what string, got, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: %s is %v, want %v", what, name, got[name], value)
		}
	}
}

func TestLatencyWindowsTellWhatIsLeftOfTheirBudgets(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/windows/latency", authorization, "Bearer reads")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	told := body["windows"].([]any)
	same(t, "London", told[0].(map[string]any), map[string]any{
		"dc": "LON", "entity": "inventory", "criticality": "critical", "target_seconds": 2.0, "objective": 0.99, "events": 1000.0, "late": 5.0, "attained": 0.995,
		"budget_left": 0.5, "burn_1h": 2.0, "burn_6h": 2.0, "burn_3d": 2.0, "used_up_in_seconds": 648000.0,
	})
	same(t, "York", told[1].(map[string]any), map[string]any{"dc": "YRK", "attained": 0.975, "budget_left": -1.5, "burn_1h": 0.0, "used_up_in_seconds": 0.0})
	if _, body = get(t, h, "/api/v1/windows/latency?dc=YRK", authorization, "Bearer reads"); len(body["windows"].([]any)) != 1 {
		t.Errorf("of one DC: %v", body)
	}
}

func TestFreshnessWindowsTellWhatIsStale(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/windows/freshness?dc=LON", authorization, "Bearer reads")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	told := body["windows"].([]any)
	stock, receipts := told[0].(map[string]any), told[1].(map[string]any)
	same(t, "stock", stock, map[string]any{
		"source": "erp", "newest_at": "2026-03-02T07:00:30Z", "age_seconds": 3600.0, "stale": true, "window_seconds": 1800.0, "calendar": "all day", "owner": true, "declared": true,
	})
	same(t, "how stock was kept", stock["kept"].(map[string]any), map[string]any{"minutes": 6000.0, "stale_minutes": 90.0, "objective": 0.99, "attained": 0.985, "budget_left": -0.5})
	same(t, "receipts", receipts, map[string]any{"stale": false, "window_seconds": nil, "calendar": "", "kept": nil})
}

func TestWindowsAndAlarmsAskForTheScopeRead(t *testing.T) {
	h := mount(t, fakes{})
	for _, path := range []string{"/api/v1/windows/latency", "/api/v1/windows/freshness", "/api/v1/alarms"} {
		if rec, _ := get(t, h, path, authorization, goodKey); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "--scope read") {
			t.Errorf("%s with a key that only sends: %d %s", path, rec.Code, rec.Body)
		}
		if rec, _ := get(t, h, path, "X-Person", "ida"); rec.Code != http.StatusOK {
			t.Errorf("%s of a person: %d %s", path, rec.Code, rec.Body)
		}
	}
	if rec, _ := get(t, h, "/api/v1/windows/freshness?dc=down", authorization, "Bearer reads"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", rec.Code)
	}
}
