package models

import "time"

// Calendar says when a place or a system works, in its own time zone. It speaks
// of real time, but for what is promised by the business clock. A nil Calendar
// always works and has no cut-offs.
type Calendar struct {
	Name     string // as it is declared
	Zone     *time.Location
	Days     [7]bool         // by time.Weekday; one works at least
	Opens    time.Duration   // by the clock on the wall, since midnight
	Closes   time.Duration   // after Opens, 24 h at most
	Holidays map[string]bool // such as 2026-12-25
	CutOffs  []DayCutOff
}

// DayCutOff is a time of each working day at which what was heard must be recent.
type DayCutOff struct {
	At    time.Duration // by the clock on the wall, since midnight
	Ahead time.Duration // how long before it a figure counts as late, so that somebody can still act
	Fresh time.Duration // how old the figure may be then
}

// DueAfter is when something last heard at an instant becomes late: when window
// has passed in working time, or ahead of a cut-off for which it is too old.
// It never lies outside of the working hours, unless a cut-off does.
func (c *Calendar) DueAfter(last time.Time, window time.Duration) time.Time {
	due := c.after(last, window)
	if c == nil {
		return due
	}
	for day := c.midday(last, 0); !c.wall(day, 0).After(due); day = c.midday(day, 1) {
		if !c.works(day) {
			continue
		}
		for _, cut := range c.CutOffs {
			at := c.wall(day, cut.At).Add(-cut.Ahead)
			if at.After(last.Add(cut.Fresh)) && at.Before(due) {
				due = at
			}
		}
	}
	return due
}

// after is the instant at which so much working time has passed since from. What
// would end as the doors close ends when they open again.
func (c *Calendar) after(from time.Time, working time.Duration) time.Time {
	if c == nil {
		return from.Add(working)
	}
	for day := c.midday(from, 0); ; day = c.midday(day, 1) {
		opens, closes := c.wall(day, c.Opens), c.wall(day, c.Closes)
		if !c.works(day) || !from.Before(closes) {
			continue
		}
		if from.Before(opens) {
			from = opens
		}
		left := closes.Sub(from)
		if working < left {
			return from.Add(working)
		}
		working -= left
		from = closes
	}
}

// Working is how much working time lies between two instants, 0 when the second
// is not the later one.
func (c *Calendar) Working(from, to time.Time) time.Duration {
	if c == nil {
		return max(to.Sub(from), 0)
	}
	var sum time.Duration
	for day := c.midday(from, 0); c.wall(day, 0).Before(to); day = c.midday(day, 1) {
		if !c.works(day) {
			continue
		}
		opens, closes := c.wall(day, c.Opens), c.wall(day, c.Closes)
		if from.After(opens) {
			opens = from
		}
		if to.Before(closes) {
			closes = to
		}
		sum += max(closes.Sub(opens), 0)
	}
	return sum
}

// Open tells whether it works at an instant, and until when that holds: the zero
// time for ever, as of a nil Calendar.
func (c *Calendar) Open(at time.Time) (open bool, until time.Time) {
	if c == nil {
		return true, time.Time{}
	}
	if next := c.after(at, 0); next.After(at) {
		return false, next
	}
	return true, c.wall(c.midday(at, 0), c.Closes)
}

func (c *Calendar) works(day time.Time) bool {
	return c.Days[day.Weekday()] && !c.Holidays[day.Format(time.DateOnly)]
}

// midday stands for a day: no time zone leaves it out or has it twice.
func (c *Calendar) midday(at time.Time, days int) time.Time {
	y, m, d := at.In(c.Zone).Date()
	return time.Date(y, m, d+days, 12, 0, 0, 0, c.Zone)
}

// wall is when the clock on the wall shows a time of a day. It is not midnight
// plus that time where the clocks are changed.
func (c *Calendar) wall(day time.Time, clock time.Duration) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, 0, 0, int(clock.Seconds()), 0, c.Zone)
}
