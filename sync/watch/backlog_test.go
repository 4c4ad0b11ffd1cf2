package watch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/watch"
)

// waits leaves an event of the real-time lane in the log that was accepted so many
// seconds ago, of a shard whose cursor does not move, and looks 15 s later.
func (w *world) waits(seconds int) []models.Exception {
	w.t.Helper()
	w.sql(`DELETE FROM events WHERE event_id = 'late'`)
	w.sql(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, data)
		VALUES (1000000, 0, clock_timestamp() - make_interval(secs => $1), now(), 'erp', 'late', 'throughline.inventory.balance.v1', 'k', '{}')`, float64(seconds))
	w.wait(14 * time.Second)
	w.sweep()
	return w.kind(models.ExceptionBacklog)
}

func TestABacklogThatGrowsIsToldOfBeforeItIsTooOld(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE books_received SET received = received + 1`)
	for _, age := range []int{5, 12, 19} {
		if open := w.waits(age); len(open) != 0 {
			t.Fatalf("told of after too few looks:%s", briefly(open))
		}
	}
	open := w.waits(26)
	if len(open) != 1 || open[0].Priority != models.PriorityP3 {
		t.Fatalf("open:%s", briefly(open))
	}
	// Ages are told by the database's clock, which goes on while the others look.
	var waits, left int
	var rate float64
	if _, err := fmt.Sscanf(open[0].Happened, "The oldest event of the real-time lane waits for %d s. It grows by %g s a minute. At this rate it waits longer than the 60 s that are allowed in %d s.", &waits, &rate, &left); err != nil {
		t.Errorf("%q: %v", open[0].Happened, err)
	}
	if waits < 26 || waits > 36 || rate < 20 || rate > 40 || left < 40 || left > 100 {
		t.Errorf("%d s, %.1f s a minute, %d s left", waits, rate, left)
	}
	if says := "nothing has taken effect in the last minutes"; !strings.Contains(open[0].Happened, says) {
		t.Errorf("%q is missing in %q", says, open[0].Happened)
	}
	// It comes and goes a little without opening and closing.
	for _, age := range []int{24, 31, 28, 33} {
		if open = w.waits(age); len(open) != 1 {
			t.Fatalf("at %d s %d are open", age, len(open))
		}
	}
	if open = w.waits(62); len(open) != 1 || !strings.Contains(open[0].Happened, "60 s are allowed") || open[0].Occurrences != 1 {
		t.Errorf("past the window:%s", briefly(open))
	}
	if open = w.waits(40); len(open) != 1 || !strings.Contains(open[0].Title, "caught up on") {
		t.Errorf("on the way back:%s", briefly(open))
	}
	if open = w.waits(2); len(open) != 0 {
		t.Errorf("caught up:%s", briefly(open))
	}
}

// TestABacklogThatStillGrowsIsNotCaughtUpOn has it grow so slowly that the window
// is far.
func TestABacklogThatStillGrowsIsNotCaughtUpOn(t *testing.T) {
	w := newWorld(t, func(c *watch.Config) { c.Windows.Backlog = 10 * time.Minute })
	w.sql(`UPDATE books_received SET received = received + 1`)
	var open []models.Exception
	for _, age := range []int{200, 230, 260, 310, 320, 330, 340, 350} {
		open = w.waits(age)
	}
	if len(open) != 1 || !strings.Contains(open[0].Title, "wait ever longer") || !strings.Contains(open[0].Happened, "no longer grows") {
		t.Errorf("while it grows:%s", briefly(open))
	}
	if open = w.waits(305); len(open) != 1 || !strings.Contains(open[0].Title, "caught up on") {
		t.Errorf("when it falls:%s", briefly(open))
	}
}

func TestAClockThatIsSetBackDoesNotHideAGrowth(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE books_received SET received = received + 1`)
	w.waits(5)
	w.now = w.now.Add(-time.Hour)
	var open []models.Exception
	for _, age := range []int{5, 12, 19, 26, 33} {
		open = w.waits(age)
	}
	if len(open) != 1 || !strings.Contains(open[0].Title, "wait ever longer") {
		t.Errorf("open:%s", briefly(open))
	}
}

func TestAPeakThatFallsIsNoBacklog(t *testing.T) {
	w := newWorld(t)
	w.sql(`UPDATE books_received SET received = received + 1`)
	for _, age := range []int{4, 30, 45, 40, 44, 30, 12, 3} {
		if open := w.waits(age); len(open) != 0 {
			t.Fatalf("at %d s:%s", age, briefly(open))
		}
	}
}
