package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

func london(t *testing.T) *models.Calendar {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return &models.Calendar{
		Zone: zone, Days: [7]bool{time.Monday: true, time.Tuesday: true, time.Wednesday: true, time.Thursday: true, time.Friday: true},
		Opens: 8 * time.Hour, Closes: 18 * time.Hour, Holidays: map[string]bool{"2026-12-25": true},
	}
}

func everyDay(c *models.Calendar) {
	c.Days, c.Opens, c.Closes = [7]bool{true, true, true, true, true, true, true}, 0, 24*time.Hour
}

func cutOff(c *models.Calendar) {
	c.CutOffs = []models.DayCutOff{{At: 16 * time.Hour, Ahead: 30 * time.Minute, Fresh: time.Hour}}
}

func TestDueAfter(t *testing.T) {
	for name, tt := range map[string]struct {
		last, want string // both with their offsets
		window     time.Duration
		change     func(*models.Calendar)
	}{
		"within the hours":                       {last: "2026-11-27T10:00:00Z", window: time.Hour, want: "2026-11-27T11:00:00Z"},
		"over the weekend":                       {last: "2026-11-27T17:50:00Z", window: 15 * time.Minute, want: "2026-11-30T08:05:00Z"},
		"as the doors close":                     {last: "2026-11-27T17:45:00Z", window: 15 * time.Minute, want: "2026-11-30T08:00:00Z"},
		"heard at night":                         {last: "2026-11-26T23:30:00Z", window: 15 * time.Minute, want: "2026-11-27T08:15:00Z"},
		"over a holiday and a weekend":           {last: "2026-12-24T17:00:00Z", window: 2 * time.Hour, want: "2026-12-28T09:00:00Z"},
		"longer than a day":                      {last: "2026-11-23T08:00:00Z", window: 25 * time.Hour, want: "2026-11-25T13:00:00Z"},
		"weekend in which clocks go forward":     {last: "2026-03-27T17:30:00Z", window: time.Hour, want: "2026-03-30T08:30:00+01:00"},
		"weekend in which clocks go back":        {last: "2026-10-23T17:30:00+01:00", window: time.Hour, want: "2026-10-26T08:30:00Z"},
		"a day of 23 hours":                      {last: "2026-03-29T00:00:00Z", window: 23 * time.Hour, want: "2026-03-30T00:00:00+01:00", change: everyDay},
		"a day of 25 hours":                      {last: "2026-10-25T00:00:00+01:00", window: 25 * time.Hour, want: "2026-10-26T00:00:00Z", change: everyDay},
		"too old for the cut-off":                {last: "2026-11-27T14:00:00Z", window: 4 * time.Hour, want: "2026-11-27T15:30:00Z", change: cutOff},
		"recent enough for the cut-off":          {last: "2026-11-27T14:30:00Z", window: 3 * time.Hour, want: "2026-11-27T17:30:00Z", change: cutOff},
		"the window ends before the cut-off":     {last: "2026-11-27T13:00:00Z", window: time.Hour, want: "2026-11-27T14:00:00Z", change: cutOff},
		"the cut-off is that of the working day": {last: "2026-11-27T16:30:00Z", window: 20 * time.Hour, want: "2026-11-30T15:30:00Z", change: cutOff},
		"the cut-off of a summer day":            {last: "2026-06-05T13:00:00+01:00", window: 4 * time.Hour, want: "2026-06-05T15:30:00+01:00", change: cutOff},
	} {
		t.Run(name, func(t *testing.T) {
			c := london(t)
			if tt.change != nil {
				tt.change(c)
			}
			if got := c.DueAfter(instant(t, tt.last).UTC(), tt.window); !got.Equal(instant(t, tt.want)) {
				t.Errorf("due %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWithoutACalendarTimeAlwaysRuns(t *testing.T) {
	var c *models.Calendar
	last := instant(t, "2026-12-24T23:00:00Z")
	if got := c.DueAfter(last, 2*time.Hour); !got.Equal(last.Add(2 * time.Hour)) {
		t.Errorf("due %s", got)
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestACalendarIsOpenUntilItCloses(t *testing.T) {
	c := london(t)
	for at, want := range map[string]struct {
		open  bool
		until string
	}{
		"2026-11-27T08:00:00Z": {true, "2026-11-27T18:00:00Z"},
		"2026-11-27T17:59:00Z": {true, "2026-11-27T18:00:00Z"},
		"2026-11-27T18:00:00Z": {false, "2026-11-30T08:00:00Z"},
		"2026-12-25T12:00:00Z": {false, "2026-12-28T08:00:00Z"},
	} {
		if open, until := c.Open(instant(t, at).UTC()); open != want.open || !until.Equal(instant(t, want.until)) {
			t.Errorf("at %s: %t until %s, want %t until %s", at, open, until, want.open, want.until)
		}
	}
	if open, until := (*models.Calendar)(nil).Open(time.Now()); !open || !until.IsZero() {
		t.Errorf("without a calendar: %t until %s", open, until)
	}
}
