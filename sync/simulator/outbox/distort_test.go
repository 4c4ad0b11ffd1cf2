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

// intake takes whatever comes, as bare attributes, but for what it refuses.
type intake struct {
	t       *testing.T
	refuses string // a subject
	sent    []map[string]any
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
		if i.refuses != "" && e["subject"] == i.refuses {
			results[n]["status"] = "rejected"
		}
	}
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

func TestABalanceIsSentOnceMoreWithoutItsIDOrDatedAhead(t *testing.T) {
	db, tower := database(t), &intake{t: t}
	server := httptest.NewServer(tower)
	t.Cleanup(server.Close)
	s, err := outbox.NewSender(t.Context(), outbox.Config{
		Source: "erp", TowerURL: server.URL, Key: "tlk_test", DB: db, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unname(); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("before anything was sent: %v", err)
	}
	tower.refuses = "1" // the newest, which shows nothing when it is sent once more
	fill(t, db, "DC-LON", 2)
	if err := drain(t, s); err != nil {
		t.Fatal(err)
	}
	tower.sent = tower.sent[:1]
	for _, distort := range []func() (string, error){s.Unname, func() (string, error) { return s.Misdate(time.Hour) }} {
		if subject, err := distort(); err != nil || subject != "0" {
			t.Fatalf("it names %q, %v", subject, err)
		}
		if err := drain(t, s); err != nil {
			t.Fatal(err)
		}
	}
	if len(tower.sent) != 3 {
		t.Fatalf("%d events were sent: %v", len(tower.sent), tower.sent)
	}
	first, unnamed, misdated := tower.sent[0], tower.sent[1], tower.sent[2]
	if _, named := unnamed["id"]; named || first["id"] == nil || unnamed["subject"] != first["subject"] || unnamed["time"] != first["time"] {
		t.Errorf("sent %v and, without its id, %v", first, unnamed)
	}
	if at, later := timeOf(t, first), timeOf(t, misdated); misdated["id"] != first["id"] || !later.Equal(at.Add(time.Hour)) {
		t.Errorf("sent %v and, an hour ahead, %v", first, misdated)
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
