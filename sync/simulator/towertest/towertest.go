// Package towertest is the tower as the simulated systems see it: an intake
// that records what it is sent and deliveries that are signed. It stands in
// for the other side in tests.
package towertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"throughline/models"
	"throughline/sync/simulator/webhook"
)

// Secret signs deliveries.
const Secret = "whsec_dGhyb3VnaGxpbmUtdGVzdC1zZWNyZXQtMTIzNDU2"

// Patience is how long a test waits for something that must come.
const Patience = time.Minute

// Tower records every event it accepts, once.
type Tower struct {
	URL string

	mu       sync.Mutex
	events   []webhook.Event
	seen     map[string]bool
	posts    int
	repeats  int
	answer   func(events []webhook.Event) (status int, header http.Header)
	reject   func(webhook.Event) bool
	paused   func(webhook.Event) bool
	accepted chan struct{}
	totals   []Total
}

// Total is what a system says that it sent.
type Total struct {
	Type   models.EventType `json:"type"`
	Since  time.Time        `json:"since"`
	Until  time.Time        `json:"until"`
	Events int64            `json:"events"`
}

// New starts a tower that ends with the test.
func New(t testing.TB) *Tower {
	t.Helper()
	tower := &Tower{seen: make(map[string]bool), accepted: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/events", tower.intake)
	mux.HandleFunc("POST /api/v1/control-totals", tower.takeTotals)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	tower.URL = server.URL
	return tower
}

// Answer makes the intake answer requests otherwise; status 0 means as usual.
func (w *Tower) Answer(answer func([]webhook.Event) (int, http.Header)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// Reject makes the intake reject single events.
func (w *Tower) Reject(reject func(webhook.Event) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reject = reject
}

// Pause makes the intake ask for single events a second later.
func (w *Tower) Pause(paused func(webhook.Event) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = paused
}

type result struct {
	ID         string `json:"id"`
	Status     string `json:"status"`
	RetryAfter int    `json:"retry_after,omitempty"`
}

func (w *Tower) intake(out http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, err := body.ReadFrom(r.Body)
	events, decodeErr := webhook.Decode(body.Bytes())
	if err != nil || decodeErr != nil ||
		r.Header.Get("Content-Type") != "application/cloudevents-batch+json" {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		out.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.posts++
	if w.answer != nil {
		if status, header := w.answer(events); status != 0 {
			for name := range header {
				out.Header().Set(name, header.Get(name))
			}
			out.WriteHeader(status)
			return
		}
	}
	results := make([]result, len(events))
	for i, event := range events {
		results[i] = result{ID: event.ID, Status: w.take(event)}
		if results[i].Status == "paused" {
			results[i].RetryAfter = 1
		}
	}
	select {
	case w.accepted <- struct{}{}:
	default:
	}
	out.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(out).Encode(map[string]any{"results": results})
}

func (w *Tower) takeTotals(out http.ResponseWriter, r *http.Request) {
	var body struct{ Totals []Total }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Totals) == 0 {
		out.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.totals = append(w.totals, body.Totals...)
}

// Totals is what the systems stated so far, in the order of arrival.
func (w *Tower) Totals() []Total {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.totals)
}

func (w *Tower) take(event webhook.Event) string {
	id := event.Source + "/" + event.ID
	switch {
	case w.reject != nil && w.reject(event):
		return "rejected"
	case w.paused != nil && w.paused(event):
		return "paused"
	case w.seen[id]:
		w.repeats++
		return "duplicate"
	}
	w.seen[id] = true
	w.events = append(w.events, event)
	return "accepted"
}

// Events is what was accepted so far, in the order of arrival.
func (w *Tower) Events() []webhook.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

// Posts counts requests, Repeats events that had been accepted before.
func (w *Tower) Posts() (posts, repeats int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.posts, w.repeats
}

// After returns the events after the first n. When there are none it waits a
// moment for some to come.
func (w *Tower) After(n int) []webhook.Event {
	moment := time.NewTimer(time.Second)
	defer moment.Stop()
	for {
		w.mu.Lock()
		fresh := slices.Clone(w.events[n:])
		w.mu.Unlock()
		if len(fresh) > 0 {
			return fresh
		}
		select {
		case <-w.accepted:
		case <-moment.C:
			return nil
		}
	}
}

// Await waits until an accepted event satisfies want and returns the first
// that does.
func (w *Tower) Await(t testing.TB, what string, want func(webhook.Event) bool) webhook.Event {
	t.Helper()
	deadline := time.Now().Add(Patience)
	seen := 0
	for time.Now().Before(deadline) {
		fresh := w.After(seen)
		if i := slices.IndexFunc(fresh, want); i >= 0 {
			return fresh[i]
		}
		seen += len(fresh)
	}
	t.Fatalf("%s did not come; %d events did", what, seen)
	return webhook.Event{}
}

// Event makes an event of a type for a delivery.
func Event(t testing.TB, id string, kind models.EventType, data any) webhook.Event {
	t.Helper()
	body, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return webhook.Event{ID: id, Source: "erp", Type: kind, Time: time.Now(), Data: body}
}

// Deliver posts events to a webhook as the tower does and returns the status.
func Deliver(t testing.TB, url, secret string, events ...webhook.Event) int {
	t.Helper()
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	key, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	signature, err := key.Sign("msg_1", now, body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/cloudevents-batch+json")
	request.Header.Set("webhook-id", "msg_1")
	request.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	request.Header.Set("webhook-signature", signature)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// Data decodes an event's payload.
func Data[T any](t testing.TB, event webhook.Event) T {
	t.Helper()
	var data T
	if err := json.Unmarshal(event.Data, &data); err != nil {
		t.Fatalf("%s %s: %v", event.Type, event.ID, err)
	}
	return data
}
