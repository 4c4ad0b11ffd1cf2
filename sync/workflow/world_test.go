package workflow_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/workflow"
)

// world is a database with one item at one DC, and a workflow over it.
type world struct {
	t        *testing.T
	db       *store.DB
	workflow *workflow.Workflow
	engine   *engine
	clock    *clock
}

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type engine struct {
	mu    sync.Mutex
	asked []string
	err   error
}

func (e *engine) Reevaluate(_ context.Context, item, dc, reason string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, item+"@"+dc+": "+reason)
	return e.err
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, storetest.DSN(t))
}

func newWorldOn(t *testing.T, dsn string) *world {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: dsn, MaxConnections: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w := &world{
		t: t, db: db, engine: &engine{},
		clock: &clock{now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)},
	}
	// What tells two contents apart belongs to apply and says nothing here.
	for table, column := range map[string]string{
		"items": "content_hash", "suppliers": "content_hash", "locations": "content_hash", "positions": "balance_hash",
		"stock_movements": "content_hash", "forecast_revisions": "content_hash", "recommendations": "content_hash",
	} {
		w.exec("ALTER TABLE " + table + " ALTER " + column + " SET DEFAULT gen_random_uuid()")
	}
	w.exec(`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, seq, updated_at)
		VALUES ('A', 'White hanging heart', 'EA', 12, 24, 1.5, 2.55, 'GBP', 'A', 'S-1', 1, 1, $1)`, w.clock.now)
	w.exec(`INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, seq, updated_at)
		VALUES ('S-1', 'Hearts Ltd', 5, '15:00', 'GBP', 1, 2, $1)`, w.clock.now)
	w.exec(`INSERT INTO locations (dc, name, time_zone, version, seq, updated_at)
		VALUES ('LEE', 'Leeds', 'Europe/London', 1, 3, $1), ('YRK', 'York', 'Europe/London', 1, 4, $1)`, w.clock.now)
	w.exec(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, as_of, seq, updated_at)
		VALUES ('A', 'LEE', 10, 0, 'EA', 40, 40, $1, 5, $1)`, w.clock.now)
	w.publish(7, 20, true)
	w.workflow = w.newWorkflow(w.clock.Now)
	return w
}

func (w *world) newWorkflow(now func() time.Time) *workflow.Workflow {
	w.t.Helper()
	flow, err := workflow.New(workflow.Config{
		Store: store.NewWorkflow(w.db), Engine: w.engine, Now: now, ERPTimeout: 30 * time.Second, BasisWindow: time.Hour,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return flow
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// publish stores a forecast revision of 4 a day with a demand over the lead time.
func (w *world) publish(revision, leadTimeDemand int, material bool) {
	w.t.Helper()
	w.exec(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit,
			quantity, material, published_at, received_at, applied_at, seq)
		VALUES ('A', 'LEE', $1::bigint, 'F-' || $1::bigint, 'ses', '1', 'day', '2026-03-02', array_fill(4::numeric, ARRAY[28]), 'EA', $2, $3, $4, $4, $4, 100 + $1::bigint)`,
		revision, leadTimeDemand, material, w.clock.Now())
}

// stock moves available stock at a version and returns at once.
func (w *world) stock(version, delta int) {
	w.t.Helper()
	w.exec(`INSERT INTO stock_movements (item, dc, kind, on_hand_delta, allocated_delta, on_hand, allocated, version, seq, occurred_at, recorded_at)
		VALUES ('A', 'LEE', 'sale', $2, 0, 0, 0, $1::bigint, 200 + $1::bigint, $3, $3)`, version, delta, w.clock.Now())
}

// recommend stores a purchase of quantity at a price, computed now on revision 7 and stock version 40.
func (w *world) recommend(id string, quantity int, price string) {
	w.t.Helper()
	w.exec(`INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency,
			need_by, order_by, reason, basis, basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of,
			computed_at, received_at, seq)
		VALUES ($1::text, 'purchase', 'run-' || $1::text, 'A', 'LEE', 'S-1', $2, 'EA', $3, 'GBP', '2026-03-09', $5, 'below the order point',
			'{}', 'declared', 7, 40, 10, $4, $4, $4, 300)`, id, quantity, price, w.clock.Now(), w.clock.Now().Add(6*time.Hour))
}

func (w *world) enter(id string) models.Proposal {
	w.t.Helper()
	if err := w.workflow.Enter(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
	return w.proposal(id)
}

// waiting stores and enters a recommendation that a person has to approve.
func (w *world) waiting(id string) models.Proposal {
	w.t.Helper()
	w.recommend(id, 240, "2.55")
	p := w.enter(id)
	if p.State != models.ProposalWaiting || p.Route != models.RouteSingle {
		w.t.Fatalf("%s is %s by %s, want it to wait for one person", id, p.State, p.Route)
	}
	return p
}

func (w *world) proposal(id string) (p models.Proposal) {
	w.t.Helper()
	err := store.NewWorkflow(w.db).Change(w.t.Context(), func(tx *store.WorkflowTx) (err error) {
		p, err = tx.Proposal(id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) write(id string) (write models.ERPWrite) {
	w.t.Helper()
	err := store.NewWorkflow(w.db).Change(w.t.Context(), func(tx *store.WorkflowTx) (err error) {
		write, err = tx.WriteOf(models.OrderReference(id))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return write
}

// text reads one value as text.
func (w *world) text(sql string, args ...any) string {
	w.t.Helper()
	var value any
	if err := w.db.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&value); err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprint(value)
}

func quantity(n int64) *decimal.Decimal {
	d := decimal.NewFromInt(n)
	return &d
}
