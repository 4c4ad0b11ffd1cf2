package erp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/webhook"
)

// TestWhatBecomesOfAnOrderNamesWhatCausedIt follows an order that was asked for in
// a trace, and one that the ERP made by itself, over a restart.
func TestWhatBecomesOfAnOrderNamesWhatCausedIt(t *testing.T) {
	b := newBench(t)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	b.trace = "00-" + trace + "-00f067aa0ba902b7-01"
	asked := b.call(http.MethodPost, "/erp/purchase-orders", b.order("TL-R-7"))
	b.trace = ""
	own := b.call(http.MethodPost, "/erp/purchase-orders", b.order(""))
	if asked.status != http.StatusCreated || own.status != http.StatusCreated {
		t.Fatalf("placed %+v and %+v", asked, own)
	}
	b.pass(24 * time.Hour)
	b.start()
	for range 20 {
		b.pass(24 * time.Hour)
	}
	for number, want := range map[string]struct{ trace, correlation, call string }{asked.Number: {trace, "TL-R-7", "TL-R-7"}, own.Number: {"", own.Number, ""}} {
		cause := want.call
		for _, kind := range []models.EventType{models.TypePurchaseOrder, models.TypeConfirmation, models.TypeASN, models.TypeReceipt} {
			e := firstOf(b, kind, number)
			if want.trace == "" {
				want.trace = e.TraceParent.TraceID() // its order begins one
			}
			if e.ID == "" || e.CausationID != cause || e.CorrelationID != want.correlation || e.TraceParent.TraceID() != want.trace {
				t.Errorf("%s of %s: %+v, want it caused by %q in %+v", kind.Entity(), number, e, cause, want)
			}
			cause = e.ID
		}
	}
}

// firstOf is the first event of a type about an order.
func firstOf(b *bench, kind models.EventType, number string) webhook.Event {
	for _, e := range b.tower.Events() {
		if e.Type == kind && strings.Contains(string(e.Data), `"`+number+`"`) {
			return e
		}
	}
	return webhook.Event{}
}
