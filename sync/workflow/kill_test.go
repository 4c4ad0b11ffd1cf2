package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
	"throughline/sync/workflow"
)

// A process of its own runs the writer, so that it can be killed for real.
const (
	childDSN  = "WORKFLOW_CHILD_DSN"
	childERP  = "WORKFLOW_CHILD_ERP"
	childStep = "WORKFLOW_CHILD_STEP"
	childTime = "WORKFLOW_CHILD_TIME"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDSN) == "" {
		os.Exit(m.Run())
	}
	if err := writeUntilKilled(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writeUntilKilled makes every order that is due, unless it reaches the step at
// which it has to die.
func writeUntilKilled(ctx context.Context) error {
	db, err := store.Open(ctx, store.Config{DSN: os.Getenv(childDSN), MaxConnections: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	at, err := time.Parse(time.RFC3339, os.Getenv(childTime))
	if err != nil {
		return err
	}
	if os.Getenv(childAct) != "" {
		return actAs(ctx, db, at)
	}
	erp, err := rest.NewERP(rest.Config{BaseURL: os.Getenv(childERP)})
	if err != nil {
		return err
	}
	flow, err := workflow.New(workflow.Config{Store: store.NewWorkflow(db), Engine: &engine{}, Now: func() time.Time { return at }})
	if err != nil {
		return err
	}
	writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: flow, Orders: erp})
	if err != nil {
		return err
	}
	writer.OnStep(func(s workflow.Step) {
		if string(s) == os.Getenv(childStep) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	for more := true; more; {
		if more, err = writer.RunOnce(ctx); err != nil {
			return err
		}
	}
	return nil
}

func TestKilledBetweenAnyTwoStepsMakesExactlyOneOrder(t *testing.T) {
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	stub := &connectortest.Stub{}
	server := httptest.NewServer(stub.Handler())
	defer server.Close()
	firsts := []workflow.Step{workflow.StepLeased, workflow.StepMarked, workflow.StepAnswered, workflow.StepRecorded}
	seconds := []workflow.Step{"", workflow.StepMarked, workflow.StepLookedUp, workflow.StepAnswered}
	for i, first := range firsts {
		for j, second := range seconds {
			t.Run(fmt.Sprintf("%s then %s", first, second), func(t *testing.T) {
				id := fmt.Sprintf("R-%d%d", i, j)
				w.t = t
				w.clock.Advance(time.Minute)
				w.approved(id)
				// Time passes between the lives of the process, its leases with it.
				for _, step := range []workflow.Step{first, second, ""} {
					w.clock.Advance(5 * time.Minute)
					w.live(dsn, server.URL, step)
				}
				w.wantOrdered(stub, id)
			})
		}
	}
}

// live runs one life of the writing process, killed at a step if it gets there.
func (w *world) live(dsn, erp string, step workflow.Step) {
	w.t.Helper()
	child := exec.CommandContext(w.t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDSN+"="+dsn, childERP+"="+erp,
		childStep+"="+string(step), childTime+"="+w.clock.Now().Format(time.RFC3339))
	output, err := child.CombinedOutput()
	var ended *exec.ExitError
	if err == nil || (errors.As(err, &ended) && step != "" && ended.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL) {
		return
	}
	w.t.Fatalf("the writing process failed: %v\n%s", err, output)
}
