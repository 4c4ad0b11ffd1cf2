package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

func flowMap(t *testing.T, db *store.DB, dc string) models.FlowMap {
	t.Helper()
	flow, err := store.NewFlow(db).Map(t.Context(), lastMinutes(10), models.FlowCut{DC: dc})
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

func hop(t *testing.T, flow models.FlowMap, kind models.HopKind, name string) models.Hop {
	t.Helper()
	return find(t, flow.Hops, string(kind)+" "+name, func(h models.Hop) bool { return h.Kind == kind && h.Name == name })
}

func TestFlowCountsWhatWaitsAtEachHop(t *testing.T) {
	flow := flowMap(t, integrationDesk(t), "")
	for _, want := range []struct {
		kind            models.HopKind
		name            string
		backlog, failed int64
	}{
		{models.HopSource, "erp", 0, 8},
		{models.HopSource, "forecasting", 0, 0},
		{models.HopApply, "", 1, 0}, // the parked ones are older than the period
		{models.HopRoute, "forecasting", 1, 6},
		{models.HopRoute, "replenishment", 0, 0},
		{models.HopWorkflow, "", 0, 0},
		{models.HopERP, "erp", 1, 3},
	} {
		got := hop(t, flow, want.kind, want.name)
		if got.Backlog != want.backlog || got.Failed != want.failed {
			t.Errorf("%s %s: %d behind, %d failed, want %d and %d", want.kind, want.name, got.Backlog, got.Failed, want.backlog, want.failed)
		}
		if (got.OldestAt != nil) != (want.backlog > 0) {
			t.Errorf("%s %s: the oldest of %d is %v", want.kind, want.name, got.Backlog, got.OldestAt)
		}
	}
}

func TestFlowIsCutByDC(t *testing.T) {
	db := integrationDesk(t)
	if got := hop(t, flowMap(t, db, "ROT"), models.HopApply, "").Backlog; got != 0 {
		t.Errorf("%d events of ROT wait, want none", got)
	}
	waiting := func(dc string) int64 {
		stage := find(t, flowMap(t, db, dc).Failures, "transformation", func(f models.StageFailures) bool { return f.Stage == models.StageTransformation })
		return stage.Waiting
	}
	if all, rot := waiting(""), waiting("ROT"); all != 9 || rot != 4 {
		t.Errorf("%d events wait in all and %d of ROT, want 9 and 4", all, rot)
	}
}

func TestTheWorkflowIsCutByDC(t *testing.T) {
	db := integrationDesk(t)
	_, err := db.Pool.Exec(t.Context(), `
		UPDATE recommendations SET dc = 'ROT', received_at = now() - interval '3 seconds' WHERE recommendation = 'REC-1';
		UPDATE proposals SET entered_at = now() - interval '1 second' WHERE recommendation = 'REC-1'`)
	if err != nil {
		t.Fatal(err)
	}
	if rot := hop(t, flowMap(t, db, "ROT"), models.HopWorkflow, ""); rot.Events != 1 {
		t.Errorf("%d recommendations of ROT entered, want one of its own", rot.Events)
	}
}

// TestRoutesAreCutByWhatTheirMessagesCarry has a message of two entities and DCs
// beside those of stock of LON that the desk has.
func TestRoutesAreCutByWhatTheirMessagesCarry(t *testing.T) {
	db := integrationDesk(t)
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, status, outcome, carried)
		VALUES ('replenishment', 0, 1, 1, 'msg_r2', 7, 1, now() - interval '9 seconds', now() - interval '8 seconds', 204, 'delivered',
			'[{"type": "throughline.inventory.balance.v1", "dc": "ROT", "events": 4}, {"type": "throughline.forecast.revision.v1", "dc": "LON", "events": 3}]');
		UPDATE subscriptions SET types = ARRAY['throughline.inventory.balance.v1', 'throughline.forecast.revision.v1']`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		cut              models.FlowCut
		events, attempts int64
		failed           int64 // of the other route
	}{
		{models.FlowCut{}, 8, 2, 6},
		{models.FlowCut{Entity: "inventory"}, 5, 2, 6},
		{models.FlowCut{Entity: "forecast", Version: "v1"}, 3, 1, 0},
		{models.FlowCut{DC: "LON"}, 4, 2, 6},
		{models.FlowCut{DC: "ROT", Entity: "forecast"}, 0, 0, 0},
	} {
		flow, err := store.NewFlow(db).Map(t.Context(), lastMinutes(10), want.cut)
		if err != nil {
			t.Fatal(err)
		}
		got, other := hop(t, flow, models.HopRoute, "replenishment"), hop(t, flow, models.HopRoute, "forecasting")
		if got.Events != want.events || got.Attempts != want.attempts || other.Failed != want.failed {
			t.Errorf("%+v: %d events in %d messages, %d failed of the other; want %d in %d and %d", want.cut,
				got.Events, got.Attempts, other.Failed, want.events, want.attempts, want.failed)
		}
	}
}

func TestFlowFilesFailuresUnderTheirStage(t *testing.T) {
	flow := flowMap(t, integrationDesk(t), "")
	for i, want := range []models.StageFailures{
		{Stage: models.StageAPI, Parked: 5, Rejected: 8, Open: map[models.Priority]int{models.PriorityP2: 1, models.PriorityP3: 1}},
		{Stage: models.StageTransformation, Waiting: 9, Open: map[models.Priority]int{models.PriorityP3: 1}},
		{Stage: models.StageWorkflow, Stuck: 2, Open: map[models.Priority]int{models.PriorityP1: 1}},
	} {
		got := flow.Failures[i]
		same := got.Stage == want.Stage && got.Parked == want.Parked && got.Waiting == want.Waiting && got.Rejected == want.Rejected && got.Stuck == want.Stuck
		for _, p := range []models.Priority{models.PriorityP1, models.PriorityP2, models.PriorityP3, models.PriorityP4} {
			same = same && got.Open[p] == want.Open[p]
		}
		if !same {
			t.Errorf("%s has %+v, want %+v", want.Stage, got, want)
		}
	}
}

func TestFlowCountsTheFailuresOfEveryTeam(t *testing.T) {
	db := integrationDesk(t)
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO exceptions (code, team, also_team, stage, dedupe_key, title, happened, state, priority, consequence, why, dc, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		SELECT 'WFL-02', 'procurement', also, 'workflow', also, 't', 'h', 'new', 'P2', 'C2', 'w', 'ROT', now(), now(), now(), now() FROM unnest(ARRAY['planner', 'it']) also`)
	if err != nil {
		t.Fatal(err)
	}
	for dc, most := range map[string]int{"": 1, "ROT": 0} {
		stage := find(t, flowMap(t, db, dc).Failures, "workflow", func(f models.StageFailures) bool { return f.Stage == models.StageWorkflow })
		if stage.Open[models.PriorityP1] != most || stage.Open[models.PriorityP2] != 2 || stage.Elsewhere != 1 {
			t.Errorf("at %q: %v are open, of them %d in no queue of IT; want %d P1 and 2 P2, 1 elsewhere", dc, stage.Open, stage.Elsewhere, most)
		}
	}
}

func TestFlowTimesTheFirstHopBySource(t *testing.T) {
	db := integrationDesk(t)
	mark := models.Mark{MarkKey: models.MarkKey{Source: "erp", Entity: "inventory", DC: "LON"}, Newest: time.Now()}
	for range 3 {
		mark.Accept.AddN(200*time.Millisecond, 10)
		mark.Queue.AddN(20*time.Millisecond, 10)
		mark.Total.AddN(300*time.Millisecond, 10)
		marks, err := models.EncodeMarks([]models.Mark{mark})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Pool.Exec(t.Context(), `
			INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at, transform_us, reference_us, apply_us, applied_at, marks)
			VALUES (2, 'batch', 1, 1, 10, now(), now(), now(), 1, 1, 1, now(), $1)`, marks)
		if err != nil {
			t.Fatal(err)
		}
		mark.Accept, mark.Queue, mark.Total = models.Histogram{}, models.Histogram{}, models.Histogram{}
		foldAll(t, db)
	}
	erp := hop(t, flowMap(t, db, ""), models.HopSource, "erp")
	if p95 := erp.Spread.Quantile(0.95); erp.Events != 30 || p95 < 195*time.Millisecond || p95 > 205*time.Millisecond {
		t.Errorf("%d events with a p95 of %s, want 30 with 200 ms", erp.Events, p95)
	}
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO freshness (source, entity, dc, shard, occurred_at, applied_at) VALUES ('erp', 'item', '', 2, now(), now())`); err != nil {
		t.Fatal(err)
	}
	for entity, want := range map[string]int64{"inventory": 30, "item": 0} {
		flow, err := store.NewFlow(db).Map(t.Context(), lastMinutes(10), models.FlowCut{Entity: entity})
		if err != nil {
			t.Fatal(err)
		}
		if got := hop(t, flow, models.HopSource, "erp"); got.Events != want {
			t.Errorf("%d of the events are of entity %s, want %d", got.Events, entity, want)
		}
	}
	if rot := hop(t, flowMap(t, db, "ROT"), models.HopSource, "erp"); rot.Events != 0 {
		t.Errorf("%d of the events are of ROT, want none", rot.Events)
	}
}

// foldAll takes all batches into the rollups, as the engine does now and then.
func foldAll(t *testing.T, db *store.DB) {
	t.Helper()
	rollups := store.NewRollups(db, nil)
	shards, err := rollups.Unfolded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards {
		if _, err := rollups.Fold(t.Context(), shard, 100); err != nil {
			t.Fatal(err)
		}
	}
}
