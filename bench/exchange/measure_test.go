package main

import (
	"testing"
	"time"

	"throughline/models"
)

func TestRowsOfOneFileDoNotMakeTheGapShort(t *testing.T) {
	from := monday()
	to := from.Add(10 * time.Hour)
	var times []time.Time
	for i := range 1000 {
		times = append(times, from.Add(7*time.Hour+time.Duration(i)*time.Millisecond))
	}
	if got := typicalGap(from, to, times); got != 7*time.Hour {
		t.Errorf("one file at seven: %s", got)
	}
	times = nil
	for i := range 120 {
		times = append(times, from.Add(time.Duration(i)*5*time.Minute))
	}
	if got := typicalGap(from, to, times); got != 5*time.Minute {
		t.Errorf("every five minutes: %s", got)
	}
	if got := typicalGap(from, to, nil); got != 10*time.Hour {
		t.Errorf("nothing came: %s", got)
	}
}

func TestQuantiles(t *testing.T) {
	var s spread
	if s.text() != "none" {
		t.Errorf("of none: %s", s.text())
	}
	for i := range 100 {
		s.add(time.Duration(100-i) * time.Hour)
	}
	if got := s.text(); got != "51.0 h / 96.0 h" {
		t.Errorf("of a hundred: %s", got)
	}
}

func TestPeopleWorkTwiceAWorkingDay(t *testing.T) {
	day := monday().Truncate(businessDay)
	for _, c := range []struct{ business, want time.Time }{
		{day.Add(9 * time.Hour), time.Time{}},
		{day.Add(10 * time.Hour), day.Add(10 * time.Hour)},
		{day.Add(14 * time.Hour), day.Add(10 * time.Hour)},
		{day.Add(23 * time.Hour), day.Add(15 * time.Hour)},
		{day.AddDate(0, 0, -1).Add(11 * time.Hour), time.Time{}},
	} {
		if got := lastRound(c.business); !got.Equal(c.want) {
			t.Errorf("at %s the last round is %s, want %s", c.business, got, c.want)
		}
	}
}

func TestBusinessTimeGoesBothWays(t *testing.T) {
	now := time.Now()
	m := measure{clock: models.BusinessClock{Real: now, Business: begins(), Day: 20 * time.Second}}
	if got := m.business(10 * time.Second); got != 12*time.Hour {
		t.Errorf("ten seconds are %s", got)
	}
	if got := realOf(m.clock, begins().Add(businessDay)).Sub(now); got != 20*time.Second {
		t.Errorf("a day from the beginning is in %s", got)
	}
}
