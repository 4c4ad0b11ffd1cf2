package replenishment_test

import (
	"net/http"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
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

func TestOneConfirmationIsRefusedForGood(t *testing.T) {
	b := newBench(t)
	if _, err := b.board.Trigger(t.Context(), fault.RefusedEvent, fault.ByRequest); err != nil {
		t.Fatal(err)
	}
	b.deliver(b.balance("DC-LON", 1, 100))
	confirmation := func(order string) webhook.Event {
		e := towertest.Event(t, "confirms-"+order, models.TypeConfirmation, models.Confirmation{Order: order, Line: 1, Quantity: pieces(48), PromisedDate: "2026-03-09"})
		e.Subject = order
		return e
	}
	for range 2 {
		status := towertest.Deliver(t, b.url+"/webhooks", towertest.Secret, b.balance("DC-LON", 2, 90), confirmation("PO-1"))
		if status != http.StatusUnprocessableEntity {
			t.Errorf("answered %d", status)
		}
	}
	b.deliver(confirmation("PO-2"))
	log, err := b.board.Log(t.Context(), 1)
	if err != nil || log[0].Target != "PO-1" {
		t.Errorf("the log says %+v, %v", log, err)
	}
}
