package models

import "time"

// BusinessClock maps real time to business time: lead times, cut-offs, hours
// to stockout and need-by dates run on it; ages, latencies and retries never
// do. In production Day is 24 h and both run alike. It is a value without
// state and safe for concurrent use.
type BusinessClock struct {
	Real     time.Time     `json:"real"`     // the instant at which business time was Business
	Business time.Time     `json:"business"` // business time at Real
	Day      time.Duration `json:"day"`      // the real length of one business day
}

// RealTime is the clock of production: business time is real time.
func RealTime() BusinessClock { return BusinessClock{Day: 24 * time.Hour} }

// At is the business time at a real instant.
func (c BusinessClock) At(instant time.Time) time.Time {
	if c.Day == 24*time.Hour && c.Real.Equal(c.Business) {
		return instant
	}
	elapsed := instant.Sub(c.Real)
	days := int64(elapsed / c.Day)
	rest := elapsed % c.Day
	scaled := time.Duration(float64(rest) / float64(c.Day) * float64(24*time.Hour))
	return c.Business.Add(time.Duration(days)*24*time.Hour + scaled)
}

// When is the real instant of a business time.
func (c BusinessClock) When(business time.Time) time.Time {
	if c.Day == 24*time.Hour && c.Real.Equal(c.Business) {
		return business
	}
	elapsed := business.Sub(c.Business)
	days := int64(elapsed / (24 * time.Hour))
	return c.Real.Add(time.Duration(days)*c.Day + c.Duration(elapsed%(24*time.Hour)))
}

// Duration is how much real time a business duration takes.
func (c BusinessClock) Duration(business time.Duration) time.Duration {
	return time.Duration(float64(business) / float64(24*time.Hour) * float64(c.Day))
}
