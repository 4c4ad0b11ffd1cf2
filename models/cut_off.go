package models

import "time"

// NextCutOff is the first instant after another at which the clock on the wall of
// a zone shows a time of day such as 16:00, on a day on which the calendar works;
// false when the time of day cannot be read. Without a calendar every day counts.
// It is in whichever time after is.
func NextCutOff(timeOfDay string, zone *time.Location, calendar *Calendar, after time.Time) (time.Time, bool) {
	clock, err := time.Parse("15:04", timeOfDay)
	if err != nil {
		return time.Time{}, false
	}
	ofDay := time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
	local := &Calendar{Zone: zone}
	for day := local.midday(after, 0); ; day = local.midday(day, 1) {
		if at := local.wall(day, ofDay); at.After(after) && (calendar == nil || calendar.works(day)) {
			return at, true
		}
	}
}
