package outbox_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/outbox"
)

// intake takes whatever comes, as bare attributes.
type intake struct {
	t    *testing.T
	sent []map[string]any
}

func (i *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	var events []map[string]any
	if err == nil {
		err = json.Unmarshal(text, &events)
	}
	if err != nil {
		i.t.Errorf("the intake was sent %q: %v", text, err)
	}
	i.sent = append(i.sent, events...)
	results := make([]map[string]any, len(events))
	for n, e := range events {
		results[n] = map[string]any{"id": e["id"], "status": "accepted"}
	}
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

func TestAnEventIsSentOnceMoreWithoutItsIDAndByAClockThatIsAhead(t *testing.T) {
	db, tower := database(t), &intake{t: t}
	server := httptest.NewServer(tower)
	t.Cleanup(server.Close)
	var ahead time.Duration
	s, err := outbox.NewSender(t.Context(), outbox.Config{
		Source: "erp", TowerURL: server.URL, Key: "tlk_test", DB: db, Logger: slog.New(slog.DiscardHandler),
		Ahead: func() time.Duration { return ahead },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unname(); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("before anything was sent: %v", err)
	}
	fill(t, db, "DC-LON", 1)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	ahead = time.Hour
	if subject, err := s.Unname(); err != nil || subject != "0" {
		t.Fatalf("it names %q, %v", subject, err)
	}
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	if len(tower.sent) != 2 {
		t.Fatalf("%d events were sent: %v", len(tower.sent), tower.sent)
	}
	first, second := tower.sent[0], tower.sent[1]
	if _, named := second["id"]; named || first["id"] == nil || second["subject"] != first["subject"] {
		t.Errorf("sent %v and %v", first, second)
	}
	if at, later := timeOf(t, first), timeOf(t, second); !later.Equal(at.Add(time.Hour)) {
		t.Errorf("it happened at %s and, an hour ahead, at %s", at, later)
	}
}

func timeOf(t *testing.T, event map[string]any) time.Time {
	t.Helper()
	text, _ := event["time"].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
