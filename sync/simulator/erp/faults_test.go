package erp_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

func TestLostAnswerLeavesOneOrder(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.LostAnswer)
	if a, err := b.try(http.MethodPost, "/erp/purchase-orders", b.order("TL-1")); err == nil {
		t.Fatalf("the answer came: %+v", a)
	}
	if found := b.call(http.MethodGet, "/erp/orders?reference=TL-1", nil); len(found.Orders) != 1 {
		t.Errorf("found %+v", found)
	}
	if a := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-3")); a.status != http.StatusCreated {
		t.Errorf("the next order: %+v", a)
	}
}

func TestShortConfirmationIsAcceptedOrChased(t *testing.T) {
	b := newBench(t)
	placed := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	if number := b.trigger(fault.ShortConfirmation); number != placed.Number {
		t.Errorf("short is %s, not the tower's own %s", number, placed.Number)
	}
	b.pass(0)
	last := lastConfirmation(b, placed.Number)
	if last.Quantity.String() != "24" {
		t.Fatalf("confirmed %s of 48", last.Quantity)
	}
	path := "/erp/orders/" + placed.Number + "/confirmations/"
	if a := b.call(http.MethodPost, path+"chase", map[string]int{"line": 1}); a.status != http.StatusOK {
		t.Errorf("chase %+v", a)
	}
	b.pass(time.Hour)
	if last = lastConfirmation(b, placed.Number); last.Quantity.String() != "48" {
		t.Errorf("after the chase %s", last.Quantity)
	}
	if a := b.call(http.MethodPost, path+"accept", map[string]int{"line": 1}); a.status != http.StatusOK {
		t.Errorf("accept %+v", a)
	}
	if a := b.call(http.MethodPost, "/erp/orders/PO-0/confirmations/accept", map[string]int{"line": 1}); a.status != http.StatusNotFound {
		t.Errorf("accept of nothing %+v", a)
	}
}

func lastConfirmation(b *bench, number string) (last models.Confirmation) {
	for _, c := range told[models.Confirmation](b, models.TypeConfirmation) {
		if c.Order == number {
			last = c
		}
	}
	return last
}

func TestFaultsOfTheEvents(t *testing.T) {
	b := newBench(t)
	b.publish()
	before := len(b.tower.Events())
	b.trigger(fault.MalformedEvent)
	unknown := b.trigger(fault.UnknownItem)
	b.trigger(fault.OutOfOrderBurst)
	lost := b.trigger(fault.LostBalance)
	b.publish()
	events := b.tower.Events()[before:]
	if len(events) != 2+50 {
		t.Fatalf("%d events came; one was to be lost", len(events))
	}
	if events[1].Subject != unknown {
		t.Errorf("unknown item %s, want %s", events[1].Subject, unknown)
	}
	backwards := 0
	for i := 2; i < len(events); i += 2 {
		if versionOf(t, events[i]) > versionOf(t, events[i+1]) {
			backwards++
		}
	}
	if backwards != 25 {
		t.Errorf("%d of 25 pairs are out of order", backwards)
	}
	if lost == "" {
		t.Error("nobody says what was lost")
	}
	var counted int
	if err := b.db.QueryRow(t.Context(), "SELECT sum(events) FROM sent_totals").Scan(&counted); err != nil {
		t.Fatal(err)
	}
	if came := len(b.tower.Events()); counted != came+1 {
		t.Errorf("the ERP counts %d events, %d came and one was lost", counted, came)
	}
	b.pass(24*time.Hour + time.Minute)
	if !slices.ContainsFunc(told[models.ItemChanged](b, models.TypeItemChanged), func(i models.ItemChanged) bool {
		return i.Item+"/" == unknown[:len(i.Item)+1]
	}) {
		t.Error("the unknown item stays unknown")
	}
}

func versionOf(t *testing.T, event webhook.Event) int64 {
	return towertest.Data[models.InventoryBalance](t, event).Version
}

func TestOutageStopsEverythingAndIsCaughtUp(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.ERPDown)
	if a := b.call(http.MethodGet, "/erp/orders/count", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("answer %+v", a)
	}
	b.pass(30 * time.Second)
	if n := len(told[models.SalesOrder](b, models.TypeSalesOrder)); n != 0 {
		t.Errorf("%d sales while it is down", n)
	}
	b.pass(12 * time.Hour)
	if n := len(told[models.SalesOrder](b, models.TypeSalesOrder)); n == 0 {
		t.Error("nothing was caught up")
	}
}
