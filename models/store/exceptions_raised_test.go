package store_test

import (
	"testing"
	"time"

	"throughline/models"
)

func TestRaisedTellsWhatStandsAndWhatWasResolvedSince(t *testing.T) {
	d := newDesk(t)
	signal := models.AssessedSignal{Signal: models.Signal{
		Code: models.ExceptionSourceSilent, Key: "erp|DC-LON", Title: "t", Happened: "h", Subject: models.ExceptionSubject{Source: "erp", DC: "DC-LON"},
	}, Severity: models.Severity{Priority: models.PriorityP2, Consequence: models.ConsequenceEffect, Why: "w"}}
	read := func(since time.Time) int {
		t.Helper()
		raised, err := d.Raised(t.Context(), since)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range raised {
			if r.Key != "API-01|erp|DC-LON" || r.Subject.DC != "DC-LON" || r.OpenedAt.IsZero() {
				t.Errorf("raised %+v", r)
			}
		}
		return len(raised)
	}
	d.sweep(signal)
	if n := read(d.now.Add(time.Hour)); n != 1 {
		t.Errorf("%d stand", n)
	}
	d.sweep()
	if n := read(d.now.Add(time.Hour)); n != 0 {
		t.Errorf("%d are told of an hour after they cleared", n)
	}
	if n := read(d.now.Add(-time.Minute)); n != 1 {
		t.Errorf("%d were resolved in the last minute", n)
	}
}
