package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// childAct is what a person, or the policy, does in a process that is killed.
const childAct = "WORKFLOW_CHILD_ACT"

// TestAPersonsActAndItsAuditRowStandOrFallTogether kills the process of each act
// at every statement that it writes with: nothing of the act is there then,
// neither its effect nor its audit row. Asked for again, and killed between the
// commit and the answer, it is there once. Whoever did not hear and asks once
// more is refused, or told that nothing changes.
func TestAPersonsActAndItsAuditRowStandOrFallTogether(t *testing.T) {
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	acts := w.acts()
	stops := storetest.StopAtWrites(t, w.db)
	for _, c := range acts {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			const audited = `SELECT count(*) FROM audit`
			before := w.text(audited)
			written := stops.KillAtEach(t, func() *exec.Cmd { return w.process(dsn, c.act) }, func(step int) string {
				if effect, audit := w.text(c.effect), w.text(audited); effect != "0" || audit != before {
					t.Errorf("killed at statement %d: %s effects stand, %s audit rows, before there were %s", step, effect, audit, before)
				}
				return ""
			})
			const stateAndAudit = 2
			if written < stateAndAudit {
				t.Errorf("the act wrote with %d statements: the kills have shown nothing", written)
			}
			w.want(c, 1, "done again")
			stops.Kill(t, storetest.NeverStops, w.process(dsn, c.act))
			rows := 1
			if c.act.repeats {
				rows++
			}
			w.want(c, rows, "asked for once more")
		})
	}
}

// TestWhatThePolicyApprovesStandsOrFallsWhole kills the process at every
// statement of the way from a recommendation to the order that is to be written,
// when it comes in and when what held it is over.
func TestWhatThePolicyApprovesStandsOrFallsWhole(t *testing.T) {
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	w.late("forecasting", "", models.FallbackHold)
	w.recommend("R-1", 48, "2.55")
	if p := w.enter("R-1"); p.Fallback != models.FallbackHold {
		t.Fatalf("it is %s under %q, want it held", p.State, p.Fallback)
	}
	w.heard()
	w.itemsOfTheirOwn() // what R-1 orders is no reason to think about R-2
	stops := storetest.StopAtWrites(t, w.db)
	for _, c := range []struct {
		recommendation string
		act            act
	}{{"R-1", act{Release: true}}, {"R-2", act{Enter: "R-2"}}} {
		w.t = t
		if c.act.Enter != "" {
			w.recommend(c.recommendation, 48, "2.55")
			w.exec(`UPDATE recommendations SET item = 'A-1' WHERE recommendation = $1`, c.recommendation)
		}
		want := func(when, want string) {
			t.Helper()
			if got := w.text(`SELECT concat_ws(' ', (SELECT count(*) FROM proposals WHERE recommendation = $1 AND state = 'approved'),
				(SELECT count(*) FROM decisions WHERE recommendation = $1), (SELECT count(*) FROM erp_writes WHERE recommendation = $1))`,
				c.recommendation); got != want {
				t.Errorf("%s %s: approvals, decisions and orders to be written are %s, want %s", c.recommendation, when, got, want)
			}
		}
		written := stops.KillAtEach(t, func() *exec.Cmd { return w.process(dsn, c.act) }, func(step int) string {
			want(fmt.Sprintf("killed at statement %d", step), "0 0 0")
			return ""
		})
		if written < 3 {
			t.Errorf("%s was written with %d statements: the kills have shown nothing", c.recommendation, written)
		}
		want("done again", "1 1 1")
		stops.Kill(t, storetest.NeverStops, w.process(dsn, c.act))
		want("asked for once more", "1 1 1")
	}
}

// want fails unless the effect of an act is there once, with so many audit rows.
func (w *world) want(c actCase, rows int, when string) {
	w.t.Helper()
	if effect, audit := w.text(c.effect), w.text(`SELECT count(*) FROM audit WHERE `+c.audit); effect != "1" || audit != strconv.Itoa(rows) {
		w.t.Errorf("%s: %s effects and %s audit rows stand, want 1 and %d", when, effect, audit, rows)
	}
}

// process is one in which a person acts, or the policy.
func (w *world) process(dsn string, a act) *exec.Cmd {
	w.t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		w.t.Fatal(err)
	}
	child := exec.CommandContext(w.t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDSN+"="+dsn, childAct+"="+string(text), childTime+"="+w.clock.Now().Format(time.RFC3339))
	return child
}

// actAs is the life of such a process, which dies between the commit and the
// answer where it was not killed before.
func actAs(ctx context.Context, db *store.DB, now time.Time) error {
	var a act
	if err := json.Unmarshal([]byte(os.Getenv(childAct)), &a); err != nil {
		return fmt.Errorf("read the act: %w", err)
	}
	if err := a.do(ctx, db, now); err != nil {
		return errors.Join(errors.New("act"), err)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
