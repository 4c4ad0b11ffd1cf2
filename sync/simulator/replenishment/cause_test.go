package replenishment_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/simulator/towertest"
	"throughline/sync/simulator/webhook"
)

// TestAnEvaluationNamesTheEventThatItFollowsFrom looks at a revision first, then at
// stock that fell, over a restart: the recommendation follows from its evaluation.
func TestAnEvaluationNamesTheEventThatItFollowsFrom(t *testing.T) {
	b := newBench(t)
	caused := func(e webhook.Event, id, trace string) webhook.Event {
		e.ID, e.TraceParent, e.CorrelationID = id, models.TraceParent("00-"+trace+"-00f067aa0ba902b7-01"), "case-"+id
		return e
	}
	const ofStock, ofRevision = "4bf92f3577b34da6a3ce929d0e0e4736", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	b.deliver(caused(b.balance("DC-LON", 1, 500), "bal-1", ofStock), caused(b.tenADay("DC-LON", 1), "rev-1", ofRevision))
	b.pass(time.Second)
	b.start()
	b.deliver(caused(b.balance("DC-LON", 2, 80), "bal-2", ofStock))
	for range 48 { // each item has a minute of the day of its own
		b.pass(time.Hour)
	}

	events := b.tower.Events()
	if len(events) != 3 {
		t.Fatalf("the engine said %+v", events)
	}
	offered := models.OrderReference(recommended(t, events[2]))
	for i, want := range []struct{ cause, trace, correlation string }{
		{"rev-1", ofRevision, "case-rev-1"}, {"bal-2", ofStock, offered}, {events[1].ID, ofStock, offered},
	} {
		if e := events[i]; e.CausationID != want.cause || e.TraceParent.TraceID() != want.trace || e.CorrelationID != want.correlation {
			t.Errorf("%s %s: %q in %s, case %q; want %+v", e.Type.Entity(), e.ID, e.CausationID, e.TraceParent, e.CorrelationID, want)
		}
	}
}

func recommended(t *testing.T, e webhook.Event) string {
	t.Helper()
	return towertest.Data[models.Recommendation](t, e).Recommendation
}
