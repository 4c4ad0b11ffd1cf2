package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"throughline/models"
)

// latencies has stock of London of which one event of four took nine seconds.
type latencies struct{}

func (latencies) Matrix(_ context.Context, q models.LatencyQuery) ([]models.LatencyCell, error) {
	var total, queue models.Histogram
	total.AddN(time.Second, 3)
	total.Add(9 * time.Second)
	queue.AddN(2*time.Second, 4)
	if q.DC != "" && q.DC != "LON" {
		return nil, nil
	}
	return []models.LatencyCell{
		{DC: "LON", Entity: "inventory", Stage: models.LatencyQueue, Spread: queue}, {DC: "LON", Entity: "inventory", Stage: models.LatencyTotal, Spread: total},
		{DC: "", Entity: "item", Stage: models.LatencyTotal, Spread: total},
	}, nil
}

func (latencies) Slowest(_ context.Context, q models.LatencyQuery, _ int) ([]models.SlowEvent, error) {
	return []models.SlowEvent{{Seq: 7, Source: "erp", Item: "A", OccurredAt: q.Period.From, AppliedAt: q.Period.From.Add(9 * time.Second)}}, nil
}

func TestLatencyIsToldOfAnyPeriod(t *testing.T) {
	h := mount(t, fakes{})
	rec, body := get(t, h, "/api/v1/latency?from=2026-03-01T06:00&to=2026-03-01T10:00&dc=LON&entity=inventory", authorization, "Bearer reads")
	if rec.Code != http.StatusOK {
		t.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	same(t, "the period", body, map[string]any{"from": "2026-03-01T06:00:00Z", "to": "2026-03-01T10:00:00Z"})
	pairs := body["pairs"].([]any)
	if len(pairs) != 2 {
		t.Fatalf("told are %v", pairs)
	}
	same(t, "what belongs to no DC", pairs[1].(map[string]any), map[string]any{"dc": "", "entity": "item", "events": 4.0, "late": 1.0})
	pair := pairs[0].(map[string]any)
	same(t, "stock", pair, map[string]any{"dc": "LON", "entity": "inventory", "events": 4.0, "late": 1.0, "target_seconds": 5.0, "max_seconds": 9.0})
	same(t, "its queue", pair["steps"].([]any)[1].(map[string]any), map[string]any{"step": "queue", "events": 4.0, "mean_seconds": 2.0})
	same(t, "the slowest", body["slowest"].([]any)[0].(map[string]any), map[string]any{"seq": 7.0, "took_seconds": 9.0, "occurred_at": "2026-03-01T06:00:00Z"})
	if _, body = get(t, h, "/api/v1/latency", authorization, "Bearer reads"); body["from"] != "2026-03-02T07:00:00Z" || len(body["slowest"].([]any)) != 0 {
		t.Errorf("without a cut: %v", body)
	}
	if rec, _ = get(t, h, "/api/v1/latency?from=2026-03-02&to=2026-03-01", authorization, "Bearer reads"); rec.Code != http.StatusBadRequest {
		t.Errorf("a period that ends before it begins: %d", rec.Code)
	}
	if rec, _ = get(t, h, "/api/v1/latency", authorization, goodKey); rec.Code != http.StatusForbidden {
		t.Errorf("with a key that only sends: %d", rec.Code)
	}
}
