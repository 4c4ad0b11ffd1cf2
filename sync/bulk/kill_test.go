package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/apply"
	"throughline/sync/bulk"
)

// The variables tell the test binary to be the process that is killed: on which
// database, and whether it is to do the whole action, or to cancel it after the
// canary, and not to kill itself.
const (
	killDSN    = "THROUGHLINE_BULK_KILL_DSN"
	killWhole  = "THROUGHLINE_BULK_KILL_WHOLE"
	killCancel = "THROUGHLINE_BULK_KILL_CANCEL"
)

func TestMain(m *testing.M) {
	dsn := os.Getenv(killDSN)
	if dsn == "" {
		os.Exit(m.Run())
	}
	live := workUntilKilled
	if os.Getenv(killWhole) != "" {
		live = doWhole
	}
	if os.Getenv(killCancel) != "" {
		live = cancelMidway
	}
	if err := live(dsn); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// killer dies after the second step, whose effects are committed and whose run has not advanced.
type killer struct {
	*apply.Engine
	steps atomic.Int32
}

func (k *killer) Bulk(ctx context.Context, step apply.BulkStep) error {
	if err := k.Engine.Bulk(ctx, step); err != nil {
		return err
	}
	if k.steps.Add(1) == 2 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return nil
}

func workUntilKilled(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	engine, err := apply.New(ctx, apply.Config{DB: db})
	if err != nil {
		return err
	}
	s, err := bulk.New(bulk.Config{DB: db, Replay: &killer{Engine: engine}, Lease: time.Second, Timeout: 900 * time.Millisecond})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		if _, err := s.RunOnce(ctx); err != nil {
			return err
		}
	}
	return errors.New("the process was not killed")
}

func TestARunThatWasKilledGoesOnWhereItWas(t *testing.T) {
	w := newWorld(t, 50, 0)
	id := w.plan(plan(models.BulkRetry, func(p *models.BulkPlan) { p.GoOn = true }))
	if _, err := w.bulks.GoOn(t.Context(), id, "ida", "Looks right."); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killDSN+"="+w.dsn)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process was not killed: %v\n%s", err, out)
	}
	before, err := w.bulks.Get(t.Context(), id)
	if err != nil || before.Done == 0 || before.Done == 50 {
		t.Fatalf("%d were done before the kill (%v)", before.Done, err)
	}
	w.expectOnce(before)
	w.expectOnce(w.work(id, models.BulkDone))
	w.expect(50, `SELECT count(*) FROM stock_movements`)
}

// doWhole plans an action, unless it is planned, and does what is left of it.
func doWhole(dsn string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 4})
	if err != nil {
		return err
	}
	bulks := store.NewBulks(db)
	runs, err := bulks.List(ctx, 1)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		id, err := bulks.Plan(ctx, plan(models.BulkRetry, func(p *models.BulkPlan) { p.Canary, p.GoOn = 1, true }), nil)
		if err != nil {
			return err
		}
		runs = append(runs, models.BulkRun{ID: id, Status: models.BulkDraft})
	}
	if runs[0].Status == models.BulkDraft {
		if _, err := bulks.GoOn(ctx, runs[0].ID, "ida", "Looks right."); err != nil {
			return err
		}
	}
	engine, err := apply.New(ctx, apply.Config{DB: db})
	if err != nil {
		return err
	}
	s, err := bulk.New(bulk.Config{DB: db, Replay: engine})
	for more := true; more && err == nil; {
		more, err = s.RunOnce(ctx)
	}
	return err
}

// TestABulkActionIsKilledAtEachStatement kills the process at every statement
// from the plan to the end: the stored filter with its events, the go-ahead, the
// lease, the canary, each event's effect with its outcome, each advance. What is
// counted, told of each event and in effect agrees after each death.
func TestABulkActionIsKilledAtEachStatement(t *testing.T) {
	const events = 3
	w := newWorld(t, events, 0)
	stops := storetest.StopAtWrites(t, w.db)
	life := func() *exec.Cmd {
		process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		process.Env = append(os.Environ(), killDSN+"="+w.dsn, killWhole+"=1")
		return process
	}
	look := func(int) string {
		w.leaseIsOver()
		runs, err := w.bulks.List(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) == 0 {
			w.expect(0, `SELECT count(*) FROM bulk_items`)
			w.expect(0, `SELECT count(*) FROM audit`)
			return "nothing"
		}
		w.expectOnce(runs[0])
		w.expect(events, `SELECT count(*) FROM bulk_items`)
		w.expect(1, `SELECT count(*) FROM audit WHERE action = 'bulk.draft'`)
		return fmt.Sprint(len(runs), runs[0].Status, runs[0].Done)
	}
	kills := stops.KillAtEach(t, life, look)
	const leastDeaths = 3 + 2*events // plan, go-ahead and end, and of each event its effect and its outcome
	if at := look(0); at != fmt.Sprint(1, models.BulkDone, events) || kills < leastDeaths {
		t.Errorf("after %d deaths the action came to %s", kills, at)
	}
	w.expect(events, `SELECT count(*) FROM stock_movements`)
	w.expect(1, `SELECT count(*) FROM audit WHERE action = 'bulk.done'`)
}

// leaseIsOver lets the time pass that a dead process keeps a run for itself.
func (w *world) leaseIsOver() {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), `UPDATE bulk_runs SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL`); err != nil {
		w.t.Fatal(err)
	}
}
