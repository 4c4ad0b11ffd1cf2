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

func TestTheWorkflowIsCutByDCAndRoutesSayThatTheyAreNot(t *testing.T) {
	db := integrationDesk(t)
	_, err := db.Pool.Exec(t.Context(), `
		UPDATE recommendations SET dc = 'ROT', received_at = now() - interval '3 seconds' WHERE recommendation = 'REC-1';
		UPDATE proposals SET entered_at = now() - interval '1 second' WHERE recommendation = 'REC-1'`)
	if err != nil {
		t.Fatal(err)
	}
	if rot := hop(t, flowMap(t, db, "ROT"), models.HopWorkflow, ""); rot.Events != 1 || rot.Network {
		t.Errorf("%d recommendations of ROT entered (whole network: %v), want one of its own", rot.Events, rot.Network)
	}
	if route := hop(t, flowMap(t, db, "ROT"), models.HopRoute, "forecasting"); !route.Network {
		t.Error("a route claims to be cut by DC")
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
