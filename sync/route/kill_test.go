package route_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/route"
)

// The variables tell the test binary to be the process that is killed: on which
// database, and whether it may come to its end.
const (
	routeChild = "THROUGHLINE_ROUTE_CHILD"
	routeWhole = "THROUGHLINE_ROUTE_WHOLE"
)

func TestMain(m *testing.M) {
	dsn := os.Getenv(routeChild)
	if dsn == "" {
		os.Exit(m.Run())
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	err := deliver(ctx, dsn, os.Getenv(routeWhole) != "")
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// deliver is the life of a process that is to be killed, or of one that ends
// when nothing is left to do.
func deliver(ctx context.Context, dsn string, whole bool) error {
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	router, err := route.New(route.Config{
		Store: store.NewRoutes(db), Allow: loopback, Logger: slog.New(slog.DiscardHandler), Retries: retries(time.Millisecond, 20*time.Millisecond),
	})
	if err != nil {
		return err
	}
	for left := true; left; {
		if _, err := router.RunOnce(ctx); err != nil {
			return err
		}
		router.Wait()
		if !whole {
			return errors.New("the process was not killed")
		}
		if err := db.Pool.QueryRow(ctx, `SELECT EXISTS (`+undelivered+`)`).Scan(&left); err != nil {
			return err
		}
	}
	return nil
}

// undelivered are the changes that an active route has not passed.
const undelivered = `SELECT FROM changes ch JOIN consumer_cursors c USING (shard) JOIN subscriptions s ON c.consumer = 'route:' || s.name
	WHERE s.state = 'active' AND ch.pos > c.pos`

// moment is one between two steps of a delivery.
type moment struct {
	name   string
	table  string // whose change is held in its transaction, if any
	taken  bool   // the subscriber takes the message before the process dies
	answer bool   // and answers
}

// TestKilledBetweenAnyTwoStepsOfADelivery: wherever the process dies, its
// successor delivers what is missing, and what it repeats has the id under which
// the subscriber knows it (invariants 2 and 7).
func TestKilledBetweenAnyTwoStepsOfADelivery(t *testing.T) {
	for _, m := range []moment{
		{name: "while it sends"},
		{name: "before it hears the answer", taken: true},
		{name: "while it records the delivery", table: "deliveries", taken: true, answer: true},
		{name: "while it moves the cursor", table: "consumer_cursors", taken: true, answer: true},
	} {
		t.Run(m.name, func(t *testing.T) {
			dsn := storetest.DSN(t)
			db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 6})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			w := newWorldOn(t, db)
			target, _ := newReceiver(t)
			subscriber := &survivor{moment: m, target: target, arrived: make(chan struct{}, 8)}
			server := httptest.NewServer(subscriber)
			t.Cleanup(server.Close)
			w.subscribe("planning", server.URL)
			w.apply(3, 1, 2)
			w.apply(3, 3)
			w.killAt(m, dsn, subscriber.arrived)
			subscriber.successor.Store(true)
			storetest.Eventually(t, "the child's lock to be free", func() bool { w.settle(); return slices.Contains(target.got(), 3) })
			if got := target.got(); !slices.Equal(got, []int{1, 2, 3}) {
				t.Errorf("the subscriber got %v", got)
			}
			if ids := slices.Compact(slices.Sorted(slices.Values(target.messages))); len(ids) != 1 {
				t.Errorf("the same changes came under %d ids", len(ids))
			}
		})
	}
}

// survivor is a subscriber that sees a process die at a moment, and then its successor.
type survivor struct {
	moment    moment
	target    *receiver
	arrived   chan struct{}
	successor atomic.Bool
}

func (s *survivor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.successor.Load() || s.moment.answer {
		s.target.ServeHTTP(w, r)
		return
	}
	if s.moment.taken {
		s.target.ServeHTTP(httptest.NewRecorder(), r)
	}
	_, _ = io.Copy(io.Discard, r.Body) // or the server would not notice who hangs up
	s.arrived <- struct{}{}
	<-r.Context().Done() // the one who asked is dead
}

// killAt lets a process of its own deliver until the moment, and kills it there.
func (w *world) killAt(m moment, dsn string, arrived <-chan struct{}) {
	w.t.Helper()
	release := func() {}
	if m.table != "" {
		release = w.hold(m.table)
	}
	child := exec.CommandContext(w.t.Context(), os.Args[0])
	child.Env = append(os.Environ(), routeChild+"="+dsn)
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	if m.table == "" {
		<-arrived
	} else {
		storetest.Eventually(w.t, "the child waiting in its transaction", w.holds)
	}
	if err := child.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	_ = child.Wait() // its error is the kill
	release()
}

// heldGate is the advisory lock on which a held transaction waits.
const heldGate = 4243

// hold lets whoever changes a table wait before its commit, until release. The
// server notices the death of who waits only then, so its session is ended first.
func (w *world) hold(table string) (release func()) {
	w.t.Helper()
	w.exec(fmt.Sprintf(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(%d); RETURN NULL; END $$`, heldGate))
	w.exec(`CREATE CONSTRAINT TRIGGER hold AFTER INSERT OR UPDATE ON ` + table + ` DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold()`)
	conn, err := w.db.Pool.Acquire(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := conn.Exec(w.t.Context(), `SELECT pg_advisory_lock($1)`, heldGate); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		defer conn.Release()
		if _, err := conn.Exec(w.t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1`, heldGate); err != nil {
			w.t.Fatal(err)
		}
		if _, err := conn.Exec(w.t.Context(), `SELECT pg_advisory_unlock($1)`, heldGate); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) holds() bool {
	return w.text(`SELECT count(*)::text FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE locktype = 'advisory' AND NOT granted AND objid = $1 AND d.datname = current_database()`, heldGate) == "1"
}
