package webtest_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/web/app"
	"throughline/web/webtest"
)

// pausable is a tower with an ERP and a replenishment engine, and how often each was called.
type pausable struct {
	*webtest.Tower
	t           *testing.T
	erp         *connectortest.Stub
	erpCalls    atomic.Int64
	engineCalls atomic.Int64
}

func newPausable(t *testing.T) *pausable {
	t.Helper()
	w := &pausable{t: t, erp: &connectortest.Stub{}}
	w.erp.Stock(connector.Balance{Item: "22423", DC: "LON", OnHand: decimal.NewFromInt(7), Unit: "EA", Version: 3, AsOf: time.Now().UTC()})
	stub := w.erp.Handler()
	erp := serve(t, func(rw http.ResponseWriter, r *http.Request) {
		w.erpCalls.Add(1)
		stub.ServeHTTP(rw, r)
	})
	engine := serve(t, func(rw http.ResponseWriter, _ *http.Request) {
		w.engineCalls.Add(1)
		rw.WriteHeader(http.StatusAccepted)
	})
	w.Tower = webtest.Start(t, func(cfg *app.Config) {
		cfg.ERP, cfg.Replenishment = app.Endpoint{URL: erp}, app.Endpoint{URL: engine}
	})
	if _, err := app.AddKey(t.Context(), w.DB, models.APIKey{Source: "erp", Scopes: []models.Scope{models.ScopeSend}}, 0); err != nil {
		t.Fatal(err)
	}
	exec(t, w.Tower, `INSERT INTO owners (entity, record, source) VALUES ('inventory', '', 'erp') ON CONFLICT DO NOTHING`)
	exec(t, w.Tower, `INSERT INTO locations VALUES ('LON', 'London', 'UTC', 1, gen_random_uuid(), 1, now())`)
	exec(t, w.Tower, `INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
		VALUES ('22423', 'Mug', 'EA', 1, 1, 1, 1, 'GBP', 'A', 'S-1', 1, gen_random_uuid(), 1, now())`)
	exec(t, w.Tower, `INSERT INTO orders (number, kind, supplier, dc, currency, state, version, content_hash, seq, ordered_at, applied_at) VALUES ('PO-1', 'purchase', 'S-1', 'LON', 'GBP', 'open', 1, gen_random_uuid(), 1, now(), now())`)
	exec(t, w.Tower, `INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by) VALUES ('PO-1', 1, '22423', 5, 'EA', 1, current_date)`)
	return w
}

// move makes a move of an exception about PO-1 and the stock of its item.
func (w *pausable) move(c *webtest.Client, code models.ExceptionCode, move string) *webtest.Page {
	return pressed(c, "/exceptions/"+raise(w.t, w.Tower, code, models.TeamIT, models.TeamPlanner)+"/moves/"+move, because("It has to be"))
}

// refused expects that a person is told of the pause, and by whom.
func refused(t *testing.T, what string, p *webtest.Page) {
	t.Helper()
	if p.Status != http.StatusPreconditionFailed || !strings.Contains(p.Body, "paused by test-it until somebody resumes it: Maintenance.") {
		t.Errorf("%s is answered %d %s", what, p.Status, p.Text())
	}
}

// Whoever asks a paused system for something is told of the pause, and the system
// hears nothing.
func TestNobodyCallsASystemThatIsPaused(t *testing.T) {
	w := newPausable(t)
	it, planner := w.SignIn(models.RoleIT), w.SignIn(models.RolePlanner)
	for _, target := range []string{"erp", "replenishment"} {
		see(t, it.Get("/pauses"), "#pause-target-"+target, "flows")
		it.Post("/pauses/target/"+target+"/pause", because("Maintenance"))
	}
	eventually(t, "the engine to be paused", func() bool {
		return pressed(planner, "/influence/evaluate", because("", "item", "22423", "dc", "LON")).Status == http.StatusPreconditionFailed
	})
	heard := w.engineCalls.Load()
	refused(t, "an evaluation", w.move(planner, models.ExceptionStockout, "evaluate"))
	for move, code := range map[string]models.ExceptionCode{"accept": models.ExceptionConfirmationGap, "chase": models.ExceptionUnconfirmed, "reread": models.ExceptionDrift} {
		refused(t, move, w.move(planner, code, move))
	}
	refused(t, "reconcile", w.move(it, models.ExceptionSourceSilent, "reconcile"))
	for _, source := range []string{"erp", "replenishment"} {
		refused(t, "a comparison with "+source, pressed(it, "/reconciliation/runs", because("", "source", source)))
	}
	if w.erpCalls.Load() != 0 || w.engineCalls.Load() != heard {
		t.Errorf("paused, the ERP was called %d times and the engine %d times more", w.erpCalls.Load(), w.engineCalls.Load()-heard)
	}
	if n := value(t, w.Tower, `SELECT count(*)::text FROM reconcile_runs`); n != "0" {
		t.Errorf("%s comparisons began", n)
	}
	it.Post("/pauses/target/erp/resume", because("It is done."))
	eventually(t, "the supplier to be answered after the pause", func() bool {
		return w.move(planner, models.ExceptionConfirmationGap, "accept").Status == http.StatusOK
	})
	if got := w.erp.Answers(); !slices.Equal(got, []string{"accept PO-1/1"}) {
		t.Errorf("the ERP heard %v", got)
	}
}

// What a source is asked to keep is not fetched from it by another way.
func TestABalanceOfAPausedSourceIsNotReadAgain(t *testing.T) {
	w := newPausable(t)
	it := w.SignIn(models.RoleIT)
	for _, pause := range []string{"/pauses/source/erp", "/pauses/flow/erp:inventory"} {
		it.Post(pause+"/pause", because("Maintenance"))
		eventually(t, pause+" to take hold", func() bool {
			return pressed(it, "/reconciliation/runs", because("", "source", "erp")).Status == http.StatusPreconditionFailed
		})
		refused(t, "a balance to be read again during "+pause, w.move(it, models.ExceptionDrift, "reread"))
		if n := value(t, w.Tower, `SELECT count(*)::text FROM events WHERE event_id LIKE 'reread:%'`); n != "0" {
			t.Errorf("%s: %s balances were taken in", pause, n)
		}
		it.Post(pause+"/resume", because("It is done."))
	}
	eventually(t, "the balance to be read again after the pauses", func() bool {
		return w.move(it, models.ExceptionDrift, "reread").Status == http.StatusOK
	})
}
