package watch_test

import (
	"time"

	"throughline/models"
	"throughline/models/store"
)

// unsettled is one stock event that has not taken effect.
func (w *world) unsettled(state, code, waitsFor string) {
	w.sql(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint, waits_for, created_at)
		VALUES (900, 0, $1, $1, 'erp', 'e900', $2, 'inventory:X|LON', 'X', 'LON', '{}', $3, 'transformation', $4, 'It cannot be.', gen_random_uuid(), nullif($5, ''), $1)`,
		w.now, string(models.TypeBalance), state, code, waitsFor)
}

// parked is many events that nobody expected to fail, for some causes.
func (w *world) parked(n, causes int) {
	w.sql(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, data, state, stage, code, reason, fingerprint, created_at, updated_at)
		SELECT 3000000 + n, 0, $1, $1, 'erp', 'x' || n, $2, 'k' || n, '{}', 'parked', 'transformation', 'XYZ-1', 'It cannot be.', md5((n % $4)::text)::uuid, $1, $1 FROM generate_series(1, $3::int) n`,
		w.now, string(models.TypeBalance), n, causes)
}

func (w *world) write(recommendation, state string, attempts int, class, problem string) {
	w.sql(`INSERT INTO erp_writes (recommendation, system, kind, reference, request, state, attempts, error_class, error, sent_at, created_at)
		VALUES ($1, 'erp', 'purchase', 'TL-' || $1, '{}', $2, $3, $4, $5, $6, $6)`, recommendation, state, attempts, class, problem, w.now)
}

func (w *world) revision(item string, revision int64, quantity int) {
	w.sql(`INSERT INTO forecast_revisions (item, dc, revision, run, model, model_version, bucket, start_day, quantities, unit, previous_quantity, quantity, material, published_at, received_at, applied_at, content_hash, seq)
		VALUES ($1, 'LON', $2, 'run', 'm', '1', 'day', '2026-03-01', array_fill(10::numeric, '{40}'), 'EA', 50, $3, true, $4, $4, $4, gen_random_uuid(), 1)`, item, revision, quantity, w.now)
	w.took(models.TypeForecastRevision, models.ForecastRevision{Item: item, DC: "LON", Revision: revision})
}

func (w *world) evaluate(item string, revision int64) {
	w.sql(`INSERT INTO evaluations (run, item, dc, outcome, reason, forecast_revision, evaluated_at, content_hash, seq)
		VALUES ('r2', $1, 'LON', 'no_action', 'enough', $2, $3, gen_random_uuid(), 1)`, item, revision, w.now)
	w.took(models.TypeEvaluation, models.Evaluation{Item: item, DC: "LON", Basis: &models.Basis{ForecastRevision: revision}})
}

// settled settles an event of the ERP in each of the last minutes.
func (w *world) settled(outcome string, minutes int) {
	w.t.Helper()
	w.sql(`INSERT INTO settled_events (seq, shard, source, outcome, reason, settled_at)
		SELECT 2000000 + n, 0, 'erp', $1, 'a newer one took effect', $2::timestamptz - n * interval '1 minute' FROM generate_series(1, $3) n`, outcome, w.now, minutes)
}

// shelved puts exceptions of procurement aside that no detector looks after.
func (w *world) shelved(n int) {
	w.t.Helper()
	w.sql(`INSERT INTO exceptions (code, dedupe_key, team, stage, title, happened, state, priority, consequence, why, ack_due_at, resolve_due_at, shelved_until, opened_at, last_seen_at)
		SELECT 'API-99', 'API-99|' || n, 'procurement', 'business', 'Something', 'It happened.', 'acknowledged', 'P3', 'C2', 'so', now(), now(), $1::timestamptz + interval '1 day', now(), now()
		FROM generate_series(1, $2::int) n`, w.now, n)
}

// sent is how many events of a type the ERP's log holds.
func (w *world) sent(of models.EventType) (n int64) {
	w.t.Helper()
	if err := w.db.Pool.QueryRow(w.t.Context(), `SELECT count(*) FROM events WHERE type = $1`, string(of)).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// stateTotal has the ERP say how many balances it sent within the hour around now.
func (w *world) stateTotal(events int64) {
	w.t.Helper()
	_, err := store.NewControlTotals(w.db).State(w.t.Context(), []models.ControlTotal{{
		Source: "erp", Type: models.TypeBalance, Since: w.now.Add(-30 * time.Minute), Until: w.now.Add(30 * time.Minute), Events: events, StatedAt: w.now,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// says is the supplier's word about the first line of an order.
func (w *world) says(number, kind, message string) {
	w.t.Helper()
	w.seq++
	w.sql(`INSERT INTO supplier_exceptions (seq, supplier, number, line, kind, message, occurred_at) VALUES ($1, 'S1', $2, 1, $3, $4, $5)`,
		1_000_000+w.seq, number, kind, message, w.now)
}

// heals is a difference that so many tries in a row did not mend, and others
// that one try mended.
func (w *world) heals(inVain, helped int) {
	w.t.Helper()
	w.sql(`INSERT INTO reconcile_runs (source, asked_by, state, started_at) VALUES ('erp', 'test', 'finished', $1)`, w.now)
	w.sql(`INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at, healed_at, heals_in_vain, cleared_at)
		SELECT id, 'erp', CASE n WHEN 0 THEN 'C3' ELSE 'A1' END, 'LON', 'missing_event', 480, 500, 0, 0, 8, 7, $1, $1,
			CASE n WHEN 0 THEN $2::int ELSE 0 END, CASE WHEN n > 0 THEN $1::timestamptz END FROM reconcile_runs, generate_series(0, $3::int) n`, w.now, inVain, helped)
}
