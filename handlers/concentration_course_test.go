package handlers

import (
	"testing"
	"time"
)

func TestTheCourseGoesByBusinessDaysWeeksFromMondayAndMonths(t *testing.T) {
	day := func(text string) time.Time {
		t.Helper()
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		by, day     string
		points      int
		first, last string
	}{
		{"", "2026-03-31", 28, "2026-03-04", "2026-03-31"}, {"fortnight", "2026-03-31", 28, "2026-03-04", "2026-03-31"},
		{"week", "2026-03-29", 13, "2025-12-29", "2026-03-23"}, // a Sunday
		{"week", "2026-03-30", 13, "2026-01-05", "2026-03-30"}, // a Monday
		{"month", "2026-03-31", 12, "2025-04-01", "2026-03-01"},
	} {
		begins := concentrationCut{by: c.by}.step().begins(day(c.day))
		if len(begins) != c.points || !begins[0].Equal(day(c.first)) || !begins[c.points-1].Equal(day(c.last)) {
			t.Errorf("by %q on %s: %v", c.by, c.day, begins)
		}
	}
}
