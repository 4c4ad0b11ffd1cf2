package erp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/connector"
	"throughline/sync/connector/rest"
	"throughline/sync/simulator/fault"
)

const day = 24 * time.Hour

func TestRefusedOrderIsRefusedOnceAndNamed(t *testing.T) {
	b := newBench(t)
	b.trigger(fault.RefusedOrder)
	if a := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1")); a.status != http.StatusUnprocessableEntity || a.Code != "item_blocked" {
		t.Fatalf("the order was answered %+v", a)
	}
	if log, err := b.board.Log(t.Context(), 1); err != nil || log[0].Target != "TL-1" {
		t.Errorf("the log says %+v, %v", log, err)
	}
	if a := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1")); a.status != http.StatusCreated {
		t.Errorf("sent again: %+v", a)
	}
}

func TestDoubledOrderIsTwoThatAreAlike(t *testing.T) {
	b := newBench(t)
	first, second, _ := strings.Cut(b.trigger(fault.DoubledOrder), " ")
	b.publish()
	orders := map[string]models.OrderChanged{}
	for _, o := range told[models.OrderChanged](b, models.TypePurchaseOrder) {
		orders[o.Order] = o
	}
	one, other := orders[first], orders[second]
	if first == second || len(one.Lines) != 1 || len(other.Lines) != 1 {
		t.Fatalf("%q and %q are %+v and %+v", first, second, one, other)
	}
	if x, y := one.Lines[0], other.Lines[0]; one.DC != other.DC || x.Item != y.Item || !x.Quantity.Equal(y.Quantity) || x.NeedBy != y.NeedBy {
		t.Errorf("%+v is not like %+v", one, other)
	}
}

func TestLostAcknowledgementIsFollowedByTheAnswer(t *testing.T) {
	b := newBench(t)
	number, _, _ := strings.Cut(b.trigger(fault.LostAcknowledgement), "/")
	b.pass(day - time.Hour)
	for _, o := range told[models.OrderChanged](b, models.TypePurchaseOrder) {
		if o.Order == number && (o.TransmittedAt == nil || o.AcknowledgedAt != nil) {
			t.Errorf("transmitted at %v, acknowledged at %v", o.TransmittedAt, o.AcknowledgedAt)
		}
	}
	if c := lastConfirmation(b, number); c.Order != "" {
		t.Errorf("it was answered: %+v", c)
	}
	b.pass(time.Hour + time.Minute)
	if c := lastConfirmation(b, number); c.Order == "" {
		t.Error("it is never answered")
	}
}

// What was lost on its way is acknowledged once it is transmitted again, which is once
// for each time that is named.
func TestWhatIsTransmittedAgainIsAcknowledged(t *testing.T) {
	b := newBench(t)
	number, _, _ := strings.Cut(b.trigger(fault.LostAcknowledgement), "/")
	b.pass(9 * time.Hour)
	first := lastOrder(b, number)
	tower, err := rest.NewERP(rest.Config{BaseURL: b.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	again, err := tower.TransmitAgain(t.Context(), number, *first.TransmittedAt)
	if err != nil || !again.After(*first.TransmittedAt) {
		t.Fatalf("transmitted again at %s, %v", again, err)
	}
	b.pass(time.Minute)
	if same, err := tower.TransmitAgain(t.Context(), number, *first.TransmittedAt); err != nil || !same.Equal(again) {
		t.Errorf("asked about the same time again: %s, %v; want %s", same, err, again)
	}
	b.pass(20 * time.Minute)
	if o := lastOrder(b, number); o.AcknowledgedAt == nil || !o.TransmittedAt.Equal(again) {
		t.Errorf("transmitted at %s and acknowledged at %v", o.TransmittedAt, o.AcknowledgedAt)
	}
	for _, refused := range []string{number, "PO-0"} {
		if _, err := tower.TransmitAgain(t.Context(), refused, b.real); connector.ClassOf(err) != connector.ClassPermanent {
			t.Errorf("%s: %v, want a refusal", refused, err)
		}
	}
}

// lastOrder is what the tower was told of an order last.
func lastOrder(b *bench, number string) (last models.OrderChanged) {
	for _, o := range told[models.OrderChanged](b, models.TypePurchaseOrder) {
		if o.Order == number {
			last = o
		}
	}
	return last
}

func TestAnOrderThatWasLostOnItsWayIsNotConfirmedShort(t *testing.T) {
	b := newBench(t)
	lost, _, _ := strings.Cut(b.trigger(fault.LostAcknowledgement), "/")
	for range 100 { // until no other order waits for an answer and the ERP's own buyer places one
		short := b.trigger(fault.ShortConfirmation)
		if short == lost {
			t.Fatalf("%s is answered short, and its supplier does not have it", short)
		}
		if short > lost {
			return
		}
	}
	t.Error("there is always another order")
}

func TestMuteSupplierAnswersAWeekLater(t *testing.T) {
	b := newBench(t)
	placed := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	if number := b.trigger(fault.MuteSupplier); number != placed.Number {
		t.Errorf("mute is %s, not the tower's own %s", number, placed.Number)
	}
	b.pass(6 * day)
	if c := lastConfirmation(b, placed.Number); c.Order != "" {
		t.Errorf("it was answered: %+v", c)
	}
	b.pass(day + time.Minute)
	if c := lastConfirmation(b, placed.Number); c.Order == "" {
		t.Error("it is never answered")
	}
}

func TestLateShipmentArrivesAWeekAfterItsDay(t *testing.T) {
	b := newBench(t)
	var number string
	for range 40 { // until something is on its way
		b.pass(6 * time.Hour)
		entry, err := b.board.Trigger(t.Context(), fault.LateShipment, fault.ByRequest)
		if number = entry.Target; err == nil {
			break
		}
		if models.CodeOf(err) != models.CodeConflict {
			t.Fatal(err)
		}
	}
	received := func() bool {
		for _, r := range told[models.GoodsReceipt](b, models.TypeReceipt) {
			if r.Order == number {
				return true
			}
		}
		return false
	}
	var eta time.Time
	for _, a := range told[models.ASN](b, models.TypeASN) {
		if a.Order == number {
			eta, _ = time.Parse(time.DateOnly, a.ETA)
		}
	}
	if eta.IsZero() {
		t.Fatalf("%q was not announced", number)
	}
	b.passTo(eta.AddDate(0, 0, 6))
	if received() {
		t.Error("it came in time")
	}
	b.passTo(eta.AddDate(0, 0, 8))
	if !received() {
		t.Error("it never came")
	}
}

// passTo lets time pass until a business time.
func (b *bench) passTo(business time.Time) {
	b.t.Helper()
	b.pass(business.Sub(b.clock.At(b.real)))
}

func TestTruthNamesWhatWasConfirmedShort(t *testing.T) {
	b := newBench(t)
	placed := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-1"))
	differs := func() bool {
		truth, err := b.erp.Truth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range truth.Gaps {
			if g.Order == placed.Number {
				return true
			}
		}
		return false
	}
	if differs() {
		t.Error("it differs before it was answered")
	}
	b.trigger(fault.ShortConfirmation)
	b.pass(0)
	if !differs() {
		t.Error("half of it was confirmed and nothing differs")
	}
}
