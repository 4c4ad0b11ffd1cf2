package watch_test

import (
	"throughline/models"
)

// unsettled is one stock event that has not taken effect.
func (w *world) unsettled(state, code, waitsFor string) {
	w.sql(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data, state, stage, code, reason, fingerprint, waits_for, created_at)
		VALUES (900, 0, $1, $1, 'erp', 'e900', $2, 'inventory:X|LON', 'X', 'LON', '{}', $3, 'transformation', $4, 'It cannot be.', gen_random_uuid(), nullif($5, ''), $1)`,
		w.now, string(models.TypeBalance), state, code, waitsFor)
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
