package webtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/simulator"
	"throughline/sync/simulator/fault"
	"throughline/web/app"
	"throughline/web/webtest"
)

// distributor is a tower with the real simulated systems, whose ERP it calls
// through a proxy that notes the calls.
type distributor struct {
	*webtest.Tower
	t       *testing.T
	systems *simulator.Running

	mu    sync.Mutex
	erp   *url.URL // nil until it runs
	calls []string // method and address
}

func newDistributor(t *testing.T, configuration string) *distributor {
	t.Helper()
	d := &distributor{t: t}
	file := filepath.Join(t.TempDir(), "throughline.yaml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	const token = "erp-token"
	proxy := serve(t, d.pass)
	d.Tower = webtest.Start(t, func(cfg *app.Config) {
		cfg.ERP, cfg.Configuration = app.Endpoint{URL: proxy, Token: token}, file
	})
	key := func(source string) simulator.System {
		secret, err := app.AddKey(t.Context(), d.DB, models.APIKey{Source: source, Scopes: []models.Scope{models.ScopeSend}}, 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return simulator.System{Key: secret, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	}
	ctx, cancel := context.WithCancel(t.Context())
	running, err := simulator.Run(ctx, simulator.Config{
		DSN: storetest.DSN(t), TowerURL: d.URL(), ERP: key("erp"), Forecasting: key("forecasting"), Replenishment: key("replenishment"),
		ERPToken: token, Day: 24 * time.Hour, Items: 20, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := running.Wait(); err != nil {
			t.Errorf("stop the systems: %v", err)
		}
	})
	at, err := url.Parse(running.Addresses.ERP)
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.erp, d.systems = at, running
	d.mu.Unlock()
	storetest.Eventually(t, "the first stock to be here", func() bool {
		return value(t, d.Tower, `SELECT count(*)::text FROM positions`) == "120"
	})
	return d
}

// pass hands a call on to the ERP.
func (d *distributor) pass(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.calls = append(d.calls, r.Method+" "+r.URL.RequestURI())
	to := d.erp
	d.mu.Unlock()
	if to == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
}

// called counts the calls that begin so.
func (d *distributor) called(prefix string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, call := range d.calls {
		if strings.HasPrefix(call, prefix) {
			n++
		}
	}
	return n
}

// breaks breaks something, as soon as there is something to break, and gives what it hit.
func (d *distributor) breaks(name string) string {
	d.t.Helper()
	var entry fault.Entry
	storetest.Eventually(d.t, name+" to find something to break", func() bool {
		response := d.faults(http.MethodPost, name)
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode == http.StatusConflict {
			return false
		}
		if err := json.NewDecoder(response.Body).Decode(&entry); err != nil || response.StatusCode != http.StatusAccepted {
			d.t.Fatalf("%s: %d %v", name, response.StatusCode, err)
		}
		return true
	})
	return entry.Target
}

// mends ends what lasts.
func (d *distributor) mends(name string) {
	d.t.Helper()
	response := d.faults(http.MethodDelete, name)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		d.t.Fatalf("the end of %s is answered %d", name, response.StatusCode)
	}
}

func (d *distributor) faults(method, name string) *http.Response {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.systems.Addresses.Control+"/faults/"+name, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	return response
}

// What the ERP has lost is asked for once, comes, and closes the exception, which
// tells of it.
func TestAGapIsAskedForOnceAndClosesByItself(t *testing.T) {
	d := newDistributor(t, "windows:\n  gap: 1s\n")
	lost := d.breaks(fault.LostEvents) // such as 4711 to 4713
	storetest.Eventually(t, "the gap to be found and to close", func() bool {
		return value(t, d.Tower, `SELECT count(*)::text FROM exceptions WHERE code = 'API-08' AND NOT standing`) == "1"
	})
	page := d.SignIn(models.RoleIT).Get("/exceptions/" + value(t, d.Tower, `SELECT id::text FROM exceptions WHERE code = 'API-08'`))
	for _, want := range []string{
		"Asked erp for the numbers " + lost + " once more. erp sends all 3 events again.", "The missing events came.",
	} {
		see(t, page, "#page", want)
	}
	if n := d.called("POST /erp/events/replay"); n < 1 {
		t.Errorf("asked %d times", n)
	}
	if n := value(t, d.Tower, `SELECT count(*)::text FROM sequence_gaps`); n != "0" {
		t.Errorf("%s gaps are left", n)
	}
}

// A DC of which the ERP sends nothing is polled from the newest figure that is known
// until the ERP sends again, and the exception and *Connectors* tell of it.
func TestASilentDCIsPolledUntilItSendsAgain(t *testing.T) {
	d := newDistributor(t, "systems:\n  erp:\n    kind: erp\n    interval: 10s\n")
	dc := d.breaks(fault.SilentDC + "?for=1h")
	storetest.Eventually(t, "balances to be polled", func() bool {
		return value(t, d.Tower, `SELECT coalesce(sum(came), 0)::text FROM catch_ups`) != "0"
	})
	storetest.Eventually(t, "what was polled to take effect", func() bool {
		return value(t, d.Tower, `SELECT count(*)::text FROM stock_movements m JOIN events e USING (seq) WHERE e.event_id LIKE 'reread:poll:%' AND m.dc = '`+dc+`'`) != "0"
	})
	if others := value(t, d.Tower, `SELECT count(*)::text FROM events WHERE event_id LIKE 'reread:poll:%' AND dc <> '`+dc+`'`); others != "0" {
		t.Errorf("%s balances of other DCs were polled", others)
	}
	it, id := d.SignIn(models.RoleIT), value(t, d.Tower, `SELECT id::text FROM exceptions WHERE dedupe_key = 'API-01|erp|`+dc+`'`)
	eventually(t, "the exception to tell of it", func() bool {
		return strings.Contains(it.Get("/exceptions/"+id).Find("#page").Text(), "the tower reads what changes in the stock from erp itself")
	})
	see(t, it.Get("/connectors"), "#source-erp", "read from it since")
	see(t, it.Get("/connectors"), "#source-erp", "ago for "+dc+", ")
	d.mends(fault.SilentDC)
	storetest.Eventually(t, "the ERP to be heard again", func() bool {
		return value(t, d.Tower, `SELECT count(*)::text FROM catch_ups WHERE ended_at IS NOT NULL`) == "1"
	})
	see(t, it.Get("/exceptions/"+id), "#page", "The tower reads from it no longer")
	if n := value(t, d.Tower, `SELECT count(*)::text FROM unsettled_events WHERE state = 'parked' AND code = 'API-07'`); n != "0" {
		t.Errorf("%s events contradict what was polled", n)
	}
}

// An order that nothing acknowledges is transmitted again once; the exception and the
// chain tell of it.
func TestAnOrderThatWasLostIsTransmittedAgainOnce(t *testing.T) {
	d := newDistributor(t, "windows:\n  acknowledged: 1s\n")
	order, _, _ := strings.Cut(d.breaks(fault.LostAcknowledgement), "/")
	storetest.Eventually(t, "it to be transmitted again", func() bool {
		return value(t, d.Tower, `SELECT count(resent_at)::text FROM order_resends WHERE number = '`+order+`'`) == "1"
	})
	buyer, id := d.SignIn(models.RoleProcurement), value(t, d.Tower, `SELECT id::text FROM exceptions WHERE dedupe_key = 'API-10|`+order+`'`)
	see(t, buyer.Get("/exceptions/"+id), "#page", "Asked the ERP to transmit "+order+" once more. erp transmitted it again at")
	eventually(t, "the exception to say so in words", func() bool {
		return strings.Contains(buyer.Get("/exceptions/"+id).Find("#page").Text(), "to transmit it once more. erp transmitted it again at")
	})
	eventually(t, "the chain to show it", func() bool {
		return strings.Contains(buyer.Get("/chain?q="+order).Find("#page").Text(), ", again ")
	})
	if n := d.called("POST /erp/orders/" + order + "/transmissions"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// What the ERP counts and the tower does not have is asked for by its time, once, and
// what the ERP still has of it comes; the exception tells of it.
func TestTheTimeOfAControlTotalThatIsShortIsAskedForOnce(t *testing.T) {
	d := newDistributor(t, "windows:\n  gap: 1s\n")
	key, err := app.AddKey(t.Context(), d.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{models.ScopeSend}}, 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	newest := value(t, d.Tower, `SELECT type FROM events WHERE source = 'erp' ORDER BY seq DESC LIMIT 1`) // which the ERP still has
	until := time.Now().UTC()
	total := fmt.Sprintf(`{"totals": [{"type": %q, "since": %q, "until": %q, "events": 1000000}]}`,
		newest, until.Add(-time.Hour).Format(time.RFC3339Nano), until.Format(time.RFC3339Nano))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL()+"/api/v1/control-totals", strings.NewReader(total))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the total is answered %v, %v", response, err)
	}
	_ = response.Body.Close()
	storetest.Eventually(t, "it to be found", func() bool {
		return value(t, d.Tower, `SELECT count(*)::text FROM exceptions WHERE code = 'REC-03'`) == "1"
	})
	storetest.Eventually(t, "it to be asked for", func() bool {
		return value(t, d.Tower, `SELECT count(*)::text FROM catch_ups c JOIN exceptions x ON x.id = c.exception_id WHERE x.code = 'REC-03' AND c.due_at = 'infinity'`) == "1"
	})
	page := d.SignIn(models.RoleIT).Get("/exceptions/" + value(t, d.Tower, `SELECT id::text FROM exceptions WHERE code = 'REC-03'`))
	see(t, page, "#page", "Asked erp to send that time once more. erp sends ")
	storetest.Eventually(t, "what the ERP still has to come again", func() bool {
		return value(t, d.Tower, `SELECT coalesce(sum(duplicate), 0)::text FROM books_received`) != "0"
	})
	if n := d.called("POST /erp/events/replay"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
