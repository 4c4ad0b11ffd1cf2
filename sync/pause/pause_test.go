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
