package pause_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/pause"
)

// clock is a time that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

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

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("%s did not come true", what)
		case <-tick.C:
		}
	}
}

func TestAPauseHoldsUntilItIsResumedOrOver(t *testing.T) {
	db := storetest.New(t)
	c := &clock{now: time.Now()}
	pauses, board := store.NewPauses(db), newBoard(t, db, c.Now)
	ends := c.Now().Add(time.Hour)
	lane := models.Pause{Kind: models.PauseLane, Name: "bulk", Reason: "A load.", Actor: "ida", Since: c.Now(), Ends: &ends}
	erp := models.Pause{Kind: models.PauseTarget, Name: "erp", Reason: "Maintenance.", Actor: "ida", Since: c.Now()}
	for _, p := range []models.Pause{lane, erp} {
		if err := pauses.Pause(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := pauses.Pause(t.Context(), lane); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("a second pause of one lane: %v", err)
	}
	eventually(t, "the pauses that another process made to hold", func() bool { return board.Lane(models.LaneBulk) && board.Target("erp") })
	if board.Lane(models.LaneRealtime) {
		t.Error("the other lane is paused as well")
	}
	if again := newBoard(t, db, c.Now); !again.Target("erp") {
		t.Error("a restart has ended the pause")
	}
	c.advance(time.Hour)
	if board.Lane(models.LaneBulk) || !board.Target("erp") {
		t.Error("a pause must end at its end, and one without an end must not")
	}
	if err := pauses.Pause(t.Context(), models.Pause{Kind: models.PauseLane, Name: "bulk", Reason: "Another.", Actor: "ida", Since: c.Now()}); err != nil {
		t.Errorf("what is over cannot be paused again: %v", err)
	}
	if err := pauses.Resume(t.Context(), models.PauseTarget, "erp", "ida", "It is done.", c.Now()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the target to be called again", func() bool { return !board.Target("erp") })
	if err := pauses.Resume(t.Context(), models.PauseTarget, "erp", "ida", "Again.", c.Now()); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("resumed twice: %v", err)
	}
	var audited int
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action IN ('flow.pause', 'flow.resume') AND reason <> ''`).Scan(&audited); err != nil || audited != 4 {
		t.Errorf("%d audit rows (%v), want 4", audited, err)
	}
}
