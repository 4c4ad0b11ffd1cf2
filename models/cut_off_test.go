package models_test

import (
	"testing"

	"throughline/models"
)

func TestNextCutOff(t *testing.T) {
	working := london(t)
	for name, tt := range map[string]struct {
		after, want string // both with their offsets; no want: it cannot be told
		ofDay       string
		calendar    *models.Calendar
	}{
		"in winter":                            {after: "2026-01-14T15:30:00Z", ofDay: "16:00", want: "2026-01-14T16:00:00Z"},
		"in summer it is an hour sooner":       {after: "2026-06-03T14:30:00Z", ofDay: "16:00", want: "2026-06-03T16:00:00+01:00"},
		"it has passed in summer":              {after: "2026-06-03T15:30:00Z", ofDay: "16:00", want: "2026-06-04T16:00:00+01:00"},
		"just now counts as passed":            {after: "2026-01-14T16:00:00Z", ofDay: "16:00", want: "2026-01-15T16:00:00Z"},
		"tomorrow in London, today elsewhere":  {after: "2026-06-03T23:30:00Z", ofDay: "00:15", want: "2026-06-05T00:15:00+01:00"},
		"over the day the clocks go forward":   {after: "2026-03-28T16:30:00Z", ofDay: "16:00", want: "2026-03-29T16:00:00+01:00"},
		"over the day the clocks go back":      {after: "2026-10-24T16:30:00+01:00", ofDay: "16:00", want: "2026-10-25T16:00:00Z"},
		"over a weekend":                       {after: "2026-01-16T16:30:00Z", ofDay: "16:00", want: "2026-01-19T16:00:00Z", calendar: working},
		"over a holiday and a weekend":         {after: "2026-12-24T16:30:00Z", ofDay: "16:00", want: "2026-12-28T16:00:00Z", calendar: working},
		"over the weekend the clocks go ahead": {after: "2026-03-27T16:30:00Z", ofDay: "16:00", want: "2026-03-30T16:00:00+01:00", calendar: working},
		"no time of day":                       {after: "2026-01-14T15:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			got, told := models.NextCutOff(tt.ofDay, working.Zone, tt.calendar, instant(t, tt.after).UTC())
			if told != (tt.want != "") || told && !got.Equal(instant(t, tt.want)) {
				t.Errorf("at %s (%t), want %s", got, told, tt.want)
			}
		})
	}
}
