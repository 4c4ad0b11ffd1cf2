package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

// What a supplier owes is promised by a target that names it; one that names no
// entity, or another, says nothing of it, however specific it is.
func TestATargetWithoutAnEntitySaysNothingOfSuppliers(t *testing.T) {
	targets := models.Targets{
		{Name: "all", Followed: time.Hour}, {Name: "dc", DC: "LON", Followed: 2 * time.Hour}, {Name: "answers", Entity: "confirmation", Followed: 3 * time.Hour},
		{Name: "fresh", Entity: "receipt", DC: "LON", Freshness: time.Hour},
	}
	made := instant(t, "2026-11-27T09:00:00Z")
	for _, tt := range []struct {
		promise models.Promise
		dc      string
		want    time.Duration
	}{
		{models.PromiseConfirmed, "LON", 3 * time.Hour}, {models.PromiseConfirmed, "MAN", 3 * time.Hour}, {models.PromiseAcknowledged, "LON", 8 * time.Hour},
		{models.PromiseReceived, "LON", 8 * time.Hour}, {models.PromiseEvaluated, "LON", 2 * time.Hour}, {models.PromiseOrdered, "MAN", time.Hour},
	} {
		if due := targets.Due(tt.promise, tt.dc, made, 8*time.Hour); due.Sub(made) != tt.want {
			t.Errorf("at %s %s within %s, want %s", tt.dc, tt.promise.Kept, due.Sub(made), tt.want)
		}
	}
	if of := models.PromiseConfirmed.Of(targets); len(of) != 1 || of[0].Name != "answers" {
		t.Errorf("confirmations are promised by %+v", of)
	}
}

// A day ends by the clock of the place that receives.
func TestAnArrivalIsDueAfterItsDayInTheZoneOfItsTarget(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	always := &models.Calendar{Zone: zone, Days: [7]bool{true, true, true, true, true, true, true}, Closes: 24 * time.Hour}
	targets := models.Targets{{Entity: "receipt", DC: "NYC", Followed: 2 * time.Hour, Calendar: always}, {Entity: "receipt", DC: "LON", Followed: 2 * time.Hour}}
	for dc, want := range map[string]string{"NYC": "2026-03-06T07:00:00Z", "LON": "2026-03-06T02:00:00Z", "MAN": "2026-03-07T00:00:00Z"} {
		if due := targets.DueAfterDay(models.PromiseReceived, dc, day, 24*time.Hour); !due.Equal(instant(t, want)) {
			t.Errorf("at %s it is due at %s, want %s", dc, due.UTC(), want)
		}
	}
}

func TestNothingFallsDueBeforeTheSoonest(t *testing.T) {
	c := london(t)
	c.CutOffs = []models.DayCutOff{{At: 16 * time.Hour, Ahead: 30 * time.Minute, Fresh: time.Hour}}
	targets := models.Targets{{Followed: time.Minute}, {Entity: "purchase_order", DC: "LON", Followed: 3 * time.Hour, Calendar: c}}
	if soonest := targets.Soonest(models.PromiseAcknowledged, 8*time.Hour); soonest != time.Hour {
		t.Errorf("the soonest is %s, want that of the cut-off", soonest)
	}
	if soonest := targets.Soonest(models.PromiseConfirmed, 8*time.Hour); soonest != 8*time.Hour {
		t.Errorf("without a target the soonest is %s", soonest)
	}
}
