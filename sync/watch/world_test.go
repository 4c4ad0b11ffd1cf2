package watch_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/watch"
)

// world is a healthy distributor on a real database, with a clock that moves
// when it is told to. A business day lasts two minutes.
type world struct {
	t          testing.TB
	db         *store.DB
	watch      *watch.Watch
	exceptions *store.Exceptions
	now        time.Time
	clock      models.BusinessClock
	seq        int64
	blinded    bool // a look is expected to fail
}

// dawn is the business time at which every world begins.
var dawn = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, options ...func(*watch.Config)) *world {
	t.Helper()
	w := &world{t: t, db: storetest.New(t), now: time.Now().UTC().Truncate(time.Millisecond)}
	if err := store.NewPartitions(w.db).Ensure(t.Context(), w.now, 1); err != nil {
		t.Fatal(err)
	}
	w.clock = models.BusinessClock{Real: w.now, Business: dawn, Day: 2 * time.Minute}
	w.exceptions = store.NewExceptions(w.db)
	w.watch = w.process(options...)
	w.seed()
	return w
}

// process is a watch as a process of its own would have it.
func (w *world) process(options ...func(*watch.Config)) *watch.Watch {
	w.t.Helper()
	cfg := watch.Config{DB: w.db, Clock: w.clock, Now: func() time.Time { return w.now }, Logger: slog.New(slog.DiscardHandler)}
	for _, option := range options {
		option(&cfg)
	}
	process, err := watch.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return process
}

// sql runs a statement in which @now is the world's real time.
func (w *world) sql(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), statement, args...); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// wait moves the clock and lets every source be heard meanwhile.
func (w *world) wait(d time.Duration) {
	w.now = w.now.Add(d)
	w.sql(`UPDATE freshness SET applied_at = $1, occurred_at = $1`, w.now)
}

// sweep looks once, a second later.
func (w *world) sweep() models.SweepOutcome {
	w.t.Helper()
	w.wait(time.Second)
	if err := w.watch.Follow(w.t.Context()); err != nil {
		w.t.Fatalf("follow: %v", err)
	}
	out, err := w.watch.Sweep(w.t.Context())
	if (err != nil) != w.blinded {
		w.t.Fatalf("sweep: %v", err)
	}
	return out
}

// ahead makes the ERP tell of the future at one DC, and leaves it at that.
func (w *world) ahead(by time.Duration) {
	w.t.Helper()
	w.sql(`UPDATE freshness SET occurred_at = $1 WHERE source = 'erp' AND entity = 'inventory' AND dc = 'MAN'`, w.now.Add(by))
	w.sql(`CREATE RULE future AS ON UPDATE TO freshness WHERE old.dc = 'MAN' AND old.entity = 'inventory' AND old.source = 'erp' DO INSTEAD NOTHING`)
}

// key gives the ERP an API key that expires after so long, never for 0.
func (w *world) key(prefix, scopes string, lasts time.Duration) {
	w.t.Helper()
	var expires *time.Time
	if lasts > 0 {
		at := w.now.Add(lasts)
		expires = &at
	}
	w.sql(`INSERT INTO api_keys (source, prefix, hash, scopes, expires_at) VALUES ('erp', $1, $1::text::bytea, $2::text[], $3)`, prefix, scopes, expires)
}

// briefly is what people see first of exceptions.
func briefly(all []models.Exception) string {
	var b strings.Builder
	for _, e := range all {
		fmt.Fprintf(&b, "\n%s %s %s: %s (%s)", e.Priority, e.Code, e.Title, e.Happened, e.Why)
	}
	return b.String()
}

// open is what is open, the most urgent first.
func (w *world) open() []models.Exception {
	w.t.Helper()
	page, err := w.exceptions.Queue(w.t.Context(), models.ExceptionFilter{Limit: 200})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Rows
}

// took puts an event into the log and the change log, as if apply had taken it.
// Its state is the caller's to write.
func (w *world) took(typ models.EventType, fact any) {
	w.t.Helper()
	data, err := json.Marshal(fact)
	if err != nil {
		w.t.Fatal(err)
	}
	w.seq++
	at := time.Now().UTC()
	w.sql(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, data) VALUES ($1, 0, $2, $2, 'erp', $3, $4, $5, $6)`,
		w.seq, at, fmt.Sprint("e", w.seq), string(typ), fmt.Sprint("k", w.seq), string(data))
	w.sql(`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at)
		VALUES (0, 'batch', $1, $1, 1, $2, $2, $2, 0, 0, 0, $2)`, w.seq, at)
	w.sql(`UPDATE shard_cursors SET seq = $1 WHERE shard = 0`, w.seq)
	w.sql(`INSERT INTO books_received (source, lane, received) VALUES ('erp', 'realtime', 1)
		ON CONFLICT (source, lane) DO UPDATE SET received = books_received.received + 1`)
	w.sql(`INSERT INTO books_decided (source, shard, applied) VALUES ('erp', 0, 1)
		ON CONFLICT (source, shard) DO UPDATE SET applied = books_decided.applied + 1`)
}

// seed is a day on which nothing is wrong.
func (w *world) seed() {
	w.sql(`INSERT INTO sources (source, system, interval_s, created_at)
		VALUES ('erp', 'erp', 10, $1), ('forecasting', 'forecasting', 300, $1), ('replenishment', 'replenishment', 300, $1), ('notes', 'other', 0, $1)`, w.now)
	w.sql(`INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at)
		SELECT s.source, s.entity, dc, 0, $1, $1 FROM (VALUES ('erp', 'inventory'), ('erp', 'receipt'), ('forecasting', 'forecast'), ('replenishment', 'replenishment')) s(source, entity),
			unnest('{LON,MAN}'::text[]) dc`, w.now)
	w.sql(`INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, content_hash, seq, updated_at)
		VALUES ('S1', 'Acme Ltd', 5, '16:00', 'GBP', 1, gen_random_uuid(), 1, $1)`, w.now)
	w.sql(`INSERT INTO locations (dc, name, time_zone, version, content_hash, seq, updated_at)
		SELECT dc, dc, 'UTC', 1, gen_random_uuid(), 1, $1 FROM unnest('{LON,MAN}'::text[]) dc`, w.now)
	w.sql(`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
		SELECT i, 'Mug ' || i, 'EA', 6, 6, 2, 5, 'GBP', left(i, 1), 'S1', 1, gen_random_uuid(), 1, $1 FROM unnest('{A1,B2,C3}'::text[]) i`, w.now)
	w.sql(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		SELECT item, dc, 500, 0, 'EA', 7, 7, gen_random_uuid(), $1, 1, $1 FROM items, locations`, w.now)
	w.sql(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, previous_quantity, quantity, material, published_at, received_at, applied_at, content_hash, seq)
		SELECT item, dc, 4, 'run', 'm', '1', 'day', '2026-03-01', array_fill(CASE item WHEN 'B2' THEN 1 ELSE 10 END::numeric, '{40}'), 'EA', 50, 50, true, $1, $1, $1, gen_random_uuid(), 1 FROM items, locations`, w.now)
	w.sql(`INSERT INTO evaluations (run, item, dc, outcome, reason, forecast_revision, stock_version, evaluated_at, content_hash, seq)
		SELECT 'r', item, dc, 'no_action', 'enough', 4, 7, $1, gen_random_uuid(), 1 FROM items, locations`, w.now)
	w.order("PO-1", "A1", "TL-R1", 60)
	w.confirm("PO-1", 60, "2026-03-06")
	w.order("PO-2", "B2", "", 60)
	w.propose("R1", "A1", "ordered")
	w.propose("R2", "B2", "waiting")
	w.propose("R3", "C3", "approved")
}

// order is an open purchase order line at LON, needed by 6 March.
func (w *world) order(number, item, reference string, quantity int) {
	w.sql(`INSERT INTO orders (number, kind, reference, supplier, dc, state, currency, ordered_at, version, content_hash, seq, applied_at)
		VALUES ($1, 'purchase', $2, 'S1', 'LON', 'open', 'GBP', $3, 1, gen_random_uuid(), 1, $3)`, number, reference, w.now)
	w.sql(`INSERT INTO order_lines (number, line, item, quantity, unit, unit_price, need_by) VALUES ($1, 1, $2, $3, 'EA', 2, '2026-03-06')`, number, item, quantity)
	w.took(models.TypePurchaseOrder, models.OrderChanged{Order: number})
}

func (w *world) confirm(number string, quantity int, promised string) {
	w.sql(`INSERT INTO confirmations (confirmation, number, line, quantity, unit, promised_day, confirmed_at, content_hash, seq)
		VALUES ($1, $2, 1, $3, 'EA', $4::text::date, $5, gen_random_uuid(), $6)`, fmt.Sprint("C", w.seq), number, quantity, promised, w.now, w.seq)
	w.sql(`UPDATE orders SET state = 'confirmed' WHERE number = $1`, number)
	w.took(models.TypeConfirmation, models.Confirmation{Order: number, Line: 1})
}

// propose is a recommendation of 24 at LON in a state, computed from what is current.
func (w *world) propose(id, item, state string) {
	w.sql(`INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency, need_by, order_by, reason,
			basis_kind, forecast_revision, stock_version, stock_quantity, stock_as_of, computed_at, received_at, content_hash, seq)
		VALUES ($1, 'purchase', 'r', $2, 'LON', 'S1', 24, 'EA', 2, 'GBP', '2026-03-10', '2026-03-04 16:00Z', 'cover', 'declared', 4, 7, 500, $3, $3, $3, gen_random_uuid(), 1)`, id, item, w.now)
	w.sql(`INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, entered_at, due_at, decided_at, ordered_at)
		VALUES ($1, $2, '1', 'single', 48, 'GBP', 24, $3, $3, CASE WHEN $2 <> 'waiting' THEN $3::timestamptz END, CASE WHEN $2 = 'ordered' THEN $3::timestamptz END)`, id, state, w.now)
}

// crowd makes the world as large as the demo: 600 items in 6 DCs, each with a
// forecast, one in ten short of cover, and some hundred open orders.
func (w *world) crowd() {
	w.sql(`INSERT INTO locations SELECT dc, dc, 'UTC', 1, gen_random_uuid(), 1, now() FROM unnest('{BHX,EDI,BRS,NCL}'::text[]) dc`)
	w.sql(`INSERT INTO items SELECT 'X' || n, 'Mug ' || n, 'EA', 6, 6, 2, 5, 'GBP', 'C', 'S1', 1, gen_random_uuid(), 1, now() FROM generate_series(1, 597) n`)
	w.sql(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		SELECT item, dc, CASE WHEN random() < 0.5 THEN 40 ELSE 400 END, 0, 'EA', 7, 7, gen_random_uuid(), now(), 1, now() FROM items, locations ON CONFLICT DO NOTHING`)
	w.sql(`INSERT INTO forecast_revisions SELECT item, dc, r, 'run', 'm', '1', 'day', '2026-03-01', array_fill(10::numeric, '{60}'), 'EA', 50, 50, false, gen_random_uuid(), now(), now(), now(), 1
		FROM items, locations, generate_series(5, 10) r`)
	w.sql(`INSERT INTO orders SELECT 'PX-' || n, 'purchase', '', 'S1', '', 'LON', 'open', 'GBP', now(), 1, gen_random_uuid(), 1, now() FROM generate_series(1, 400) n`)
	w.sql(`INSERT INTO order_lines SELECT 'PX-' || n, 1, 'X' || n, 60, 'EA', 2, '2026-03-05' FROM generate_series(1, 400) n`)
	w.sql(`ANALYZE`)
}
