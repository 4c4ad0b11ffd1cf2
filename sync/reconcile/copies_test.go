package reconcile_test

import (
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"throughline/e2e/wire"
	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/connector/rest"
	"throughline/sync/reconcile"
	"throughline/sync/route"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/replenishment"
	"throughline/sync/simulator/simdb"
)

const copySecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="

// copyWorld is a world with a replenishment engine that holds a copy.
type copyWorld struct {
	*world
	sim         *pgxpool.Pool
	router      *route.Router
	only        string              // the condition of its route
	url         string              // of the engine
	refuses     string              // an item that the engine refuses to be told of again
	comparisons []models.Comparison // from the next restart on; none for the usual
	wired       bool                // from the next restart on its stock is asked for over line
	line        *wire.Wire
}

func newCopyWorld(t *testing.T) *copyWorld {
	t.Helper()
	w := &copyWorld{world: newWorld(t)}
	var err error
	if w.sim, err = simdb.Open(t.Context(), storetest.DSN(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.sim.Close)
	if w.router, err = newRouter(w.db); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.router.Release)
	w.restart()
	w.delivers()
	return w
}

func newRouter(db *store.DB) (*route.Router, error) {
	return route.New(route.Config{
		Store: store.NewRoutes(db), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Logger: slog.New(slog.DiscardHandler),
	})
}

// restart starts the engine anew on what its database holds.
func (w *copyWorld) restart() {
	w.t.Helper()
	clock, err := calendar.Load(w.t.Context(), w.sim, 24*time.Hour, time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	board, err := fault.NewBoard(w.t.Context(), w.sim, nil, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	engine, err := replenishment.New(w.t.Context(), replenishment.Config{
		DB: w.sim, Clock: clock, Board: board, Secret: copySecret, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(engine.Handler())
	w.t.Cleanup(server.Close)
	w.url = server.URL
	if err := w.router.Ensure(w.t.Context(), models.Subscription{
		Name: "replenishment", URL: w.url + "/webhooks", Secret: copySecret, Types: []models.EventType{models.TypeBalance}, Condition: w.only,
	}); err != nil {
		w.t.Fatal(err)
	}
	asked := rest.Config{BaseURL: server.URL}
	if w.wired {
		w.line = wire.New(w.t, "tcp", strings.TrimPrefix(server.URL, "http://"))
		asked = rest.Config{BaseURL: "http://" + w.line.Addr(), Timeout: 400 * time.Millisecond}
	}
	holds, err := rest.NewReplenishment(asked)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Reconciler, err = reconcile.New(reconcile.Config{
		Source: "erp", Owner: w.erp, Intake: reconcile.ThroughLog(w.appender, shards), Reconciles: store.NewReconciles(w.db),
		Copies: []reconcile.Copy{{System: "replenishment", Holds: holds, Deliver: refusing{w.router, w.refuses}}}, Comparisons: w.comparisons,
		SecondLook: time.Millisecond, Page: 2, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// delivers brings what took effect to the engine.
func (w *copyWorld) delivers() {
	w.t.Helper()
	w.eventually("the deliveries", func() bool {
		if _, err := w.router.RunOnce(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.router.Wait()
		behind, err := store.NewRoutes(w.db).Behind(w.t.Context())
		return err == nil && len(behind) == 0
	})
}

// spoils changes what the engine holds of an item behind its back.
func (w *copyWorld) spoils(item, onHand, version string) {
	w.t.Helper()
	tag, err := w.sim.Exec(w.t.Context(), `
		UPDATE facts SET data = data::jsonb || jsonb_build_object('on_hand', $2::text, 'version', $3::text::bigint)
		WHERE kind = 'stock' AND key = $1`, item+"|LON", onHand, version)
	if err != nil || tag.RowsAffected() != 1 {
		w.t.Fatalf("spoil %s: %v, %v", item, tag, err)
	}
	w.restart()
}

// loses takes items out of what the engine holds, behind its back.
func (w *copyWorld) loses(items ...string) {
	w.t.Helper()
	tag, err := w.sim.Exec(w.t.Context(), `DELETE FROM facts WHERE kind = 'stock' AND split_part(key, '|', 1) = ANY ($1)`, items)
	if err != nil || int(tag.RowsAffected()) != len(items) {
		w.t.Fatalf("lose %s: %v, %v", items, tag, err)
	}
	w.restart()
}

func (w *copyWorld) compareCopy() models.ReconcileRun {
	w.t.Helper()
	run, err := w.RunNow(w.t.Context(), "replenishment", "test")
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

func TestACopyThatHoldsTheOwnersFiguresAgrees(t *testing.T) {
	w := newCopyWorld(t)
	if run := w.compareCopy(); run.Compared != 5 || run.Matched != 5 || len(w.drifts()) != 0 {
		t.Errorf("%+v, %+v", run, w.drifts())
	}
}

func TestADeliveryUnderWayIsInFlight(t *testing.T) {
	w := newCopyWorld(t)
	w.sends(w.erp.changes("C", 60, 2, 10*time.Minute))
	if run := w.compareCopy(); run.InFlight != 1 || run.Drifted != 0 {
		t.Fatalf("%+v, %+v", run, w.drifts())
	}
	w.delivers()
	if run := w.compareCopy(); run.Matched != 5 {
		t.Errorf("%+v", run)
	}
}

// A copy that went back, as after a restore, gets the key again; the owner is
// not written to, and neither is our own stock.
func TestACopyThatWentBackIsDeliveredAgain(t *testing.T) {
	w := newCopyWorld(t)
	w.sends(w.erp.changes("C", 60, 2, 10*time.Minute))
	w.delivers()
	books, err := store.NewBooks(w.db).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.spoils("C", "100", "1")
	if run := w.compareCopy(); run.Drifted != 1 || run.Healed != 1 || run.Source != "replenishment" {
		t.Fatalf("%+v", run)
	}
	d := w.drifts()
	if len(d) != 1 || !d[0].IsCopy || d[0].Source != "replenishment" || d[0].Cause != models.DriftMissingEvent || d[0].Ours.Version != 1 || d[0].Theirs.Version != 2 {
		t.Fatalf("%+v", d)
	}
	if run := w.compareCopy(); run.Matched != 5 {
		t.Errorf("after it was delivered again: %+v", run)
	}
	if d := w.drifts(); d[0].ClearedAt == nil || d[0].ClearedHow != "delivered again" {
		t.Errorf("not cleared: %+v", d)
	}
	after, err := store.NewBooks(w.db).Read(t.Context())
	if err != nil || after.Total.Received != books.Total.Received {
		t.Errorf("the books went from %+v to %+v, %v", books.Total, after.Total, err)
	}
}

func TestACopyThatSomebodyChangedNeedsAPerson(t *testing.T) {
	w := newCopyWorld(t)
	w.spoils("D", "73", "1")
	if run := w.compareCopy(); run.Drifted != 1 || run.Healed != 0 {
		t.Fatalf("%+v", run)
	}
	if d := w.drifts(); len(d) != 1 || d[0].Cause != models.DriftUnexplained || d[0].Ours.OnHand.String() != "73" {
		t.Errorf("%+v", d)
	}
	if run := w.compare(); run.Matched != 5 {
		t.Errorf("our own copy: %+v", run)
	}
}
