package pause_test

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/pause"
)

func newBoard(t *testing.T, db *store.DB, now func() time.Time) *pause.Board {
	t.Helper()
	b, err := pause.New(pause.Config{Store: store.NewPauses(db), Every: 10 * time.Millisecond, Now: now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return b
}

func TestAPauseHoldsUntilItIsResumedOrOver(t *testing.T) {
	db := storetest.New(t)
	var ahead atomic.Int64 // of the real time
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	pauses, board := store.NewPauses(db), newBoard(t, db, now)
	ends := now().Add(time.Hour)
	lane := models.Pause{Kind: models.PauseLane, Name: "bulk", Reason: "A load.", Actor: "ida", Since: now(), Ends: &ends}
	erp := models.Pause{Kind: models.PauseTarget, Name: "erp", Reason: "Maintenance.", Actor: "ida", Since: now()}
	for _, p := range []models.Pause{lane, erp} {
		if err := pauses.Pause(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := pauses.Pause(t.Context(), lane); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second pause of one lane: %v", err)
	}
	storetest.Eventually(t, "the pauses that another process made to hold", func() bool { return board.Lane(models.LaneBulk) && board.Target("erp") })
	if board.Lane(models.LaneRealtime) {
		t.Error("the other lane is paused as well")
	}
	if again := newBoard(t, db, now); !again.Target("erp") {
		t.Error("a restart has ended the pause")
	}
	ahead.Store(int64(time.Hour))
	if board.Lane(models.LaneBulk) || !board.Target("erp") {
		t.Error("a pause must end at its end, and one without an end must not")
	}
	if err := pauses.Pause(t.Context(), models.Pause{Kind: models.PauseLane, Name: "bulk", Reason: "Another.", Actor: "ida", Since: now()}); err != nil {
		t.Errorf("what is over cannot be paused again: %v", err)
	}
	if err := pauses.Resume(t.Context(), models.PauseTarget, "erp", "ida", "It is done.", now()); err != nil {
		t.Fatal(err)
	}
	storetest.Eventually(t, "the target to be called again", func() bool { return !board.Target("erp") })
	if err := pauses.Resume(t.Context(), models.PauseTarget, "erp", "ida", "Again.", now()); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("resumed twice: %v", err)
	}
	var audited int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action IN ('flow.pause', 'flow.resume') AND reason <> ''`).Scan(&audited); err != nil || audited != 4 {
		t.Errorf("%d audit rows (%v), want 4", audited, err)
	}
}

// A plan begins and ends by the clock alone: nobody is notified, and no process is
// restarted. What overlaps it is refused, and the same again changes nothing.
func TestAPlannedPauseBeginsAndEndsByItself(t *testing.T) {
	db := storetest.New(t)
	var ahead atomic.Int64 // of the real time
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	pauses, board := store.NewPauses(db), newBoard(t, db, now)
	began := now()
	ends := began.Add(2 * time.Hour)
	plan := models.Pause{Kind: models.PauseSource, Name: "erp", Reason: "An upgrade.", Actor: "ida", Since: began.Add(time.Hour), Ends: &ends}
	first, err := pauses.Plan(t.Context(), plan, now())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := pauses.Plan(t.Context(), plan, now()); err != nil || again.ID != first.ID {
		t.Errorf("the same again is %d (%v), want %d", again.ID, err, first.ID)
	}
	for what, change := range map[string]func(p *models.Pause) models.Code{
		"it overlaps another": func(p *models.Pause) models.Code {
			p.Since = began.Add(90 * time.Minute)
			return models.CodeConflict
		},
		"it has no end": func(p *models.Pause) models.Code { p.Ends = nil; return models.CodeInvalid },
		"it lies behind": func(p *models.Pause) models.Code {
			p.Name, p.Since = "wms", began.Add(-time.Minute)
			return models.CodeInvalid
		},
		"it lies too far ahead": func(p *models.Pause) models.Code {
			far := began.Add(models.MaxPauseAhead + 2*time.Hour)
			p.Since, p.Ends = far.Add(-time.Hour), &far
			return models.CodeInvalid
		},
		"it lasts too long": func(p *models.Pause) models.Code {
			late := p.Since.Add(models.MaxPause + time.Hour)
			p.Name, p.Ends = "wms", &late
			return models.CodeInvalid
		},
		"it says nothing": func(p *models.Pause) models.Code { p.Name, p.Reason = "wms", " "; return models.CodeInvalid },
	} {
		wrong := plan
		want := change(&wrong)
		if _, err := pauses.Plan(t.Context(), wrong, now()); models.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	storetest.Eventually(t, "the board to look", func() bool { _, paused := board.Source("erp"); return !paused })
	if err := pauses.Pause(t.Context(), models.Pause{Kind: models.PauseSource, Name: "erp", Reason: "It floods us.", Actor: "ivy", Since: now()}); err != nil {
		t.Fatalf("what is planned to pause cannot be paused now: %v", err)
	}
	if err := pauses.Resume(t.Context(), models.PauseSource, "erp", "ivy", "It is calm.", now()); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(time.Hour))
	storetest.Eventually(t, "the plan to begin", func() bool { p, paused := board.Source("erp"); return paused && p.Reason == "An upgrade." })
	if planned, err := pauses.Planned(t.Context(), now()); err != nil || len(planned) != 0 {
		t.Errorf("planned is still %+v (%v)", planned, err)
	}
	if err := pauses.Cancel(t.Context(), first.ID, "ida", "Too late.", now()); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("what has begun is cancelled: %v", err)
	}
	ahead.Store(int64(2 * time.Hour))
	if _, paused := board.Source("erp"); paused {
		t.Error("it does not end by itself")
	}
}

func TestAPlannedPauseIsCancelledBeforeItBegins(t *testing.T) {
	db := storetest.New(t)
	pauses, now := store.NewPauses(db), time.Now()
	ends := now.Add(2 * time.Hour)
	planned, err := pauses.Plan(t.Context(), models.Pause{Kind: models.PauseTarget, Name: "erp", Reason: "An upgrade.", Actor: "ida", Since: now.Add(time.Hour), Ends: &ends}, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := pauses.Cancel(t.Context(), planned.ID, "ida", "It is put off.", now); err != nil {
		t.Fatal(err)
	}
	if err := pauses.Cancel(t.Context(), planned.ID, "ida", "Again.", now); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("cancelled twice: %v", err)
	}
	if stopped, err := pauses.Pauses(t.Context(), now.Add(90*time.Minute)); err != nil || len(stopped) != 0 {
		t.Errorf("it begins all the same: %+v (%v)", stopped, err)
	}
	var audited int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE subject = 'target:erp' AND action IN ('flow.plan_pause', 'flow.cancel_pause') AND reason <> ''`).Scan(&audited); err != nil || audited != 2 {
		t.Errorf("%d audit rows (%v), want 2", audited, err)
	}
}
