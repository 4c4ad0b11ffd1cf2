package workflow_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
	"throughline/sync/workflow"
)

// newERP serves an ERP that makes a second order for a known reference.
func newERP(t *testing.T) (*connectortest.Stub, *rest.ERP) {
	t.Helper()
	stub := &connectortest.Stub{}
	server := httptest.NewServer(stub.Handler())
	t.Cleanup(server.Close)
	erp, err := rest.NewERP(rest.Config{BaseURL: server.URL, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return stub, erp
}

func (w *world) writer(orders connector.Orders) *workflow.Writer {
	w.t.Helper()
	writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: w.workflow, Orders: orders, CallTimeout: 5 * time.Second})
	if err != nil {
		w.t.Fatal(err)
	}
	return writer
}

// approved stores a recommendation that a person has approved.
func (w *world) approved(id string) {
	w.t.Helper()
	if _, err := w.workflow.Decide(w.t.Context(), approval(w.waiting(id), "ana")); err != nil {
		w.t.Fatal(err)
	}
}

// round runs the writer once and says whether there was something to do.
func (w *world) round(writer *workflow.Writer) bool {
	w.t.Helper()
	more, err := writer.RunOnce(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return more
}

func (w *world) wantOrdered(stub *connectortest.Stub, id string) {
	w.t.Helper()
	numbers := stub.Numbers(models.OrderReference(id))
	write := w.write(id)
	if len(numbers) != 1 || write.State != models.WriteConfirmed || write.Document != numbers[0] {
		w.t.Errorf("%s: the ERP has %v, the write is %s with %q", id, numbers, write.State, write.Document)
	}
	if p := w.proposal(id); p.State != models.ProposalOrdered || p.OrderedAt == nil {
		w.t.Errorf("%s is %s, want ordered", id, p.State)
	}
}

func (w *world) attempts(id string) string {
	return w.text(`SELECT string_agg(action || ' ' || outcome, ', ' ORDER BY a.id)
		FROM erp_write_attempts a JOIN erp_writes w ON w.id = a.write_id WHERE recommendation = $1`, id)
}

func TestAnApprovalBecomesAnOrder(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	writer := w.writer(erp)
	w.approved("R-1")
	if !w.round(writer) || w.round(writer) {
		t.Error("one write is one round of work")
	}
	w.wantOrdered(stub, "R-1")
	if got := w.text(`SELECT verdict FROM basis_checks WHERE moment = 'order'`); got != "CURRENT" {
		t.Errorf("the verdict at the order is %s", got)
	}
}

// A restored tower does not know what it ordered after the backup.
func TestWhatIsOlderThanTheProcessIsLookedUpBeforeItIsSent(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	w.approved("R-1")
	w.approved("R-2")
	if _, err := erp.CreateOrder(t.Context(), w.write("R-1").Request); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Second)
	writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: w.workflow, Orders: erp, AskBefore: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	w.approved("R-3")
	for w.round(writer) {
	}
	for id, want := range map[string]string{"R-1": "lookup found", "R-2": "lookup absent, send created", "R-3": "send created"} {
		w.wantOrdered(stub, id)
		if got := w.attempts(id); got != want {
			t.Errorf("%s: attempts are %q, want %q", id, got, want)
		}
	}
}

func TestALostAnswerIsLookedUpAfterTheERPsOwnTimeout(t *testing.T) {
	for _, fault := range []connectortest.Fault{connectortest.FaultLost, connectortest.FaultBroken} {
		t.Run(string(fault), func(t *testing.T) {
			w := newWorld(t)
			stub, erp := newERP(t)
			writer := w.writer(erp)
			w.approved("R-1")
			stub.Break(fault, 1)
			w.round(writer)
			if write := w.write("R-1"); write.State != models.WriteUnknown {
				t.Fatalf("the write is %s, want unknown", write.State)
			}
			w.clock.Advance(29 * time.Second)
			if w.round(writer) {
				t.Error("the ERP was asked before its own timeout had passed")
			}
			w.clock.Advance(time.Second)
			w.round(writer)
			w.wantOrdered(stub, "R-1")
			if got := w.attempts("R-1"); got != "send unknown, lookup found" {
				t.Errorf("attempts are %q", got)
			}
		})
	}
}

func TestTheERPIsDownForAMinute(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	writer := w.writer(erp)
	w.approved("R-1")
	stub.Break(connectortest.FaultDown, 0)
	for range 12 {
		w.round(writer)
		w.clock.Advance(5 * time.Second)
	}
	if write := w.write("R-1"); write.State != models.WriteUnknown || write.Attempts < 3 || write.Error == "" {
		t.Errorf("while down the write is %+v", write)
	}
	stub.Break(connectortest.FaultNone, 0)
	w.clock.Advance(2 * time.Minute)
	w.round(writer)
	w.wantOrdered(stub, "R-1")
}

func TestARefusalWaitsForAPerson(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	writer := w.writer(erp)
	w.approved("R-1")
	stub.Break(connectortest.FaultRefuse, 1)
	w.round(writer)
	write := w.write("R-1")
	if write.State != models.WriteFailed || write.Error != "The supplier is blocked." || w.proposal("R-1").State != models.ProposalFailed {
		t.Fatalf("the write is %+v, the proposal %s", write, w.proposal("R-1").State)
	}
	if err := w.workflow.Resubmit(t.Context(), write.ID, "ana", " "); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("resubmitted without a reason: %v", err)
	}
	if err := w.workflow.Resubmit(t.Context(), write.ID, "ana", "supplier released"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Minute)
	w.round(writer)
	w.wantOrdered(stub, "R-1")
	if got := w.attempts("R-1"); got != "send refused, lookup absent, send created" {
		t.Errorf("attempts are %q: the ERP is asked before anything is sent again", got)
	}
	if err := w.workflow.Resubmit(t.Context(), write.ID, "ana", "once more"); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("resubmitting what is ordered: %v, want a conflict", err)
	}
}

func TestDiscard(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	writer := w.writer(erp)
	w.approved("R-1")
	stub.Break(connectortest.FaultLost, 1)
	w.round(writer)
	write := w.write("R-1")
	if err := w.workflow.Discard(t.Context(), write.ID, "ana", "not needed"); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("discarding what the ERP may have: %v, want a failed precondition", err)
	}
	w.clock.Advance(time.Minute)
	w.round(writer)

	w.clock.Advance(time.Minute)
	w.approved("R-2")
	second := w.write("R-2")
	if err := w.workflow.Discard(t.Context(), second.ID, "ana", "not needed"); err != nil {
		t.Fatal(err)
	}
	if w.round(writer) {
		t.Error("a discarded write was taken up")
	}
	if p := w.proposal("R-2"); p.State != models.ProposalRejected {
		t.Errorf("the proposal is %s, want rejected", p.State)
	}
	if got := w.text(`SELECT actor || ' ' || reason FROM audit WHERE action = 'erp_write.discard'`); got != "ana not needed" {
		t.Errorf("the audit row says %q", got)
	}
}

func TestTheERPsEventTellsTheNumber(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	writer := w.writer(erp)
	w.approved("R-1")
	stub.Break(connectortest.FaultLost, 1)
	w.round(writer)
	number := stub.Numbers("TL-R-1")[0]
	for range 2 {
		if err := w.workflow.Ordered(t.Context(), "TL-R-1", number); err != nil {
			t.Fatal(err)
		}
	}
	for _, foreign := range []string{"", "PO 4711", "TL-unheard-of"} {
		if err := w.workflow.Ordered(t.Context(), foreign, "PO-9"); err != nil {
			t.Errorf("reference %q: %v", foreign, err)
		}
	}
	w.wantOrdered(stub, "R-1")
	w.clock.Advance(time.Hour)
	if w.round(writer) {
		t.Error("there was still something to do")
	}
}

// gate is an ERP whose creates wait until they are let through.
type gate struct {
	connector.Orders
	entered, open chan struct{}
}

func (g gate) CreateOrder(ctx context.Context, r models.OrderRequest) (connector.Order, error) {
	g.entered <- struct{}{}
	<-g.open
	return g.Orders.CreateOrder(ctx, r)
}

func TestTwoWorkersNeverHoldOneWrite(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	held := gate{Orders: erp, entered: make(chan struct{}), open: make(chan struct{})}
	w.approved("R-1")
	slow, other := w.writer(held), w.writer(erp)
	done := make(chan error)
	go func() {
		_, err := slow.RunOnce(context.WithoutCancel(t.Context()))
		done <- err
	}()
	<-held.entered
	if w.round(other) {
		t.Error("a second worker took a write that is in another's hands")
	}
	write := w.write("R-1")
	if err := w.workflow.Resubmit(t.Context(), write.ID, "ana", "hurry"); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("resubmitted under a worker's hands: %v, want a conflict", err)
	}
	close(held.open)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.wantOrdered(stub, "R-1")
}

func TestManyWorkersManyWrites(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	ids := []string{"R-1", "R-2", "R-3", "R-4", "R-5", "R-6", "R-7", "R-8"}
	for _, id := range ids {
		w.clock.Advance(time.Second)
		w.approved(id)
	}
	var workers sync.WaitGroup
	for range 4 {
		writer := w.writer(erp)
		workers.Go(func() {
			for more := true; more; {
				var err error
				if more, err = writer.RunOnce(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	for _, id := range ids {
		w.wantOrdered(stub, id)
	}
}

func TestAPausedWorkerDoesNotSendLate(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	w.approved("R-1")
	paused := w.writer(erp)
	paused.OnStep(func(s workflow.Step) {
		if s != workflow.StepLeased {
			return
		}
		w.clock.Advance(time.Hour)
		w.round(w.writer(erp))
	})
	if _, err := paused.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantOrdered(stub, "R-1")
}

var _ workflow.Store = (*store.Workflow)(nil)
