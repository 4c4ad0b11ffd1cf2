package replenishment_test

import (
	"net/http"
	"testing"
	"time"

	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/towertest"
)

func TestStuckEngineTakesInAndEvaluatesLater(t *testing.T) {
	b := newBench(t)
	if _, err := b.board.TriggerFor(t.Context(), fault.StuckEngine, fault.ByRequest, time.Minute); err != nil {
		t.Fatal(err)
	}
	b.deliver(b.balance("DC-LON", 1, 100), b.tenADay("DC-LON", 1))
	if evaluations, _ := b.pass(time.Second); len(evaluations) != 0 {
		t.Errorf("it evaluated %+v", evaluations)
	}
	if evaluations, _ := b.pass(time.Minute); len(evaluations) != 1 {
		t.Errorf("afterwards it evaluated %+v", evaluations)
	}
}

func TestRefusedDeliveriesAreTakenWhenTheyComeAgain(t *testing.T) {
	b := newBench(t)
	if _, err := b.board.TriggerFor(t.Context(), fault.RefusedDeliveries, fault.ByRequest, time.Minute); err != nil {
		t.Fatal(err)
	}
	events := b.balance("DC-LON", 1, 100)
	if status := towertest.Deliver(t, b.url+"/webhooks", towertest.Secret, events); status != http.StatusServiceUnavailable {
		t.Errorf("answered %d", status)
	}
	b.real = b.real.Add(time.Minute)
	b.deliver(events)
}
