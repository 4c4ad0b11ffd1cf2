package workflow_test

import (
	"fmt"
	"os/exec"
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// TestATriageIsKilledAtEachStatement kills the process while it changes several
// exceptions, and while it takes that back: each is changed once and undone once,
// with its outcome and its audit row, and whoever asks again has the rest done.
func TestATriageIsKilledAtEachStatement(t *testing.T) {
	const exceptions = 2
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	for n := range exceptions {
		w.late(fmt.Sprint("source-", n), "", models.FallbackHold)
	}
	plan := models.TriagePlan{Action: models.ActionAcknowledge, Picked: []int64{1, 2}, Queue: "/exceptions", Actor: "ben"}
	if _, err := store.NewTriages(w.db).Plan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	stops := storetest.StopAtWrites(t, w.db)
	for _, c := range []struct{ name, state, outcome, audit, whole string }{
		{"a triage", "acknowledged", "done", "exception.acknowledge", "triage.acknowledge"},
		{"a triage undone", "new", "undone", "exception.undo", "triage.undo"},
	} {
		whole := func() string {
			return w.text(`SELECT concat_ws(' ', (SELECT count(*) FROM exceptions WHERE state = $1), (SELECT count(*) FROM triage_items WHERE outcome = $2),
				(SELECT count(*) FROM audit WHERE action = $3))`, c.state, c.outcome, c.audit)
		}
		kills := stops.KillAtEach(t, func() *exec.Cmd { return w.process(dsn, act{Named: c.name}) }, func(step int) string {
			got := whole()
			var changed, told, audited int
			if _, err := fmt.Sscan(got, &changed, &told, &audited); err != nil || changed != told || changed != audited {
				t.Errorf("%s, killed at statement %d: exceptions, outcomes and audit rows are %s (%v)", c.name, step, got, err)
			}
			return got + w.text(`SELECT count(*) FROM audit WHERE action = $1`, c.whole)
		})
		if got, want := whole(), fmt.Sprint(exceptions, exceptions, exceptions); got != want || kills < 2*exceptions {
			t.Errorf("%s: after %d deaths exceptions, outcomes and audit rows are %s, want %s", c.name, kills, got, want)
		}
		if n := w.text(`SELECT count(*) FROM audit WHERE action = $1`, c.whole); n != "1" {
			t.Errorf("%s has %s audit rows of its own", c.name, n)
		}
		w.exec(`UPDATE triages SET ended_at = now() + interval '1 hour'`) // which may be undone meanwhile
	}
}
