package reconcile_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/reconcile"
)

const victimDSN = "THROUGHLINE_TEST_RECONCILE_VICTIM"

// stuck is an owner that says when it is asked and never answers.
type stuck struct{}

func (stuck) Balances(ctx context.Context, _ string, _ int) (connector.BalancePage, error) {
	fmt.Println("asked")
	<-ctx.Done()
	return connector.BalancePage{}, ctx.Err()
}

func (stuck) Balance(context.Context, string, string) (connector.Balance, error) {
	return connector.Balance{}, nil
}

// TestMain lets this binary be the process that is killed.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(victimDSN); dsn != "" {
		runVictim(dsn)
	}
	os.Exit(m.Run())
}

func runVictim(dsn string) {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{DSN: dsn})
	if told := os.Getenv(victimMends); err == nil && told != "" {
		err = mendUntilKilled(ctx, db, told)
	} else if err == nil {
		var r *reconcile.Reconciler
		r, err = reconcile.New(reconcile.Config{Source: "erp", Owner: stuck{}, Intake: reconcile.ThroughLog(nil, shards), Reconciles: store.NewReconciles(db)})
		if err == nil {
			_, err = r.RunNow(ctx, "erp", "victim")
		}
	}
	fmt.Println(err)
	os.Exit(1)
}

// A process that dies in the middle of a run holds up nobody after it.
func TestKillDuringARun(t *testing.T) {
	w := newWorld(t)
	victim := exec.CommandContext(t.Context(), os.Args[0])
	victim.Env = append(os.Environ(), victimDSN+"="+w.db.Pool.Config().ConnString())
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "asked\n" {
		t.Fatalf("the victim said %q, %v", line, err)
	}
	if err := victim.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	w.eventually("the dead process's lock", func() bool {
		run, err := store.NewReconciles(w.db).Begin(t.Context(), models.Comparison{}, "erp", "test", time.Now())
		if err != nil {
			return false
		}
		_, err = run.End(t.Context(), models.ReconcileRun{}, nil, time.Now())
		return err == nil
	})
	runs, err := store.NewReconciles(w.db).Runs(t.Context(), models.Part{Limit: 10})
	if err != nil || len(runs) != 2 || runs[1].State != "interrupted" || runs[1].AskedBy != "victim" {
		t.Fatalf("%+v, %v", runs, err)
	}
	if run := w.compare(); run.Matched != 5 {
		t.Errorf("%+v", run)
	}
}
