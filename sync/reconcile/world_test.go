package reconcile_test

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
	"throughline/sync/connector"
	"throughline/sync/eventlog"
	"throughline/sync/reconcile"
)

var shards = models.Shards{Realtime: 8, Bulk: 2}

// ledger is an ERP's stock, served in pages of two.
type ledger struct {
	mu      sync.Mutex
	rows    []connector.Balance
	between func() // called before a key is read alone
	down    error
}

func (l *ledger) Balances(_ context.Context, after string, _ int) (connector.BalancePage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down != nil {
		return connector.BalancePage{}, l.down
	}
	var page connector.BalancePage
	for _, b := range l.rows {
		if b.Item+"|"+b.DC <= after {
			continue
		}
		if len(page.Rows) == 2 {
			page.Next = page.Rows[1].Item + "|" + page.Rows[1].DC
			break
		}
		page.Rows = append(page.Rows, b)
	}
	return page, nil
}

func (l *ledger) Balance(_ context.Context, item, dc string) (connector.Balance, error) {
	if l.between != nil {
		l.between()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.rows {
		if b.Item == item && b.DC == dc {
			return b, nil
		}
	}
	return connector.Balance{}, &connector.Error{Class: connector.ClassPermanent, Code: connector.CodeNotFound, Message: "unknown"}
}

// changes sets what the ERP has of an item, as of some real time ago.
func (l *ledger) changes(item string, onHand, version int64, ago time.Duration) connector.Balance {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.rows {
		if l.rows[i].Item == item {
			l.rows[i].OnHand, l.rows[i].Version, l.rows[i].AsOf = decimal.NewFromInt(onHand), version, time.Now().UTC().Add(-ago)
			return l.rows[i]
		}
	}
	panic("no item " + item)
}

// world is an ERP with five items, which the tower has heard of and applied.
type world struct {
	t        *testing.T
	db       *store.DB
	erp      *ledger
	appender *eventlog.Appender
	*reconcile.Reconciler
}

func newWorld(t *testing.T, options ...func(*reconcile.Config)) *world {
	t.Helper()
	w := &world{t: t, db: storetest.New(t), erp: &ledger{}}
	if err := store.NewPartitions(w.db).Ensure(t.Context(), time.Now(), 1); err != nil {
		t.Fatal(err)
	}
	w.engine()
	cfg := reconcile.Config{
		Source: "erp", Owner: w.erp, Intake: reconcile.ThroughLog(w.appender, shards), Reconciles: store.NewReconciles(w.db),
		SecondLook: time.Millisecond, Patience: time.Minute, Logger: slog.New(slog.DiscardHandler),
	}
	for _, option := range options {
		option(&cfg)
	}
	var err error
	if w.Reconciler, err = reconcile.New(cfg); err != nil {
		t.Fatal(err)
	}
	w.masters()
	for _, item := range []string{"A", "B", "C", "D", "E"} {
		b := connector.Balance{Item: item, DC: "LON", OnHand: decimal.NewFromInt(100), Unit: "EA", Version: 1, AsOf: time.Now().UTC().Add(-time.Hour)}
		w.erp.rows = append(w.erp.rows, b)
		w.sends(b)
	}
	return w
}

func (w *world) engine() {
	logger := slog.New(slog.DiscardHandler)
	appender, err := eventlog.New(eventlog.Config{Log: store.NewLog(w.db), Logger: logger})
	if err != nil {
		w.t.Fatal(err)
	}
	engine, err := apply.New(w.t.Context(), apply.Config{DB: w.db, Logger: logger})
	if err != nil {
		w.t.Fatal(err)
	}
	w.appender = appender
	for _, s := range []interface {
		Start(ctx context.Context) error
		Stop(ctx context.Context) error
	}{appender, engine} {
		if err := s.Start(context.WithoutCancel(w.t.Context())); err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() {
			if err := s.Stop(context.WithoutCancel(w.t.Context())); err != nil {
				w.t.Error(err)
			}
		})
	}
}

func (w *world) masters() {
	w.sql(`INSERT INTO locations VALUES ('LON', 'London', 'UTC', 1, gen_random_uuid(), 1, now())`)
	w.sql(`INSERT INTO items SELECT i, 'Mug', 'EA', 6, 6, 2, 5, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now() FROM unnest('{A,B,C,D,E}'::text[]) i`)
}

func (w *world) sql(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), statement, args...); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// sends lets the ERP send a balance, and returns once it has taken effect.
func (w *world) sends(b connector.Balance) {
	w.t.Helper()
	if _, err := w.Reread(w.t.Context(), b.Item, b.DC, true); err != nil {
		w.t.Fatal(err)
	}
	w.has(b.Item, b.OnHand.IntPart())
}

// pends says that an event of an item is here and has not taken effect.
func (w *world) pends(item string, at time.Time) {
	w.t.Helper()
	w.sql(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, data, state, stage, code, reason, fingerprint)
		VALUES (9000, 0, now(), $1, 'erp', 'x', 't', 'inventory:' || $2::text || '|LON', '{}', 'parked', 'transformation', 'TRF-05', 'r', gen_random_uuid())`, at, item)
}

// has waits until our figure is the one expected.
func (w *world) has(item string, onHand int64) {
	w.t.Helper()
	w.eventually("the stock of "+item, func() bool {
		var n decimal.Decimal
		err := w.db.Pool.QueryRow(w.t.Context(), `SELECT on_hand FROM positions WHERE item = $1`, item).Scan(&n)
		return err == nil && n.Equal(decimal.NewFromInt(onHand))
	})
}

func (w *world) eventually(what string, is func() bool) {
	w.t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for !is() {
		select {
		case <-poll.C:
		case <-deadline.C:
			w.t.Fatalf("%s did not come", what)
		}
	}
}

// heard says that stock events of the DC have come as far as now, without one of these items.
func (w *world) heard() {
	w.eventually("the rollup of freshness", func() bool {
		tag, err := w.db.Pool.Exec(w.t.Context(), `UPDATE freshness SET occurred_at = now() WHERE source = 'erp' AND entity = 'inventory'`)
		return err == nil && tag.RowsAffected() > 0
	})
}

func (w *world) compare() models.ReconcileRun {
	w.t.Helper()
	run, err := w.RunNow(w.t.Context(), "erp", "test")
	if err != nil {
		w.t.Fatalf("run: %v", err)
	}
	return run
}

func (w *world) drifts() []models.Drift {
	w.t.Helper()
	var drifts []models.Drift
	for _, cleared := range []bool{false, true} {
		some, err := store.NewReconciles(w.db).Drifts(w.t.Context(), models.DriftFilter{Cleared: cleared}, models.Part{Limit: 100})
		if err != nil {
			w.t.Fatal(err)
		}
		drifts = append(drifts, some...)
	}
	slices.SortFunc(drifts, func(a, b models.Drift) int { return cmp.Compare(b.ID, a.ID) })
	return drifts
}
