package models

import (
	"strings"
	"time"
)

// Period is a half-open span of real time.
type Period struct{ From, To time.Time }

// Before is the period of the same length that ends where p begins.
func (p Period) Before() Period { return Period{From: p.From.Add(p.From.Sub(p.To)), To: p.From} }

// Length is how long the period lasts.
func (p Period) Length() time.Duration { return p.To.Sub(p.From) }

// MaxPeriod is the longest period that ParsePeriod takes: a period costs as much as
// it has hours.
const MaxPeriod = 366 * 24 * time.Hour

// ParsePeriod reads the parameters from and to of an address, each an instant, a
// minute in UTC or a day in UTC; a day that ends the period is in it as a whole.
// Without from it lasts the span, without to it ends now. It ends now at the
// latest, and begins with a whole minute. CodeInvalid says what cannot be read.
func ParsePeriod(param func(name string) string, span time.Duration, now time.Time) (p Period, err error) {
	if p.From, err = timeParameter(param("from"), "from", 0); err != nil {
		return p, err
	}
	if p.To, err = timeParameter(param("to"), "to", 1); err != nil {
		return p, err
	}
	if p.To.IsZero() || p.To.After(now) {
		p.To = now
	}
	if p.From.IsZero() {
		p.From = p.To.Add(-span)
	}
	p.From = p.From.Truncate(time.Minute)
	switch {
	case !p.From.Before(p.To):
		return p, Wrap(CodeInvalid, ErrMalformed, "The period has to begin before it ends, and before now.")
	case p.Length() > MaxPeriod+time.Minute:
		return p, Wrap(CodeInvalid, ErrMalformed, "The period may be a year long.")
	}
	return p, nil
}

// timeParameter reads an instant, a minute in UTC, or a day in UTC that begins so
// many days later.
func timeParameter(text, name string, later int) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil && day.Year() > 0 {
		return day.AddDate(0, 0, later), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() > 0 {
			return at, nil
		}
	}
	return time.Time{}, Wrap(CodeInvalid, ErrMalformed, "The parameter "+name+" is a day (2026-03-02), a minute in UTC (2026-03-02T10:00) or an RFC 3339 time.")
}
