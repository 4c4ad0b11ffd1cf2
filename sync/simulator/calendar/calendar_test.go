package calendar_test

import (
	"testing"
	"time"

	"throughline/models/store/storetest"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/simdb"
)

func TestWeekdaysAgreeWithTheData(t *testing.T) {
	data := time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)
	if calendar.Epoch().Weekday() != data.Weekday() {
		t.Errorf("the data begins on a %s, the calendar on a %s", data.Weekday(), calendar.Epoch().Weekday())
	}
	start := calendar.DataDay(calendar.Start())
	if start < calendar.HistoryDays || !calendar.Day(start).Equal(calendar.Start().Truncate(24*time.Hour)) {
		t.Errorf("the start is day %d of the data", start)
	}
}

func TestBusinessTimeStandsStillWhileTheSimulatorIsDown(t *testing.T) {
	db, err := simdb.Open(t.Context(), storetest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	instant := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return instant }
	load := func() *calendar.Clock {
		clock, err := calendar.Load(t.Context(), db, 2*time.Minute, now)
		if err != nil {
			t.Fatal(err)
		}
		return clock
	}
	clock := load()
	instant = instant.Add(3 * time.Minute) // one day and a half
	want := calendar.Start().Add(36 * time.Hour)
	if got := clock.Business(); !got.Equal(want) {
		t.Errorf("business time %s, want %s", got, want)
	}
	if err := clock.Save(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	instant = instant.Add(time.Hour)
	again := load()
	if got := again.Business(); !got.Equal(want) {
		t.Errorf("after an hour's stop business time is %s, want %s", got, want)
	}
	if got := again.Anchored().At(instant.Add(time.Minute)); !got.Equal(want.Add(12 * time.Hour)) {
		t.Errorf("half a day later it is %s", got)
	}
}

func TestLastNightIsNotAfterTheTime(t *testing.T) {
	at := 22 * time.Hour
	monday := time.Date(2026, 6, 8, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ business, want time.Time }{
		{monday.Add(21*time.Hour + 59*time.Minute), monday.Add(-2 * time.Hour)},
		{monday.Add(22 * time.Hour), monday.Add(22 * time.Hour)},
		{monday.Add(30 * time.Hour), monday.Add(22 * time.Hour)},
	} {
		if got := calendar.LastNight(c.business, at); !got.Equal(c.want) {
			t.Errorf("at %s the last night is %s, want %s", c.business, got, c.want)
		}
	}
}
