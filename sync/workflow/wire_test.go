package workflow_test

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
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
