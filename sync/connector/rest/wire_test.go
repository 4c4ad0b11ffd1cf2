package rest_test

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models/store/storetest"
	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
)

// TestEveryCallStandsABadWire breaks the connection to the ERP in each way: every
// call gives up in its time and says that nothing is wrong with what was asked,
// and works again when the wire does.
func TestEveryCallStandsABadWire(t *testing.T) {
	stub := &connectortest.Stub{}
	stub.Stock(connector.Balance{Item: "A", DC: "LEE", Unit: "EA", Version: 1})
	server := httptest.NewServer(stub.Handler())
	t.Cleanup(server.Close)
	line := wire.New(t, "tcp", strings.TrimPrefix(server.URL, "http://"))
	erp, err := rest.NewERP(rest.Config{BaseURL: "http://" + line.Addr(), Timeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := erp.CreateOrder(t.Context(), connectortest.Request("TL-5")); err != nil {
		t.Fatal(err)
	}
	each := func(judge func(call string, err error)) {
		var calls sync.WaitGroup
		for call, do := range connectortest.Calls(t.Context(), erp) {
			if call != "CreateOrder" { // of which another test says more
				calls.Go(func() { judge(call, do()) })
			}
		}
		calls.Wait()
	}
	for _, fault := range append(wire.Faults[1:], wire.Cut("downstream", 10)) {
		line.Break(fault)
		each(func(call string, err error) {
			if connector.ClassOf(err) != connector.ClassTransient {
				t.Errorf("%s over a wire with %s: %v, want a transient failure", call, fault.Name, err)
			}
		})
		line.Mend()
		storetest.Eventually(t, "the connections that broke to be let go", func() bool {
			_, err := erp.Balances(t.Context(), "", 2)
			return err == nil
		})
		each(func(call string, err error) {
			if err != nil && connector.ClassOf(err) == connector.ClassTransient {
				t.Errorf("%s after %s: %v", call, fault.Name, err)
			}
		})
	}
}
