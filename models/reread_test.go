package models_test

import (
	"strings"
	"testing"

	"throughline/models"
)

// What is not decided, or waits, may yet change something: neither yes nor no is true.
func TestARereadTellsWhatItChangesOnceThatIsDecided(t *testing.T) {
	for state, want := range map[string]struct{ changed, known bool }{
		"applied": {true, true}, "superseded": {false, true}, "discarded": {false, true}, "delivered": {true, true},
		"pending": {}, "parked": {}, "waiting": {}, "held": {},
	} {
		r := models.Reread{Item: "A", DC: "LON", Outcome: models.ReplayResult{Seq: 7, State: state}}
		if state == "delivered" {
			r.Copy = "replenishment"
		}
		if changed, known := r.Changed(); changed != want.changed || known != want.known {
			t.Errorf("%s: changed %t, known %t", state, changed, known)
		}
		if strings.Contains(r.Sentence(), "unknown yet") == want.known {
			t.Errorf("%s: %s", state, r.Sentence())
		}
	}
}
