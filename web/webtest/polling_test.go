package webtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/web/app"
	"throughline/web/webtest"
)

const locationEvent = `{"specversion":"1.0","id":"1","source":"wms","type":"throughline.location.changed.v1","time":"%TIME","data":{"dc":"DC-1","name":"%NAME","time_zone":"Europe/London","version":%V}}`

// TestAKeyThatReadsExportsAndPolls goes from a system's event to what another one is told of it.
func TestAKeyThatReadsExportsAndPolls(t *testing.T) {
	w := webtest.Start(t)
	key := func(source string, scope models.Scope) http.Header {
		secret, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: source, Scopes: []models.Scope{scope}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return http.Header{"Authorization": {"Bearer " + secret}, "Content-Type": {"application/cloudevents+json"}}
	}
	sends, reads, client := key("wms", models.ScopeSend), key("lake", models.ScopeRead), w.Stranger()
	send := func(with http.Header, id, name, version string) *webtest.Page {
		event := strings.NewReplacer(`"id":"1"`, `"id":"`+id+`"`, "%NAME", name, "%V", version, "%TIME", time.Now().UTC().Format(time.RFC3339)).Replace(locationEvent)
		return client.Do(http.MethodPost, "/api/v1/events", strings.NewReader(event), with)
	}
	poll := func(since string) (names []string, next string) {
		p := client.Do(http.MethodGet, "/api/v1/changes?entity=location&since="+since, nil, reads)
		var page struct {
			Changes []struct {
				Data models.LocationChanged `json:"data"`
			} `json:"changes"`
			Next string `json:"next"`
		}
		if err := json.Unmarshal([]byte(p.Body), &page); err != nil || p.Status != http.StatusOK {
			t.Fatalf("poll: %d %s", p.Status, p.Body)
		}
		for _, c := range page.Changes {
			names = append(names, c.Data.Name)
		}
		return names, page.Next
	}
	if p := send(sends, "1", "Bristol", "1"); p.Status != http.StatusAccepted {
		t.Fatalf("send: %d %s", p.Status, p.Body)
	}
	if p := send(reads, "1", "Bristol", "1"); p.Status != http.StatusForbidden {
		t.Errorf("a key that reads sent: %d %s", p.Status, p.Body)
	}
	if p := client.Do(http.MethodGet, "/api/v1/changes", nil, sends); p.Status != http.StatusForbidden {
		t.Errorf("a key that sends read: %d %s", p.Status, p.Body)
	}
	deadline := time.Now().Add(20 * time.Second)
	for names, _ := poll(""); len(names) == 0; names, _ = poll("") {
		if time.Now().After(deadline) {
			t.Fatal("the event did not take effect")
		}
	}
	p := client.Do(http.MethodGet, "/api/v1/export/location", nil, reads)
	lines := strings.Split(strings.TrimSpace(p.Body), "\n")
	var end struct {
		Next string `json:"next"`
	}
	if len(lines) != 2 || !strings.Contains(lines[0], `"name":"Bristol"`) || json.Unmarshal([]byte(lines[1]), &end) != nil {
		t.Fatalf("export: %d %s", p.Status, p.Body)
	}
	if p := send(sends, "2", "Bath", "2"); p.Status != http.StatusAccepted {
		t.Fatalf("send: %d %s", p.Status, p.Body)
	}
	names, next := poll(end.Next)
	for ; len(names) == 0; names, next = poll(next) {
		if time.Now().After(deadline) {
			t.Fatal("the change after the export did not come")
		}
	}
	if names[0] != "Bath" {
		t.Errorf("after the export came %v", names)
	}
}

func TestAProgramThatMissesTheAPIIsToldWhereItIsDescribed(t *testing.T) {
	client := webtest.Start(t).Stranger()
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{http.MethodGet, "/api/v1/nothing", http.StatusNotFound, "nothing at /api/v1/nothing"},
		{http.MethodDelete, "/api/v1/events", http.StatusMethodNotAllowed, "does not take DELETE"},
	} {
		p := client.Do(c.method, c.path, nil, nil)
		if p.Status != c.status || !strings.Contains(p.Body, c.says) || !strings.Contains(p.Body, "/api/openapi.json") {
			t.Errorf("%s %s: %d %s", c.method, c.path, p.Status, p.Body)
		}
	}
}
