package workflow_test

import (
	"testing"

	"throughline/models"
	"throughline/sync/workflow"
)

func TestOrdersWaitWhileTheERPIsPaused(t *testing.T) {
	w := newWorld(t)
	stub, erp := newERP(t)
	paused := true
	writer, err := workflow.NewWriter(workflow.WriterConfig{Workflow: w.workflow, Orders: erp, Paused: func() bool { return paused }})
	if err != nil {
		t.Fatal(err)
	}
	w.approved("R-1")
	if w.round(writer) || len(stub.Numbers(models.OrderReference("R-1"))) != 0 || w.write("R-1").State != models.WriteIntent {
		t.Errorf("a paused ERP is written to: %v, the write is %s", stub.Numbers(models.OrderReference("R-1")), w.write("R-1").State)
	}
	paused = false
	w.round(writer)
	w.wantOrdered(stub, "R-1")
}
