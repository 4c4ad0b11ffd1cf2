package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

// arriving is what came at moments of an hour's beginning, with so many events each.
func arriving(events int64, moments ...time.Duration) models.Cadence {
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var c models.Cadence
	for hour := range 24 {
		var slots models.ArrivalSlots
		var came int64
		for _, m := range moments {
			if at := midnight.Add(m); at.Hour() == hour {
				slots.Set(at)
				came += events
			}
		}
		c.Add(midnight.Add(time.Duration(hour)*time.Hour), slots, came)
	}
	return c
}

func TestRowsOfOneFileAreOneArrival(t *testing.T) {
	var moments []time.Duration
	for hour := range 10 {
		for second := range 30 {
			moments = append(moments, time.Duration(hour)*time.Hour+time.Duration(second)*time.Second)
		}
	}
	c := arriving(20, moments...)
	usual, long := c.Typical()
	if usual != 59*time.Minute+40*time.Second || long != usual || c.Pace() != models.PaceBatches || c.Events != 6000 || c.Slots != 30 {
		t.Errorf("every hour a file: usual %s, long %s, %s, %d events in %d slots", usual, long, c.Pace(), c.Events, c.Slots)
	}
}

func TestWhatComesAllTheTimeIsAStream(t *testing.T) {
	var moments []time.Duration
	for i := range 1000 {
		moments = append(moments, time.Duration(i)*5*time.Second)
	}
	c := arriving(50, moments...)
	if usual, long := c.Typical(); usual != models.ArrivalSlot || long != models.ArrivalSlot || c.Pace() != models.PaceStream {
		t.Errorf("usual %s, long %s, %s", usual, long, c.Pace())
	}
	moments = nil
	for i := range 20 {
		moments = append(moments, time.Duration(i)*5*time.Minute)
	}
	c = arriving(1, append(moments, 10*time.Hour)...)
	if usual, long := c.Typical(); usual != 10*time.Hour-95*time.Minute || long != usual || c.Pace() != models.PaceStream {
		t.Errorf("single events and one long silence: usual %s, long %s, %s", usual, long, c.Pace())
	}
}

func TestOneArrivalHasNoCadence(t *testing.T) {
	for _, c := range []models.Cadence{{}, arriving(100, 3*time.Hour)} {
		if usual, long := c.Typical(); usual != 0 || long != 0 || c.Pace() != "" {
			t.Errorf("usual %s, long %s, %q", usual, long, c.Pace())
		}
	}
}
