package apply_test

import (
	"sync/atomic"
	"testing"

	"throughline/models"
	"throughline/sync/apply"
)

func TestAPausedLaneTakesEffectInOrderWhenItIsResumed(t *testing.T) {
	var paused atomic.Bool
	w := newWorld(t, func(c *apply.Config) {
		c.Paused = func(lane models.Lane) bool { return lane == models.LaneRealtime && paused.Load() }
	})
	w.masters(1, 1)
	paused.Store(true)
	w.send(movement("I0", "D0", 1, "5", "0"), movement("I0", "D0", 2, "-2", "0"))
	late := w.send(balance("I9", "D0", 1, "4", "0"), item("I9", 1))
	w.run()
	w.expectPosition("I0", "D0", "none")
	if books := w.balanced().Total; books.Pending != 4 {
		t.Errorf("%d events are pending in a paused lane, want 4", books.Pending)
	}
	paused.Store(false)
	w.run()
	w.expectPosition("I0", "D0", "3/0 v2 b-1")
	w.expectPosition("I9", "D0", "4/0 v1 b1")
	w.expectStates(late, "applied", "applied")
	w.expectBooks()
}
