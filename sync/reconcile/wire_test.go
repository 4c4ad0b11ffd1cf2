package reconcile_test

import (
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/e2e/wire"
	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
	"throughline/sync/reconcile"
)

// TestAComparisonStandsABadWire breaks the connection to the owner in each way
// while balances are compared: what could not be read makes no difference of
// stock, and the one that there is, is mended when the wire is.
func TestAComparisonStandsABadWire(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			stub := &connectortest.Stub{}
			stock := func(ofC, version int64) {
				var rows []connector.Balance
				for _, item := range []string{"A", "B", "C", "D", "E"} {
					rows = append(rows, connector.Balance{Item: item, DC: "LON", OnHand: decimal.NewFromInt(100), Unit: "EA", Version: 1, AsOf: time.Now().UTC().Add(-time.Hour)})
				}
				rows[2].OnHand, rows[2].Version, rows[2].AsOf = decimal.NewFromInt(ofC), version, time.Now().UTC().Add(-10*time.Minute)
				stub.Stock(rows...)
			}
			stock(100, 1)
			server := httptest.NewServer(stub.Handler())
			t.Cleanup(server.Close)
			to, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			line := wire.New(t, "tcp", to.Host)
			owner, err := rest.NewERP(rest.Config{BaseURL: "http://" + line.Addr(), Timeout: 400 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, func(c *reconcile.Config) { c.Owner = owner })
			stock(60, 2)
			w.heard()

			line.Break(fault)
			run, err := w.RunNow(t.Context(), "erp", "test")
			if slow := fault.Name == "latency"; (err == nil) != slow {
				t.Errorf("over a bad wire: %+v, %v", run, err)
			}
			if n := w.differences(); n > 1 {
				t.Errorf("%d balances differ, of which one does", n)
			}
			line.Mend()
			w.compare()
			w.has("C", 60)
			w.compare()
			if n := w.differences(); n != 0 {
				t.Errorf("%d balances still differ", n)
			}
		})
	}
}

// TestACopyIsComparedOverABadWire breaks the connection to a system that holds a
// copy in each way: what could not be read is no difference, and the key that went
// back is delivered again when the wire is mended.
func TestACopyIsComparedOverABadWire(t *testing.T) {
	w := newCopyWorld(t)
	w.wired = true
	for i, fault := range append(wire.Faults, wire.Cut("downstream", 200)) {
		version := int64(i + 2)
		w.sends(w.erp.changes("C", 60+version, version, 10*time.Minute))
		w.delivers()
		w.spoils("C", "100", "1")
		w.line.Break(fault)
		run, err := w.RunNow(t.Context(), "replenishment", "test")
		if slow := fault.Name == "latency"; (err == nil) != slow {
			t.Errorf("%s: %+v, %v", fault.Name, run, err)
		}
		if n := w.differences(); n > 1 {
			t.Errorf("%s: %d keys differ, of which one does", fault.Name, n)
		}
		w.line.Mend()
		w.eventually("the copy to agree after "+fault.Name, func() bool {
			run, err := w.RunNow(t.Context(), "replenishment", "test")
			return err == nil && run.Matched == 5 && w.differences() == 0
		})
	}
}

// differences are the drifts that stand.
func (w *world) differences() (n int) {
	w.t.Helper()
	if err := w.db.Pool.QueryRow(w.t.Context(), `SELECT count(*) FROM drifts WHERE cleared_at IS NULL`).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
