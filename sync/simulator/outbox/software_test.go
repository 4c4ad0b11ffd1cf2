package outbox_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"throughline/sync/simulator/outbox"
)

func TestTheSystemsNameTheirSoftwareAndItsVersion(t *testing.T) {
	db := database(t)
	named := make(chan string, 1)
	tower := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		named <- r.UserAgent()
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer tower.Close()
	fill(t, db, "DC-LON", 1)
	s, err := outbox.NewSender(t.Context(), outbox.Config{Source: "erp", TowerURL: tower.URL, Key: "k", DB: db, Software: "throughline-simulator/9"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RunOnce(t.Context()); err == nil {
		t.Fatal("a tower that takes nothing took it")
	}
	if got := <-named; got != "throughline-simulator/9" {
		t.Errorf("it names itself %q", got)
	}
}
