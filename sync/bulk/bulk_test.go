package bulk_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
	"throughline/sync/bulk"
)

const group = "00000000-0000-0000-0000-000000000001"

type world struct {
	t      *testing.T
	db     *store.DB
	dsn    string
	engine *apply.Engine
	bulks  *store.Bulks
	bulk   *bulk.Service
}

// newWorld has n parked balances of one cause, of as many items; those whose
// item is unknown go on to wait when they are retried.
func newWorld(t *testing.T, n, unknown int) *world {
	t.Helper()
	w := &world{t: t, dsn: storetest.DSN(t)}
	var err error
	if w.db, err = store.Open(t.Context(), store.Config{DSN: w.dsn, MaxConnections: 4}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.db.Close)
	for _, sql := range []string{
		`INSERT INTO locations VALUES ('LON', 'London', 'Europe/London', 1, gen_random_uuid(), 1, now())`,
		fmt.Sprintf(`INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
			SELECT 'I' || n, 'An item', 'EA', 4, 4, 6.10, 12.75, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now() FROM generate_series(%d, %d) n`, unknown+1, n),
		fmt.Sprintf(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
			SELECT n, n %% (SELECT count(*) FROM shard_cursors), now(), now(), 'erp', 'e-' || n, 'throughline.inventory.balance.v1', 'inventory:I' || n || '|LON', 'I' || n, 'LON',
				'{"item":"I' || n || '","dc":"LON","on_hand":' || n || ',"allocated":0,"unit":"EA","version":7,"time":"2026-01-10T08:00:00Z"}',
				'parked', 'transformation', 'TRF-06', 'No rule.', '%s' FROM generate_series(1, %d) n`, group, n),
		fmt.Sprintf(`INSERT INTO books_received (source, lane, received) VALUES ('erp', 'realtime', %d)`, n),
		`INSERT INTO books_decided (source, shard, parked) SELECT 'erp', shard, count(*) FROM unsettled_events GROUP BY shard`,
	} {
		if _, err := w.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	if w.engine, err = apply.New(t.Context(), apply.Config{DB: w.db, Logger: log}); err != nil {
		t.Fatal(err)
	}
	w.bulks = store.NewBulks(w.db)
	if w.bulk, err = bulk.New(bulk.Config{DB: w.db, Replay: w.engine, Logger: log}); err != nil {
		t.Fatal(err)
	}
	return w
}

func plan(action models.BulkAction, change func(*models.BulkPlan)) models.BulkPlan {
	p := models.BulkPlan{
		Action: action, Filter: models.ParkedFilter{State: "parked", Fingerprint: group}, Canary: 5, Rate: 1000, Stop: 10, Actor: "ida", Reason: "The rule is there now.",
	}
	change(&p)
	return p
}

func (w *world) plan(p models.BulkPlan) int64 {
	w.t.Helper()
	id, err := w.bulks.Plan(w.t.Context(), p, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// goOn gives the go-ahead and works until the run is no longer at work.
func (w *world) goOn(id int64, want models.BulkStatus) models.BulkRun {
	w.t.Helper()
	if _, err := w.bulks.GoOn(w.t.Context(), id, "ida", "Looks right."); err != nil {
		w.t.Fatal(err)
	}
	return w.work(id, want)
}

func (w *world) work(id int64, want models.BulkStatus) models.BulkRun {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		run, err := w.bulks.Get(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		if !run.Status.AtWork() {
			if run.Status != want {
				w.t.Fatalf("the run is %s after %d of %d with %d failed: %s", run.Status, run.Done, run.Matched, run.Failed, run.Note)
			}
			return run
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the run is still %s", run.Status)
		}
		if _, err := w.bulk.RunOnce(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) expect(want int, sql string, args ...any) {
	w.t.Helper()
	var n int
	if err := w.db.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil || n != want {
		w.t.Errorf("%s: %d, want %d (%v)", sql, n, want, err)
	}
}

// expectOnce holds the outcome rows against the effects: each event was done once.
func (w *world) expectOnce(run models.BulkRun) {
	w.t.Helper()
	w.expect(run.Done, `SELECT count(*) FROM bulk_items WHERE run = $1 AND outcome IS NOT NULL`, run.ID)
	w.expect(run.Failed, `SELECT count(*) FROM bulk_items WHERE run = $1 AND failed`, run.ID)
	w.expect(0, `SELECT count(*) FROM bulk_items i LEFT JOIN settled_events s USING (seq) WHERE run = $1 AND (i.outcome IN ('applied', 'discarded')) <> (s.seq IS NOT NULL)`, run.ID)
	w.expect(0, `SELECT count(*) FROM (SELECT FROM audit WHERE action LIKE 'event.%' GROUP BY subject HAVING count(*) > 1) twice`)
	w.expect(0, `SELECT count(*) FROM (SELECT source, sum(parked)::bigint AS n FROM books_decided GROUP BY 1) b
		WHERE n <> (SELECT count(*) FROM unsettled_events WHERE state = 'parked')`)
}

func TestACanaryWaitsForAPerson(t *testing.T) {
	w := newWorld(t, 60, 0)
	id := w.plan(plan(models.BulkRetry, func(*models.BulkPlan) {}))
	w.expect(60, `SELECT count(*) FROM unsettled_events`)
	run := w.goOn(id, models.BulkWaiting)
	if run.Done != 5 {
		t.Errorf("the canary did %d, want 5", run.Done)
	}
	w.expectOnce(run)
	run = w.goOn(id, models.BulkDone)
	if run.Done != 60 || run.Failed != 0 {
		t.Errorf("%d done and %d failed", run.Done, run.Failed)
	}
	w.expectOnce(run)
	w.expect(60, `SELECT count(*) FROM positions`)
	w.expect(5, `SELECT count(*) FROM audit WHERE subject = 'bulk:' || $1::text`, strconv.FormatInt(id, 10))
}

func TestItGoesOnByItselfOnlyWhenAllOfTheCanarySucceeded(t *testing.T) {
	byItself := func(p *models.BulkPlan) { p.GoOn, p.Stop = true, 100 }
	w := newWorld(t, 30, 0)
	w.expectOnce(w.goOn(w.plan(plan(models.BulkDiscard, byItself)), models.BulkDone))
	w.expect(30, `SELECT count(*) FROM settled_events WHERE outcome = 'discarded' AND actor = 'ida'`)
	w = newWorld(t, 30, 1)
	w.expectOnce(w.goOn(w.plan(plan(models.BulkRetry, byItself)), models.BulkWaiting))
}

func TestItStopsByItselfWhenTooManyFail(t *testing.T) {
	w := newWorld(t, 400, 200)
	id := w.plan(plan(models.BulkRetry, func(p *models.BulkPlan) { p.Stop = 50; p.Canary = 20 }))
	run := w.goOn(id, models.BulkStopped)
	if run.Done > 25 || run.Note == "" {
		t.Errorf("it stopped after %d: %q", run.Done, run.Note)
	}
	w.expectOnce(run)
}

func TestACancelledRunDoesNothingMore(t *testing.T) {
	w := newWorld(t, 40, 0)
	id := w.plan(plan(models.BulkRetry, func(*models.BulkPlan) {}))
	w.goOn(id, models.BulkWaiting)
	if err := w.bulks.Cancel(t.Context(), id, "ida", "Enough."); err != nil {
		t.Fatal(err)
	}
	if more, err := w.bulk.RunOnce(t.Context()); more || err != nil {
		t.Errorf("there is more to do: %v", err)
	}
	w.expectOnce(w.work(id, models.BulkCancelled))
	if _, err := w.bulks.GoOn(t.Context(), id, "ida", "Again."); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("it goes on after its end: %v", err)
	}
}

func TestOnePatchForAll(t *testing.T) {
	w := newWorld(t, 20, 0)
	id := w.plan(plan(models.BulkEdit, func(p *models.BulkPlan) {
		p.GoOn, p.Patch = true, `[{"op":"test","path":"/version","value":7},{"op":"replace","path":"/unit","value":"CS"}]`
	}))
	w.expectOnce(w.goOn(id, models.BulkDone))
	w.expect(20, `SELECT count(*) FROM positions WHERE unit = 'CS'`)
	w.expect(20, `SELECT count(*) FROM event_edits WHERE run = $1 AND outcome = 'applied'`, id)
	w.expect(20, `SELECT count(*) FROM settled_payloads WHERE original::jsonb ->> 'unit' = 'EA' AND data::jsonb ->> 'unit' = 'CS'`)
}

func TestAnEmptyFilterIsRefusedTwice(t *testing.T) {
	w := newWorld(t, 3, 0)
	_, err := w.bulks.Plan(t.Context(), plan(models.BulkDiscard, func(p *models.BulkPlan) { p.Filter = models.ParkedFilter{State: "parked"} }), nil)
	if models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("%v", err)
	}
	_, err = w.db.Pool.Exec(t.Context(), `INSERT INTO bulk_runs (action, reason, actor, state, canary, rate, stop_share, matched, preview)
		VALUES ('discard', 'r', 'ida', 'parked', 1, 1, 1, 1, '{}')`)
	if err == nil {
		t.Error("the schema takes an empty filter")
	}
}

func TestAPreviewCountsWhatItWouldTouch(t *testing.T) {
	w := newWorld(t, 10, 0)
	for _, sql := range []string{
		`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
			SELECT 'I' || n, 'LON', 1, 0, 'EA', 9, 9, gen_random_uuid(), now(), 1, now() FROM generate_series(1, 4) n`,
		`UPDATE unsettled_events SET received_at = now() - interval '10 days', conflict = true WHERE seq IN (9, 10)`,
		`UPDATE unsettled_events SET type = 'throughline.replenishment.recommendation.v1' WHERE seq = 8`,
	} {
		if _, err := w.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	id := w.plan(plan(models.BulkRetry, func(*models.BulkPlan) {}))
	run, err := w.bulks.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	p := run.Preview
	if run.Matched != 10 || p.Superseded != 4 || p.Orders != 1 || p.Duplicates != 2 || p.ByAge["month"] != 2 || p.ByDC["LON"] != 10 || p.ByCode["TRF-06"] != 10 {
		t.Errorf("%d matched: %+v", run.Matched, p)
	}
	results, err := w.engine.TryBulk(t.Context(), models.BulkRetry, "", []int64{1, 5, 6})
	if err != nil || len(results) != 3 {
		t.Fatalf("%+v (%v)", results, err)
	}
	w.expect(10, `SELECT count(*) FROM unsettled_events`)
}

// TestAPreviewKnowsWhatIsOldOfEveryTypeWithVersions has, of each, one event that a
// newer version passed and one that is news.
func TestAPreviewKnowsWhatIsOldOfEveryTypeWithVersions(t *testing.T) {
	w := newWorld(t, 0, 0)
	for _, sql := range []string{
		`INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, version, content_hash, seq, updated_at) VALUES ('S1', 'Acme', 5, '16:00', 'GBP', 7, gen_random_uuid(), 1, now())`,
		`UPDATE locations SET version = 7`,
		`INSERT INTO orders (number, kind, reference, supplier, dc, state, currency, ordered_at, version, content_hash, seq, applied_at)
			VALUES ('PO-1', 'purchase', '', 'S1', 'LON', 'open', 'GBP', now(), 7, gen_random_uuid(), 1, now())`,
		`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint)
			SELECT row_number() OVER (), 0, now(), now(), 'erp', 'e-' || key || version, type, key, '', '', '{"order":"PO-1","line":1,"version":' || version || '}',
				'parked', 'transformation', 'TRF-06', 'No rule.', '` + group + `'
			FROM (VALUES ('throughline.supplier.changed.v1', 'supplier:S1'), ('throughline.location.changed.v1', 'location:LON'), ('throughline.purchase_order.changed.v1', 'order:PO-1'),
				('throughline.transfer_order.changed.v1', 'order:PO-1'), ('throughline.demand.order.v1', 'sales:PO-1'), ('throughline.allocation.changed.v1', 'allocation:PO-1')) t (type, key),
				(VALUES (6), (8)) v (version)`,
		`INSERT INTO sales_order_lines VALUES ('PO-1', 1, 'C', 'I1', 'LON', 1, 'EA', '2026-03-02', 7, gen_random_uuid(), 1, now())`,
		`INSERT INTO allocations VALUES ('PO-1', 1, 'I1', 'LON', 1, 'EA', 7, gen_random_uuid(), 1, now())`,
	} {
		if _, err := w.db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	id := w.plan(plan(models.BulkRetry, func(*models.BulkPlan) {}))
	run, err := w.bulks.Get(t.Context(), id)
	if err != nil || run.Matched != 12 || run.Preview.Superseded != 6 {
		t.Errorf("%d matched, %d are superseded, want 6 of 12 (%v)", run.Matched, run.Preview.Superseded, err)
	}
	if _, err := w.db.Pool.Exec(t.Context(), `DELETE FROM unsettled_events WHERE type LIKE '%order.changed%'; UPDATE suppliers SET version = 9`); err != nil {
		t.Fatal(err)
	}
	if fresh, left, err := w.bulks.PreviewLeft(t.Context(), id); err != nil || left != 8 || fresh.Superseded != 5 {
		t.Errorf("now %d are left and %d superseded, want 8 and 5 (%v)", left, fresh.Superseded, err)
	}
}

// TestAStepTellsWhatIsGoneFromWhatMoved hands a step events that its shard does
// not have: one was settled, one stands in another shard by now.
func TestAStepTellsWhatIsGoneFromWhatMoved(t *testing.T) {
	w := newWorld(t, 20, 0)
	id := w.plan(plan(models.BulkRetry, func(*models.BulkPlan) {}))
	if _, err := w.bulks.GoOn(t.Context(), id, "ida", "Looks right."); err != nil {
		t.Fatal(err)
	}
	owner := uuid.New()
	run, _, ok, err := w.bulks.Claim(t.Context(), owner, time.Minute)
	if err != nil || !ok {
		t.Fatalf("%t %v", ok, err)
	}
	if _, err := w.engine.Discard(t.Context(), []int64{1}, "ida", "twice"); err != nil {
		t.Fatal(err)
	}
	for seq := int64(1); seq <= 2; seq++ {
		shard := int16(5)
		if err := w.engine.Bulk(t.Context(), apply.BulkStep{Run: run, Owner: owner, Shard: shard, Seqs: []int64{seq}}); err != nil {
			t.Fatal(err)
		}
	}
	w.expect(1, `SELECT count(*) FROM bulk_items WHERE seq = 1 AND outcome = 'gone' AND NOT failed`)
	w.expect(1, `SELECT count(*) FROM bulk_items WHERE seq = 2 AND outcome = 'unchanged' AND failed`)
	err = w.engine.Bulk(t.Context(), apply.BulkStep{Run: run, Owner: uuid.New(), Shard: 3, Seqs: []int64{3}})
	if !errors.Is(err, store.ErrLeaseLost) {
		t.Errorf("another owner's step: %v", err)
	}
	w.expect(1, `SELECT count(*) FROM unsettled_events WHERE seq = 3`)
}

func TestABulkActionLeavesAloneWhatAPersonHolds(t *testing.T) {
	w := newWorld(t, 20, 0)
	now := time.Now()
	hold := models.EventHold{Seq: 7, Reason: "The warehouse counts", Actor: "ada", Since: now, Ends: now.Add(time.Hour)}
	if err := store.NewEventHolds(w.db).Hold(t.Context(), hold); err != nil {
		t.Fatal(err)
	}
	id := w.plan(plan(models.BulkRetry, func(p *models.BulkPlan) { p.GoOn, p.Canary, p.Stop = true, 10, 1 }))
	run := w.goOn(id, models.BulkDone)
	if run.Done != 20 || run.Failed != 0 || run.Preview.Held != 1 {
		t.Errorf("%d done, %d failed, %d were seen to be held", run.Done, run.Failed, run.Preview.Held)
	}
	w.expectOnce(run)
	w.expect(1, `SELECT count(*) FROM bulk_items WHERE seq = 7 AND outcome = 'held by a person' AND reason LIKE '%ada%The warehouse counts%'`)
	w.expect(1, `SELECT count(*) FROM unsettled_events WHERE seq = 7`)
	w.expect(19, `SELECT count(*) FROM settled_events`)
}
