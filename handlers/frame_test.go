package handlers_test

import (
	"testing"
	"time"

	"throughline/handlers"
	"throughline/models"
	"throughline/views/layout"
)

func TestClockSaysTheExchangeThatIsNotLive(t *testing.T) {
	now := time.Date(2026, 6, 8, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		day      time.Duration
		exchange string
		want     string
	}{
		{2 * time.Minute, "", "1 day = 2 min"},
		{2 * time.Minute, "nightly files", "1 day = 2 min · nightly files"},
		{24 * time.Hour, "", ""},
	} {
		frame := &handlers.Frame{Exchange: c.exchange, Clock: func() models.BusinessClock {
			return models.BusinessClock{Real: now, Business: now, Day: c.day}
		}}
		if got := frame.ShownClock(now); got.Rate != c.want || (c.want == "") != (got == layout.Clock{}) {
			t.Errorf("a day of %s, %q: %+v", c.day, c.exchange, got)
		}
	}
}
