package e2e

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/e2e/program"
	"throughline/models/store"
)

// said is an event as its source sent it.
type said struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject,omitempty"`
	Time        time.Time       `json:"time"`
	Data        json.RawMessage `json:"data"`
}

// sayAgain brings what the demo's systems sent last through the door five times more,
// each time in another order: every one of them is known.
func sayAgain(t *testing.T, w *program.Tower, db *store.DB, random *rand.Rand) {
	t.Helper()
	const newest, times, request = 1000, 5, 500
	for _, source := range []string{"erp", "forecasting", "replenishment"} {
		rows, err := db.Pool.Query(t.Context(), `
			SELECT '1.0', event_id, source, type, subject, occurred_at, data::json FROM events
			WHERE source = $1 AND NOT conflict ORDER BY seq DESC LIMIT $2`, source, newest)
		if err != nil {
			t.Fatal(err)
		}
		events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[said])
		if err != nil {
			t.Fatal(err)
		}
		key := strings.TrimSpace(w.MustRun("key", "add", "--source", source))
		for range times {
			random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			for batch := range slices.Chunk(events, request) {
				if answers := sendBatch(t, w.URL()+"/api/v1/events", key, batch); answers["duplicate"] != len(batch) {
					t.Errorf("%d events of %s that are known were answered %v", len(batch), source, answers)
				}
			}
		}
		t.Logf("%d events of %s were sent %d times more", len(events), source, times)
	}
}

// sendBatch posts events and counts the answers by their status.
func sendBatch(t *testing.T, url, key string, events []said) map[string]int {
	t.Helper()
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/cloudevents-batch+json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct{ Results []struct{ Status string } }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	answers := map[string]int{}
	for _, r := range answer.Results {
		answers[r.Status]++
	}
	return answers
}
