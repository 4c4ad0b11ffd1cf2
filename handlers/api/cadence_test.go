package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// feeds has one that came every minute of the day's first hour, when it is
// asked about a day, and one that was silent.
type feeds struct{}

func (feeds) Read(_ context.Context, q models.CadenceQuery) ([]models.Cadence, error) {
	if q.Window != 24*time.Hour || !q.Now.Equal(now) {
		return nil, errDown
	}
	stock := models.Cadence{MarkKey: models.MarkKey{Source: "erp", Entity: "inventory", DC: "LON"}, LastAt: now.Add(-time.Minute), Freshness: 5 * time.Minute}
	var slots models.ArrivalSlots
	midnight := now.Truncate(24 * time.Hour)
	for minute := range 60 {
		slots.Set(midnight.Add(time.Duration(minute) * time.Minute))
	}
	stock.Add(midnight, slots, 120)
	return []models.Cadence{stock, {MarkKey: models.MarkKey{Source: "erp", Entity: "item"}, LastAt: now.Add(-48 * time.Hour)}}, nil
}

func TestCadenceTellsHowOftenSomethingComes(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/cadence", authorization, "Bearer reads")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	told := body["feeds"].([]any)
	stock, items := told[0].(map[string]any), told[1].(map[string]any)
	for name, want := range map[string]any{
		"source": "erp", "entity": "inventory", "dc": "LON", "events": 120.0, "usual_gap_seconds": 60.0, "p95_gap_seconds": 60.0,
		"pace": "stream", "last_at": "2026-03-02T07:59:30Z", "age_seconds": 60.0, "freshness_seconds": 300.0,
	} {
		if stock[name] != want {
			t.Errorf("%s is %v, want %v", name, stock[name], want)
		}
	}
	if items["usual_gap_seconds"] != nil || items["pace"] != "" || items["age_seconds"] != 172800.0 || items["freshness_seconds"] != nil {
		t.Errorf("a silent feed: %v", items)
	}
	if rec, _ := get(t, h, "/api/v1/cadence", authorization, goodKey); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "--scope read") {
		t.Errorf("a key that only sends: %d %s", rec.Code, rec.Body)
	}
	if rec, _ := get(t, h, "/api/v1/cadence?hours=721", authorization, "Bearer reads"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("more than is kept: %d", rec.Code)
	}
	if rec, _ := get(t, h, "/api/v1/cadence?hours=2", authorization, "Bearer reads"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", rec.Code)
	}
}
