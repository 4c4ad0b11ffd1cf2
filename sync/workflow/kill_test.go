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

// life is one of the writing process, which ends at a step. The ERP fails first, if it is to.
type life struct {
	dies workflow.Step
	erp  connectortest.Fault
}

// deaths are lives of the process before the one that comes to its end: one for each
// step of an order, and for each of what follows from having died there.
func deaths() [][]life {
	at := func(steps ...workflow.Step) []life {
		lives := make([]life, len(steps))
		for i, s := range steps {
			lives[i] = life{dies: s}
		}
		return lives
	}
	const leased, marked, lookedUp, answered, recorded = workflow.StepLeased, workflow.StepMarked, workflow.StepLookedUp, workflow.StepAnswered, workflow.StepRecorded
	return [][]life{
		at(leased), at(leased, marked), at(leased, answered), at(leased, recorded),
		at(marked), at(marked, lookedUp), at(marked, marked), at(marked, answered),
		at(marked, recorded),                             // its request counts as unknown
		at(marked, recorded, lookedUp),                   // the ERP knows of none
		at(marked, recorded, recorded),                   // which is written down
		at(marked, recorded, recorded, marked),           // so that it is sent again
		at(marked, recorded, recorded, marked, recorded), // and unknown again
		at(answered), at(answered, lookedUp), at(answered, recorded),
		at(answered, recorded, lookedUp), at(answered, recorded, recorded), // found
		at(recorded),
		{{recorded, connectortest.FaultDown}, {dies: marked}},     // not reached, and tried again
		{{recorded, connectortest.FaultBroken}, {dies: lookedUp}}, // made without an answer
		{{recorded, connectortest.FaultBroken}, {dies: recorded}},
		{{dies: marked}, {dies: recorded}, {recorded, connectortest.FaultDown}, {dies: lookedUp}}, // not looked up
	}
}

func TestKilledBetweenAnyTwoStepsMakesExactlyOneOrder(t *testing.T) {
	dsn := storetest.DSN(t)
	w := newWorldOn(t, dsn)
	stub := &connectortest.Stub{}
	server := httptest.NewServer(stub.Handler())
	defer server.Close()
	for i, lives := range deaths() {
		t.Run(fmt.Sprint(lives), func(t *testing.T) {
			id := fmt.Sprintf("R-%d", i)
			w.t = t
			w.clock.Advance(time.Minute)
			w.approved(id)
			// Time passes between the lives of the process, its leases with it.
			for n, l := range append(lives, life{}) {
				w.clock.Advance(5 * time.Minute)
				stub.Break(l.erp, 1)
				if killed := w.live(dsn, server.URL, l.dies); killed != (n < len(lives)) {
					t.Errorf("in life %d it was killed: %t", n+1, killed)
				}
			}
			w.wantOrdered(stub, id)
		})
	}
}

// live runs one life of the writing process, killed at a step if it gets there.
func (w *world) live(dsn, erp string, step workflow.Step) (killed bool) {
	w.t.Helper()
	child := exec.CommandContext(w.t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDSN+"="+dsn, childERP+"="+erp,
		childStep+"="+string(step), childTime+"="+w.clock.Now().Format(time.RFC3339))
	output, err := child.CombinedOutput()
	var ended *exec.ExitError
	killed = errors.As(err, &ended) && step != "" && ended.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
	if err != nil && !killed {
		w.t.Fatalf("the writing process failed: %v\n%s", err, output)
	}
	return killed
}
