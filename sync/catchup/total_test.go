package catchup_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/connector/connectortest"
)

// newShort is a tower that lacks two of the three sales orders of an hour, by the
// ERP's own word.
func newShort(t *testing.T) (w *world, since time.Time) {
	t.Helper()
	w = newWorld(t)
	since = w.now.Add(-2 * time.Hour)
	until := since.Add(time.Hour)
	w.sql(`INSERT INTO control_totals (source, type, since, until, events, stated_at, counted, counted_at) VALUES ('erp', $1, $2, $3, 3, $4, 1, $4)`,
		string(models.TypeSalesOrder), since, until, w.now)
	w.sql(`UPDATE exceptions SET code = 'REC-03', dedupe_key = $1`, fmt.Sprintf("REC-03|erp|%s||%d|%d", models.TypeSalesOrder, since.UnixMicro(), until.UnixMicro()))
	return w, since
}

func (w *world) keeps(orders int, at time.Time) {
	events := []connectortest.StubEvent{}
	for range orders {
		events = append(events, connectortest.StubEvent{Type: models.TypeSalesOrder, DC: "LON", At: at})
	}
	w.erp.Keeps(events...)
}

// replays are the outcomes that the audit trail tells of.
func (w *world) replays() (outcomes []string) {
	w.Helper()
	if err := w.db.Pool.QueryRow(w.Context(), `SELECT coalesce(array_agg(after->>'outcome' ORDER BY id), '{}') FROM audit WHERE action = 'total.replay'`).Scan(&outcomes); err != nil {
		w.Fatal(err)
	}
	return outcomes
}

func TestTheTimeOfAShortTotalIsAskedForOnce(t *testing.T) {
	for kept, says := range map[int]string{
		3: "erp sends all 3 events again.",
		2: "erp sends 2 of its 3 events again and no longer has the others.",
		0: "erp no longer has anything of that time.",
	} {
		t.Run(says, func(t *testing.T) {
			w, since := newShort(t)
			w.keeps(kept, since.Add(time.Minute))
			w.after(9 * time.Second)
			if n := w.asked.Load(); n != 0 { // the rest may be on its way
				t.Fatalf("asked %d times within ten seconds", n)
			}
			w.after(time.Second)
			for range 3 {
				w.after(time.Hour)
			}
			if told := w.told(); len(told) != 1 || told[0] != "Asked erp to send that time once more. "+says || w.asked.Load() != 1 {
				t.Errorf("asked %d times; the history says %q", w.asked.Load(), told)
			}
			if got := w.replays(); !slices.Equal(got, []string{"asked", "done"}) {
				t.Errorf("the audit trail says %q", got)
			}
		})
	}
}

func TestASourceThatSendsNoTimeAgainIsAskedOnce(t *testing.T) {
	for name, serves := range map[string]http.HandlerFunc{"it offers none": http.NotFound, "it has none": notImplemented} {
		t.Run(name, func(t *testing.T) {
			w, _ := newShort(t)
			w.serves = serves
			w.after(10 * time.Second)
			w.after(time.Hour)
			if told := w.told(); len(told) != 1 || !strings.HasSuffix(told[0], "erp offers nothing to be sent again by its time.") || w.asked.Load() != 1 {
				t.Errorf("asked %d times; the history says %q", w.asked.Load(), told)
			}
			if got := w.replays(); !slices.Equal(got, []string{"asked", "failed"}) {
				t.Errorf("the audit trail says %q", got)
			}
		})
	}
}

func TestAFailureToAskForATimeIsTriedAgainByItsPolicy(t *testing.T) {
	w, since := newShort(t)
	w.keeps(3, since)
	w.erp.Break(connectortest.FaultDown, 2)
	w.after(10 * time.Second)
	for range 3 {
		w.after(time.Minute + 12*time.Second)
	}
	if told := w.told(); len(told) != 2 || !strings.HasSuffix(told[0], "erp cannot be asked: The ERP is down. It is asked again.") || w.asked.Load() != 3 {
		t.Errorf("asked %d times; the history says %q", w.asked.Load(), told)
	}
}

// A process that dies while it asks leaves the time to another.
func TestADeadProcessLeavesATimeToAnother(t *testing.T) {
	w, since := newShort(t)
	w.keeps(3, since)
	alive, release := w.serves, make(chan struct{})
	w.serves = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	w.now = w.now.Add(10 * time.Second)
	dies, kill := context.WithCancel(t.Context())
	died := make(chan error, 1)
	go func() { died <- w.services[0].RunOnce(dies) }()
	storetest.Eventually(t, "it to be asked", func() bool { return w.asked.Load() == 1 })
	kill()
	if err := <-died; !errors.Is(err, context.Canceled) {
		t.Fatalf("it ended with %v", err)
	}
	w.serves = alive
	w.after(59 * time.Second)
	if n := w.asked.Load(); n != 1 {
		t.Errorf("asked %d times while the first may be alive", n)
	}
	w.after(time.Second)
	w.after(time.Hour)
	if w.asked.Load() != 2 || !slices.Equal(w.replays(), []string{"asked", "done"}) {
		t.Errorf("asked %d times; the audit trail says %q", w.asked.Load(), w.replays())
	}
}

func TestNoTimeIsAskedForWhilePausedOrSilentNorOnceItIsResolved(t *testing.T) {
	w, since := newShort(t)
	w.keeps(3, since)
	w.paused = errors.New("paused")
	w.after(time.Minute)
	w.paused = nil
	w.sql(`UPDATE exceptions SET state = 'resolved', resolved_at = now(), resolution = 'The total was wrong.'`)
	w.after(time.Minute)
	w.silent()
	w.sql(`UPDATE exceptions SET state = 'new', resolved_at = NULL, resolution = ''`)
	w.after(time.Minute)
	if n := w.asked.Load(); n != 0 {
		t.Fatalf("asked %d times", n)
	}
	w.heard()
	w.after(time.Second)
	if n := w.asked.Load(); n != 1 {
		t.Errorf("afterwards asked %d times", n)
	}
}
