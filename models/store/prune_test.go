package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// horizon is where these tests cut.
var horizon = time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)

// old is an instant some days before the horizon.
func old(days int) time.Time { return horizon.AddDate(0, 0, -days) }

func seed(t *testing.T, db *store.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func rowsOf(t *testing.T, db *store.DB, from string) (n int) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM `+from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func prune(t *testing.T, db *store.DB, kind models.Kept, want int64) {
	t.Helper()
	gone, err := store.NewRetention(db, nil).Prune(t.Context(), kind, horizon, 2)
	if err != nil || gone != want {
		t.Fatalf("%d rows of %s went (%v), want %d", gone, kind, err, want)
	}
}

// TestPruneTakesEveryRollupOfItsTime has a row of each kind on both sides of
// what is kept: none of them may grow for ever.
func TestPruneTakesEveryRollupOfItsTime(t *testing.T) {
	db := storetest.New(t)
	for _, at := range []time.Time{horizon.Add(-time.Minute), horizon} {
		seed(t, db, `INSERT INTO latency_rollups (minute, dc, entity, stage, shard, count, sum_us, max_us, hist) VALUES ($1, 'LON', 'inventory', 'total', 0, 1, 1, 1, '')`, at)
		seed(t, db, `INSERT INTO accept_rollups (minute, source, dc, shard, hist) VALUES ($1, 'erp', 'LON', 0, '')`, at)
		seed(t, db, `INSERT INTO rejected_counts (minute, source, type, code, count) VALUES ($1, 'erp', 'x', 'TRF-01', 1)`, at)
		seed(t, db, `INSERT INTO control_totals (source, type, since, until, events, stated_at, counted, counted_at) VALUES ('erp', 'x', $1::timestamptz - interval '1 hour', $1, 1, $1, 1, $1)`, at)
		seed(t, db, `INSERT INTO arrivals (hour, source, entity, dc, slots, events) VALUES ($1, 'erp', 'inventory', 'LON', 0::bit(360), 1)`, at)
		seed(t, db, `INSERT INTO latency_hours (hour, dc, entity, shard, events, late) VALUES ($1, 'LON', 'inventory', 0, 1, 0)`, at)
		seed(t, db, `INSERT INTO latency_hour_spreads VALUES ($1, 'LON', 'inventory', 'total', '')`, at)
		seed(t, db, `INSERT INTO event_keys (hash, fingerprint, seq, shard, received_at) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 0, $1)`, at)
	}
	prune(t, db, models.KeptMinutes, 4)
	prune(t, db, models.KeptHours, 3)
	prune(t, db, models.KeptIDs, 1)
	for _, table := range []string{"latency_rollups", "accept_rollups", "rejected_counts", "control_totals", "latency_hours", "latency_hour_spreads", "arrivals", "event_keys"} {
		if n := rowsOf(t, db, table); n != 1 {
			t.Errorf("%s keeps %d rows, want the newer one", table, n)
		}
	}
}

func TestWhatWentIsReportedByKind(t *testing.T) {
	db := storetest.New(t)
	for i := range 5 {
		seed(t, db, `INSERT INTO event_attempts (seq, attempt, stage, component, started_at, ended_at, outcome, class) VALUES ($1, 1, 'api', 'x', $2, $2, 'applied', '')`, i, old(1))
	}
	prune(t, db, models.KeptAttempts, 5)
	report, err := store.NewRetention(db, models.Retention{models.KeptAttempts: 800 * time.Hour}).Report(t.Context())
	if err != nil || len(report) != len(models.Keepings()) {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, k := range report {
		switch {
		case k.Kind != models.KeptAttempts && (k.Rows != 0 || k.Since != nil):
			t.Errorf("of %s went %+v", k.Kind, k)
		case k.Kind == models.KeptAttempts && (k.Rows != 5 || k.Last != 5 || k.Hours != 800 || !k.Since.Equal(horizon)):
			t.Errorf("reported is %+v", k)
		}
	}
}

// TestMovementsThatAreNeededStay holds that an old movement goes only when a
// newer balance stands on it, a later one was known at the horizon, and no open
// chain or difference looks back to it.
func TestMovementsThatAreNeededStay(t *testing.T) {
	for name, tt := range map[string]struct {
		need string
		want int64
	}{
		"of nothing open":                   {"", 3},
		"after the basis of an open order":  {`UPDATE proposals SET state = 'ordered', decided_at = now(), ordered_at = now()`, 1},
		"after the basis of a proposal":     {`UPDATE proposals SET state = 'waiting', decided_at = NULL`, 1},
		"of a standing difference":          {`INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version) SELECT id, 'erp', 'A', 'LON', 'unexplained', 1, 2, 0, 0, 1, 1 FROM reconcile_runs`, 0},
		"on top of the balance that counts": {`UPDATE positions SET balance_version = 2`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			ledger(t, db)
			if tt.need != "" {
				seed(t, db, tt.need)
			}
			prune(t, db, models.KeptMovements, tt.want)
		})
	}
}

// ledger is a key with four movements before the horizon and one after it, and a
// rejected recommendation that was computed on the second.
func ledger(t *testing.T, db *store.DB) {
	t.Helper()
	seed(t, db, `INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		VALUES ('A', 'LON', 1, 0, 'EA', 5, 5, gen_random_uuid(), now(), 5, now())`)
	for i, days := range []int{9, 8, 7, 6, -1} {
		seed(t, db, `INSERT INTO stock_movements (item, dc, kind, on_hand_delta, allocated_delta, on_hand, allocated, version, content_hash, seq, occurred_at, recorded_at)
			VALUES ('A', 'LON', 'balance', 1, 0, 1, 0, $1, gen_random_uuid(), $1, $2, $2)`, i+1, old(days))
	}
	seed(t, db, `INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency, need_by, order_by, reason, basis_kind,
			forecast_revision, stock_version, computed_at, received_at, content_hash, seq)
		VALUES ('R-1', 'purchase', 'run', 'A', 'LON', 'S', 1, 'EA', 1, 'GBP', '2026-04-01', $1, '', 'declared', 1, 2, $1, $1, gen_random_uuid(), 9)`, old(8))
	seed(t, db, `INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, due_at, decided_at) VALUES ('R-1', 'rejected', '1', 'single', 1, 'GBP', 1, $1, $1)`, old(7))
	seed(t, db, `INSERT INTO reconcile_runs (source, asked_by, state) VALUES ('erp', 'schedule', 'finished')`)
}

func TestTheNewestEvaluationOnARevisionStays(t *testing.T) {
	db := storetest.New(t)
	for i, e := range []struct {
		revision       int
		recommendation string
		days           int
	}{{1, "", 9}, {1, "", 8}, {1, "R-1", 7}, {2, "", 6}, {2, "", 5}, {2, "", -1}} {
		seed(t, db, `INSERT INTO evaluations (run, item, dc, outcome, reason, recommendation, forecast_revision, evaluated_at, recorded_at, content_hash, seq)
			VALUES ($1, 'A', 'LON', 'no_action', '', $2, $3, $4, $4, gen_random_uuid(), $5)`, string(rune('a'+i)), e.recommendation, e.revision, old(e.days), i)
	}
	prune(t, db, models.KeptEvaluations, 3)
	if n := rowsOf(t, db, `evaluations WHERE run IN ('c', 'e', 'f')`); n != 3 {
		t.Errorf("%d of the evaluations that are needed are left", n)
	}
}

func TestDeliveriesStayUntilTheyAreTaken(t *testing.T) {
	db := storetest.New(t)
	seed(t, db, `INSERT INTO subscriptions (name, url, secret, types) VALUES ('wms', 'https://x', 's', '{a}')`)
	seed(t, db, `INSERT INTO consumer_cursors (consumer, shard, pos) VALUES ('route:wms', 0, 2)`)
	for pos := 1; pos <= 4; pos++ {
		seed(t, db, `INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, outcome)
			VALUES ('wms', 0, $1, $1, 'm', 1, 1, $2, $2, 'failed')`, pos, old(1))
	}
	prune(t, db, models.KeptDeliveries, 2)
	seed(t, db, `UPDATE consumer_cursors SET pos = 4`)
	prune(t, db, models.KeptDeliveries, 1) // the newest says how the route stands
}

func TestExceptionsGoWithTheirNotesOnceTheirChainHasEnded(t *testing.T) {
	db := storetest.New(t)
	ledger(t, db)
	seed(t, db, `UPDATE proposals SET state = 'waiting', decided_at = NULL`)
	for _, e := range []struct {
		key, recommendation string
		days                int
	}{{"old", "", 1}, {"of an open chain", "R-1", 1}, {"young", "", -1}} {
		seed(t, db, `INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, recommendation, opened_at, last_seen_at, ack_due_at, resolve_due_at, resolved_at)
			VALUES ('BIZ-01', 'planner', 'business', $1, '', '', 'resolved', false, 'P3', 'C3', '', $2, $3, $3, $3, $3, $3)`, e.key, e.recommendation, old(e.days))
	}
	seed(t, db, `INSERT INTO exception_notes (exception_id, actor, action) SELECT id, 'ann', 'opened' FROM exceptions`)
	prune(t, db, models.KeptExceptions, 1)
	if n := rowsOf(t, db, "exception_notes"); n != 2 {
		t.Errorf("%d notes are left, want those of the two exceptions", n)
	}
	seed(t, db, `UPDATE proposals SET state = 'rejected', decided_at = now()`)
	prune(t, db, models.KeptExceptions, 1)
}

func TestRunsStayWhileTheyAreSignedOrShown(t *testing.T) {
	db := storetest.New(t)
	for _, signed := range []bool{false, true, false} {
		seed(t, db, `INSERT INTO reconcile_runs (source, asked_by, state, started_at, finished_at, signed_by, signed_at, sign_note)
			VALUES ('erp', 'ann', 'finished', $1, $1, CASE WHEN $2 THEN 'ben' ELSE '' END, CASE WHEN $2 THEN $1::timestamptz END, CASE WHEN $2 THEN 'ok' ELSE '' END)`, old(1), signed)
	}
	seed(t, db, `INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at, cleared_at)
		SELECT id, 'erp', 'A' || id, 'LON', 'unexplained', 1, 2, 0, 0, 1, 1, $1, $1 FROM reconcile_runs`, old(1))
	prune(t, db, models.KeptRuns, 3) // two differences and the first run; the second is signed, the third the newest
	if runs, drifts := rowsOf(t, db, "reconcile_runs"), rowsOf(t, db, "drifts"); runs != 2 || drifts != 1 {
		t.Errorf("%d runs and %d differences are left", runs, drifts)
	}
}

// TestRevisionsThatAreNeededStay has four revisions before the horizon and one after
// it: of the four the newest stays, and what something stands on.
func TestRevisionsThatAreNeededStay(t *testing.T) {
	for name, tt := range map[string]struct {
		need string
		want int64
	}{
		"on which nothing stands": {"", 3},
		"under a recommendation": {`INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency, need_by, order_by, reason, basis_kind,
				forecast_revision, stock_version, computed_at, received_at, content_hash, seq)
			VALUES ('R-1', 'purchase', 'run', 'A', 'LON', 'S', 1, 'EA', 1, 'GBP', '2026-04-01', now(), '', 'declared', 2, 2, now(), now(), gen_random_uuid(), 9)`, 2},
		"under a promise that is open": {`INSERT INTO milestones (kind, subject, item, dc, revision, clock, opened_at, due_at) VALUES ('evaluated', 'A|LON|1', 'A', 'LON', 1, 'real', now(), now())`, 2},
		"under a promise that was kept": {`INSERT INTO milestones (kind, subject, item, dc, revision, clock, opened_at, due_at, closed_at)
			VALUES ('evaluated', 'A|LON|1', 'A', 'LON', 1, 'real', now(), now(), now())`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.New(t)
			for i, days := range []int{9, 8, 7, 6, -1} {
				seed(t, db, `INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, quantity, material, content_hash, published_at, received_at, applied_at, seq)
					VALUES ('A', 'LON', $1, 'run', 'm', '1', 'day', '2026-03-01', '{1}', 'EA', 1, true, gen_random_uuid(), $2, $2, $2, $1)`, i+1, old(days))
			}
			if tt.need != "" {
				seed(t, db, tt.need)
			}
			prune(t, db, models.KeptForecasts, tt.want)
			if n := rowsOf(t, db, `forecast_revisions WHERE revision IN (4, 5)`); n != 2 {
				t.Errorf("%d of the two newest are left", n)
			}
		})
	}
}
