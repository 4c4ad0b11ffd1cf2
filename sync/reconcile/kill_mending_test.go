package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/connector/rest"
	"throughline/sync/eventlog"
	"throughline/sync/reconcile"
)

// victim is what the process does that is killed while it mends a difference.
type victim struct {
	Source, Step string
	Owner        []connector.Balance // its snapshot
	Copy         string              // address of the engine that holds a copy
}

const victimMends = "THROUGHLINE_TEST_RECONCILE_MENDS"

// mendUntilKilled compares, and kills its own process at the step.
func mendUntilKilled(ctx context.Context, db *store.DB, text string) error {
	var v victim
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	appender, err := eventlog.New(eventlog.Config{Log: store.NewLog(db)})
	if err != nil {
		return err
	}
	if err := appender.Start(ctx); err != nil {
		return err
	}
	router, err := newRouter(db)
	if err != nil {
		return err
	}
	holds, err := rest.NewReplenishment(rest.Config{BaseURL: v.Copy})
	if err != nil {
		return err
	}
	cfg := reconcile.Config{
		Source: "erp", Owner: &ledger{rows: v.Owner}, Intake: reconcile.ThroughLog(appender, shards), Reconciles: store.NewReconciles(db),
		Copies: []reconcile.Copy{{System: "replenishment", Holds: holds, Deliver: router}}, SecondLook: time.Millisecond,
	}
	reconcile.OnStep(func(at string) {
		if at == v.Step {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	})(&cfg)
	r, err := reconcile.New(cfg)
	if err != nil {
		return err
	}
	_, err = r.RunNow(ctx, v.Source, "victim")
	return errors.Join(err, errors.New("the process was not killed"))
}

func (w *copyWorld) killed(source, step string) {
	w.t.Helper()
	told, err := json.Marshal(victim{Source: source, Step: step, Owner: w.erp.rows, Copy: w.url})
	if err != nil {
		w.t.Fatal(err)
	}
	process := exec.CommandContext(w.t.Context(), os.Args[0], "-test.run=^$")
	process.Env = append(os.Environ(), victimDSN+"="+w.db.Pool.Config().ConnString(), victimMends+"="+string(told))
	out, err := process.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		w.t.Fatalf("the process was not killed at %q: %v\n%s", step, err, out)
	}
}

// Wherever a run dies between calling a difference and its own end, the next
// runs mend it once, and neither the run nor the difference stays open.
func TestKilledWhileMending(t *testing.T) {
	for _, source := range []string{"erp", "replenishment"} {
		for _, step := range []string{"called", "mended", "noted", "judged"} {
			t.Run(source+"-"+step, func(t *testing.T) {
				w := newCopyWorld(t)
				events, movements := int64(5), 1
				if source == "erp" {
					w.erp.changes("C", 60, 2, 10*time.Minute)
					events, movements = 6, 2
					w.heard()
				} else {
					w.loses("C")
				}
				w.killed(source, step)
				if d := w.drifts(); len(d) != 1 || d[0].ClearedAt != nil {
					t.Fatalf("after the crash: %+v", d)
				}
				w.eventually("agreement", func() bool {
					run, err := w.RunNow(t.Context(), source, "test") // the dead one's lock may be held for a moment
					return err == nil && run.Matched == 5
				})
				if d := w.drifts(); len(d) != 1 || d[0].ClearedAt == nil {
					t.Errorf("%+v", d)
				}
				w.expectOnce(events, movements)
			})
		}
	}
}

// expectOnce holds what was mended to its one effect: events in the books,
// movements of C in the ledger, and no run left open.
func (w *copyWorld) expectOnce(events int64, movements int) {
	w.t.Helper()
	books, err := store.NewBooks(w.db).Read(w.t.Context())
	if err != nil || books.Total.Received != events || books.Total.Missing() != 0 {
		w.t.Errorf("books %+v, %v", books.Total, err)
	}
	var n int
	if err := w.db.Pool.QueryRow(w.t.Context(), `SELECT count(*) FROM stock_movements WHERE item = 'C'`).Scan(&n); err != nil || n != movements {
		w.t.Errorf("%d movements of C, want %d, %v", n, movements, err)
	}
	var interrupted, open int
	if err := w.db.Pool.QueryRow(w.t.Context(), `
		SELECT count(*) FILTER (WHERE state = 'interrupted'), count(*) FILTER (WHERE state NOT IN ('interrupted', 'finished')) FROM reconcile_runs`).
		Scan(&interrupted, &open); err != nil || interrupted != 1 || open != 0 {
		w.t.Errorf("%d runs are interrupted and %d open or failed, %v", interrupted, open, err)
	}
	if heals, err := store.NewConditions(w.db).Heals(w.t.Context(), time.Now().Add(-time.Hour)); err != nil || len(heals) != 0 {
		w.t.Errorf("mending stands in vain: %+v, %v", heals, err)
	}
}
