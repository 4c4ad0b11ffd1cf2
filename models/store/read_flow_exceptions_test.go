package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// TestWhatIsNotDeliveredCountsForItsRoute has a route of the name of a source.
func TestWhatIsNotDeliveredCountsForItsRoute(t *testing.T) {
	d := newDesk(t)
	d.sweep(models.AssessedSignal{Signal: models.Signal{
		Code: models.ExceptionNoInfluence, Key: "undelivered|replenishment", Title: "t", Happened: "h", Subject: models.ExceptionSubject{Source: "replenishment"},
	}, Severity: models.Severity{Priority: models.PriorityP2, Consequence: models.ConsequenceEffect, Why: "w"}})
	flows, err := store.NewAlarms(d.db).ByFlow(t.Context(), d.now.Add(-time.Hour), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flows {
		if f.Kind == models.HopSource {
			t.Errorf("the source of its name is charged with it: %+v", f)
		}
	}
	find(t, flows, "route replenishment", func(f models.FlowExceptions) bool {
		return f.Kind == models.HopRoute && f.Name == "replenishment" && f.Exceptions == 1
	})
}
