package models

import (
	"testing"
	"time"
)

func periodIn(from, to string, now time.Time) (Period, error) {
	return ParsePeriod(func(name string) string { return map[string]string{"from": from, "to": to}[name] }, time.Hour, now)
}

func TestAPeriodIsReadFromAnAddress(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 30, 0, time.UTC)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		from, to string
		want     Period
	}{
		{"", "", Period{at(2, 11, 0), now}},
		{"2026-03-01T06:00", "2026-03-01T10:00", Period{at(1, 6, 0), at(1, 10, 0)}},
		{"2026-03-01", "2026-03-01", Period{at(1, 0, 0), at(2, 0, 0)}},
		{"", "2026-03-01T10:00", Period{at(1, 9, 0), at(1, 10, 0)}},
		{"2025-03-02", "", Period{at(1, 0, 0).AddDate(-1, 0, 1), now}},
		{"2026-03-01T06:00:20Z", "2026-03-09", Period{at(1, 6, 0), now}},
	} {
		if got, err := periodIn(c.from, c.to, now); err != nil || got != c.want {
			t.Errorf("from %q to %q is %v (%v), want %v", c.from, c.to, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"2026-03-02T10:00", "2026-03-02T09:00"}, {"2026-03-03", ""}, {"2025-02-28", ""}, {"yesterday", ""}} {
		if got, err := periodIn(c[0], c[1], now); CodeOf(err) != CodeInvalid {
			t.Errorf("from %q to %q is %v: %v", c[0], c[1], got, err)
		}
	}
}

// FuzzPeriods holds what a person may type: a period is read within its bounds
// or refused with words.
func FuzzPeriods(f *testing.F) {
	f.Add("2026-03-02", "2026-03-02")
	f.Add("2026-03-02T10:00", "")
	f.Add("", "9999-12-31T23:59:59-14:00")
	f.Add("0001-01-01", "0001-01-01T00:00")
	now := time.Date(2026, 3, 2, 12, 0, 30, 0, time.UTC)
	f.Fuzz(func(t *testing.T, from, to string) {
		p, err := periodIn(from, to, now)
		switch {
		case err != nil && CodeOf(err) != CodeInvalid:
			t.Errorf("from %q to %q is refused as %s", from, to, CodeOf(err))
		case err == nil && (!p.From.Before(p.To) || p.To.After(now) || p.Length() > MaxPeriod+time.Minute):
			t.Errorf("from %q to %q is %v", from, to, p)
		}
	})
}
