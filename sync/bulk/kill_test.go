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
	"throughline/sync/apply"
	"throughline/sync/bulk"
)

const killDSN = "THROUGHLINE_BULK_KILL_DSN"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(killDSN); dsn != "" {
		fmt.Fprintln(os.Stderr, workUntilKilled(dsn))
		os.Exit(1)
	}
	os.Exit(m.Run())
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
