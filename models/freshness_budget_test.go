package models_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func TestFreshnessIsCountedInMinutesOfItsCalendar(t *testing.T) {
	for name, tt := range map[string]struct {
		calendar *models.Calendar
		arrivals []string
		now      string
		window   time.Duration
		want     models.LateShare
	}{
		"nothing came": {now: "2026-11-27T12:00:00Z", window: time.Hour},
		"always fresh": {arrivals: []string{"2026-11-27T10:00:00Z", "2026-11-27T11:00:00Z"}, now: "2026-11-27T12:00:00Z", window: time.Hour, want: models.LateShare{Events: 120}},
		"stale between two and since": {
			arrivals: []string{"2026-11-27T10:00:00Z", "2026-11-27T11:30:00Z"}, now: "2026-11-27T13:00:00Z", window: time.Hour, want: models.LateShare{Events: 180, Late: 60},
		},
		"a night and a weekend do not count": {
			calendar: london(t), arrivals: []string{"2026-11-27T17:00:00Z", "2026-11-30T09:00:00Z"}, now: "2026-11-30T10:00:00Z", window: 90 * time.Minute,
			want: models.LateShare{Events: 180, Late: 30},
		},
	} {
		age := models.EntityFreshness{Window: tt.window, Calendar: tt.calendar}
		meter := models.NewFreshnessMeter(age)
		for _, at := range tt.arrivals {
			meter.Arrive(instant(t, at))
		}
		now := instant(t, tt.now)
		b := meter.Budget(now, now.Add(-models.BudgetPeriod), [3]time.Time{now.Add(-30 * time.Minute), now, now}, decimal.New(9, -1))
		if b.Period != tt.want {
			t.Errorf("%s: %+v, want %+v", name, b.Period, tt.want)
		}
		if recent := min(tt.want.Late, 30); name == "stale between two and since" && b.Burns[0] != (models.LateShare{Events: 30, Late: recent}) {
			t.Errorf("%s: of the last half hour %+v", name, b.Burns[0])
		}
	}
}

func TestACutOffMakesAShortGapStale(t *testing.T) {
	c := london(t)
	cutOff(c) // from 15:30 on, what is older than an hour
	meter := models.NewFreshnessMeter(models.EntityFreshness{Window: 4 * time.Hour, Calendar: c})
	meter.Arrive(instant(t, "2026-11-27T14:00:00Z"))
	now := instant(t, "2026-11-27T16:00:00Z")
	if b := meter.Budget(now, now.Add(-models.BudgetPeriod), [3]time.Time{now, now, now}, models.Objective); b.Period != (models.LateShare{Events: 120, Late: 30}) {
		t.Errorf("%+v", b.Period)
	}
}

func TestWorkingTime(t *testing.T) {
	for name, tt := range map[string]struct {
		from, to string
		want     time.Duration
		calendar *models.Calendar
	}{
		"without a calendar":     {"2026-11-27T17:00:00Z", "2026-11-30T09:00:00Z", 64 * time.Hour, nil},
		"over a weekend":         {"2026-11-27T17:00:00Z", "2026-11-30T09:00:00Z", 2 * time.Hour, london(t)},
		"within a day":           {"2026-11-27T09:00:00Z", "2026-11-27T09:30:00Z", 30 * time.Minute, london(t)},
		"at night":               {"2026-11-27T19:00:00Z", "2026-11-27T23:00:00Z", 0, london(t)},
		"backwards":              {"2026-11-27T10:00:00Z", "2026-11-27T09:00:00Z", 0, london(t)},
		"over a holiday":         {"2026-12-24T17:00:00Z", "2026-12-28T08:30:00Z", 90 * time.Minute, london(t)},
		"over a change of clock": {"2026-10-23T17:00:00+01:00", "2026-10-26T09:00:00Z", 2 * time.Hour, london(t)},
	} {
		if got := tt.calendar.Working(instant(t, tt.from), instant(t, tt.to)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
