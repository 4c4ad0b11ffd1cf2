package workflow_test

import (
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/workflow"
)

// effect writes one event that took effect to the log and the change log.
func (w *world) effect(seq int64, eventType models.EventType, data string) {
	w.t.Helper()
	w.exec(`CREATE TABLE IF NOT EXISTS events_test PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2100-01-01')`)
	w.exec(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, item, dc, data)
		VALUES ($1::bigint, 2, $2, $2, 'replenishment', 'e' || $1::bigint, $3, 'replenishment:A|LEE', 'A', 'LEE', $4)`, seq, w.clock.Now(), eventType, data)
	w.exec(`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at,
			transform_us, reference_us, apply_us, applied_at)
		VALUES (2, 'batch', $1, $1, 1, $2, $2, $2, 0, 0, 0, $2)`, seq, w.clock.Now())
}

func (w *world) consume() {
	w.t.Helper()
	consumer, err := workflow.NewConsumer(workflow.ConsumerConfig{
		Workflow: w.workflow, Changes: store.NewChanges(w.db), Cursors: w.db.Pool,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for more := true; more; {
		if more, err = consumer.RunOnce(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestWhatTakesEffectReachesTheWorkflow(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	w.recommend("R-1", 48, "2.55")
	w.effect(500, models.TypeRecommendation, `{"recommendation":"R-1","quantity":48}`)
	w.consume()
	if p := w.proposal("R-1"); p.State != models.ProposalApproved {
		t.Fatalf("it is %s, want approved", p.State)
	}
	w.round(w.writer(erp))
	w.exec(`UPDATE erp_writes SET state = 'unknown', document = ''`)
	w.exec(`UPDATE proposals SET state = 'approved', ordered_at = NULL`)
	w.effect(501, models.TypePurchaseOrder, `{"order":"PO-1","reference":"TL-R-1"}`)
	w.consume()
	w.wantOrdered(stub, "R-1")

	w.clock.Advance(1)
	w.waiting("R-2")
	w.effect(502, models.TypeEvaluation, `{"run":"N-9","item":"A","dc":"LEE","outcome":"no_action","evaluated_at":"2026-03-02T13:00:00Z"}`)
	w.consume()
	if p := w.proposal("R-2"); p.State != models.ProposalSuperseded {
		t.Errorf("it is %s, want withdrawn", p.State)
	}
}

func TestWhatTheSameRoundBroughtIsWithdrawnInItsOrder(t *testing.T) {
	const nothing = `{"run":"N-9","item":"A","dc":"LEE","outcome":"no_action","evaluated_at":"2026-03-02T13:00:00Z"}`
	w := newWorld(t)
	w.recommend("R-1", 240, "2.55")
	w.effect(500, models.TypeEvaluation, nothing) // nothing waits yet
	w.effect(501, models.TypeRecommendation, `{"recommendation":"R-1","quantity":240}`)
	w.effect(502, models.TypeEvaluation, nothing)
	w.consume()
	if p := w.proposal("R-1"); p.State != models.ProposalSuperseded || p.SupersededBy != "run N-9" {
		t.Errorf("it is %s by %q, want withdrawn by the run after it", p.State, p.SupersededBy)
	}
}

func TestAnEventThatCannotBeTakenHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 48, "2.55")
	w.effect(500, models.TypeRecommendation, `{"recommendation":"never applied"}`)
	w.effect(501, models.TypeRecommendation, `{"recommendation":"R-1"}`)
	w.consume()
	if p := w.proposal("R-1"); p.State != models.ProposalApproved {
		t.Errorf("the event behind it is %s, want approved", p.State)
	}
}
