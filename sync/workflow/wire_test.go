package workflow_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
	"throughline/sync/workflow"
)

// TestAnOrderIsMadeOnceOverABadWire breaks the connection to the ERP in each
// way while an order is made: after it is mended there is exactly one, whether
// the ERP had heard of it or not.
func TestAnOrderIsMadeOnceOverABadWire(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			w := newWorld(t)
			stub := &connectortest.Stub{}
			server := httptest.NewServer(stub.Handler())
			t.Cleanup(server.Close)
			to, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			line := wire.New(t, "tcp", to.Host)
			erp, err := rest.NewERP(rest.Config{BaseURL: "http://" + line.Addr(), Timeout: 220 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			writer := w.writer(erp)
			w.approved("R-0")
			w.round(writer)
			w.wantOrdered(stub, "R-0")

			line.Break(fault)
			w.approved("R-1")
			for range 4 {
				w.round(writer)
				w.clock.Advance(time.Minute)
			}
			line.Mend()
			for range 4 {
				w.round(writer)
				w.clock.Advance(time.Minute)
			}
			w.wantOrdered(stub, "R-1")
		})
	}
}

// TestRecomputeStandsABadWire breaks the connection to the replenishment engine
// in each way: what it did not answer is no decision, and asking again is one.
func TestRecomputeStandsABadWire(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusAccepted)
			}))
			t.Cleanup(server.Close)
			to, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			line := wire.New(t, "tcp", to.Host)
			engine, err := rest.NewReplenishment(rest.Config{BaseURL: "http://" + line.Addr(), Timeout: 400 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			flow, err := workflow.New(workflow.Config{Store: store.NewWorkflow(w.db), Engine: engine, Now: w.clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			w.waiting("R-1")
			line.Break(fault)
			decided := "0"
			if err := flow.Recompute(t.Context(), "R-1", "ana", "stock moved"); fault.Name == "latency" {
				if decided = "1"; err != nil {
					t.Errorf("a slow engine: %v", err)
				}
			} else if models.CodeOf(err) != models.CodeUnavailable {
				t.Errorf("%v, want unavailable", err)
			}
			if got := w.text(`SELECT count(*) FROM decisions`); got != decided {
				t.Errorf("%s decisions, want %s", got, decided)
			}
			line.Mend()
			if err := flow.Recompute(t.Context(), "R-1", "ana", "stock moved"); err != nil {
				t.Errorf("after it was mended: %v", err)
			}
			if got := w.text(`SELECT count(*) > 0 FROM decisions WHERE verdict = 'recompute'`); got != "true" {
				t.Error("the decision is not kept")
			}
		})
	}
}
