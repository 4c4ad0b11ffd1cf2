package watch_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/watch"
)

// TestACutOffIsByTheClockOfTheDC lets a revision have no influence and an order not
// be acknowledged in summer, when four o'clock in London is three in UTC.
func TestACutOffIsByTheClockOfTheDC(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(cfg *watch.Config) { cfg.Clock.Business = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC) })
	w.sql(`UPDATE locations SET time_zone = 'Europe/London'`)
	w.sql(`UPDATE orders SET transmitted_at = $1 WHERE number = 'PO-2'`, w.now)
	w.revision("C3", 5, 80)
	w.sweep()
	w.wait(3 * time.Minute)
	w.sweep()
	for _, code := range []models.ExceptionCode{models.ExceptionNoInfluence, models.ExceptionUnacknowledged} {
		found := w.kind(code)
		if len(found) != 1 || found[0].ConsequenceAt == nil || found[0].ConsequenceAt.In(london).Format("15:04") != "16:00" {
			t.Errorf("%s has a consequence at another time than the cut-off: %+v", code, found)
		}
	}
}
