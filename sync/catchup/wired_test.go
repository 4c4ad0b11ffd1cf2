package catchup_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/e2e/wire"
	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/catchup"
	"throughline/sync/connector"
	"throughline/sync/connector/rest"
	"throughline/sync/eventlog"
	"throughline/sync/reconcile"
)

// wired is a world whose two processes have one wire to the ERP and one to the
// database, and read balances and orders into the log as the tower does.
type wired struct {
	*world
	source, database *wire.Wire
	tower            *store.DB          // over the wire; db looks past it
	calls, lists     atomic.Int64       // that the tower made, whether they got through or not; lists are those of a first page
	onCall           func(number int64) // told before each, the first is 1
	transport        *http.Transport
	looks            []*atomic.Int64 // of each process, so far
	failures         atomic.Int64    // that the log tells of
}

func newWired(t *testing.T) *wired {
	t.Helper()
	w := &wired{world: newWorld(t), onCall: func(int64) {}, transport: &http.Transport{}}
	t.Cleanup(w.transport.CloseIdleConnections)
	to, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	w.source = wire.New(t, "tcp", to.Host)
	w.opens()
	client, err := rest.NewERP(rest.Config{BaseURL: "http://" + w.source.Addr(), Timeout: time.Second, Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	reads := w.reads(client)
	w.services = nil
	for range 2 {
		looks := &atomic.Int64{}
		s, err := catchup.New(catchup.Config{
			Sources: map[string]catchup.Source{"erp": {
				Replays: client, Compare: func() error { return nil },
				Poll: func(ctx context.Context, dc string, since time.Time) (int64, time.Time, error) {
					return reads.Poll(ctx, client, dc, since)
				},
				Orders: func(ctx context.Context, since time.Time) (int, int, error) { return reads.Orders(ctx, client, since) },
			}},
			CatchUps: store.NewCatchUps(w.tower), Resends: store.NewResends(w.tower), Restores: store.NewRestores(w.tower), Now: w.clock, Every: 5 * time.Millisecond,
			Paused: func(string, string) error { looks.Add(1); return nil }, Logger: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn})),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.services, w.looks = append(w.services, s), append(w.looks, looks)
	}
	return w
}

// opens opens the database over a wire.
func (w *wired) opens() {
	w.Helper()
	direct := w.db.Pool.Config().ConnConfig
	port := strconv.Itoa(int(direct.Port))
	network, address := "tcp", net.JoinHostPort(direct.Host, port)
	if strings.HasPrefix(direct.Host, "/") {
		network, address = "unix", direct.Host+"/.s.PGSQL."+port
	}
	w.database = wire.New(w, network, address)
	through := url.URL{Scheme: "postgres", User: url.UserPassword(direct.User, direct.Password), Host: w.database.Addr(),
		Path: direct.Database, RawQuery: "sslmode=disable"}
	var err error
	if w.tower, err = store.Open(w.Context(), store.Config{DSN: through.String(), MaxConnections: 6}); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(w.tower.Close)
}

// reads takes what is read into the log, one row a page.
func (w *wired) reads(client *rest.ERP) *reconcile.Reconciler {
	w.Helper()
	if err := store.NewPartitions(w.db).Ensure(w.Context(), time.Now(), 1); err != nil {
		w.Fatal(err)
	}
	appender, err := eventlog.New(eventlog.Config{Log: store.NewLog(w.tower), CommitTimeout: 2 * time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.Fatal(err)
	}
	w.runs(appender)
	reads, err := reconcile.New(reconcile.Config{
		Source: "erp", Owner: client, Intake: reconcile.ThroughLog(appender, models.Shards{Realtime: 2, Bulk: 1}),
		Reconciles: store.NewReconciles(w.tower), Page: 1, Now: w.clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.Fatal(err)
	}
	return reads
}

type starter interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// runs starts a service until the test ends.
func (w *wired) runs(s starter) {
	w.Helper()
	ctx := context.WithoutCancel(w.Context())
	if err := s.Start(ctx); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := s.Stop(ctx); err != nil {
			w.Error(err)
		}
	})
}

// RoundTrip counts the calls of the ERP on their way to the wire.
func (w *wired) RoundTrip(r *http.Request) (*http.Response, error) {
	if !r.URL.Query().Has("after") {
		w.lists.Add(1)
	}
	w.onCall(w.calls.Add(1))
	return w.transport.RoundTrip(r)
}

// Write counts the lines of the log.
func (w *wired) Write(line []byte) (int, error) {
	w.failures.Add(1)
	return len(line), nil
}

// restored makes it a tower that was restored from a backup.
func (w *wired) restored() {
	w.sql(`DELETE FROM exceptions`)
	w.sql(`INSERT INTO settings (name, value) VALUES ('restored_from', '2026-03-02T08:00:00Z')`)
}

// orders lets the ERP list so many orders that are not known here.
func (w *wired) orders(n int) {
	var all []connector.ChangedOrder
	for i := range n {
		all = append(all, connector.ChangedOrder{ChangedAt: w.now, OrderChanged: models.OrderChanged{
			Order: "PO-" + strconv.Itoa(i), Supplier: "S1", DC: "LON", State: "open", Currency: "GBP", OrderedAt: w.now, Version: 1,
			Lines: []models.OrderLine{{Line: 1, Item: "A", Quantity: decimal.NewFromInt(6), Unit: "EA", NeedBy: "2026-03-09"}},
		}})
	}
	w.erp.Lists(all...)
}

// silent makes the gap a silence of London, where so many balances have changed since
// it was last heard. The newest is the first that is read.
func (w *wired) silent(changed int) {
	w.sql(`UPDATE exceptions SET code = 'API-01', dedupe_key = 'API-01|erp|LON', dc = 'LON'`)
	w.sql(`INSERT INTO owners (entity, record, source) VALUES ('inventory', '', 'erp')`)
	w.sql(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		VALUES ('Z', 'LON', 5, 0, 'EA', 1, 1, gen_random_uuid(), $1, 1, now())`, w.now.Add(-time.Hour))
	var rows []connector.Balance
	for i := range changed {
		rows = append(rows, connector.Balance{Item: "I" + strconv.Itoa(i), DC: "LON", OnHand: decimal.NewFromInt(7), Unit: "EA", Version: 2,
			AsOf: w.now.Add(-10*time.Minute - time.Duration(i)*time.Second)})
	}
	w.erp.Stock(rows...)
}

// text is the one value of a query, asked for past the wire.
func (w *wired) text(query string) (text string) {
	w.Helper()
	if err := w.db.Pool.QueryRow(w.Context(), query).Scan(&text); err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return text
}

// read says how many events of a kind were read into the log, and how many are there.
func (w *wired) read(id string) string {
	w.Helper()
	return w.text(`SELECT count(DISTINCT event_id) || ' of ' || count(*) FROM events WHERE event_id LIKE 'reread:` + id + `:%'`)
}

// wantCalls holds the calls of the ERP so far to a number.
func (w *wired) wantCalls(when string, want int64) {
	w.Helper()
	if n := w.calls.Load(); n != want {
		w.Fatalf("%s the ERP was called %d times, want %d", when, n, want)
	}
}

// bitten waits until a fault at the database has stopped both processes: each has
// failed, or has waited for an answer for a while.
func (w *wired) bitten(fault wire.Fault) {
	w.Helper()
	if fault.Name == "latency" {
		return
	}
	const looksAlike = 20
	var same, statements int64
	storetest.Eventually(w, "both processes to feel a "+fault.Name, func() bool {
		pool := w.tower.Pool.Stat()
		if same++; pool.AcquireCount() != statements {
			same, statements = 0, pool.AcquireCount()
		}
		stopped := w.failures.Load() + int64(pool.AcquiredConns()) + int64(pool.ConstructingConns())
		return w.failures.Load() >= 2 || stopped >= 2 && same >= looksAlike
	})
}

// looked waits until each process has made one whole look that began after the call.
func (w *wired) looked() {
	w.Helper()
	for _, looks := range w.looks {
		from := looks.Load()
		storetest.Eventually(w, "a whole look", func() bool { return looks.Load() >= from+2 })
	}
}
