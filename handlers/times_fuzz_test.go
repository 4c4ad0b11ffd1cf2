package handlers

import (
	"testing"
	"time"

	"throughline/models"
)

// FuzzTimesFromAddresses holds what a person may type into an address or a
// field: a time is read within its bounds or refused with words.
func FuzzTimesFromAddresses(f *testing.F) {
	for _, seed := range []string{"", "15m", "0s", "-1h", "9999999h", "2026-03-02T10:00:00Z", "1767000000.1767000100", "9.8", "0.9223372000000000000", "9223372036854775807.9223372036854775807", "2026-03-02 22:00", "0000-01-01 00:00", "yesterday"} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		since, err := rewindSince(text, now)
		if err == nil && since.After(now) {
			t.Errorf("%q rewinds to %s", text, since)
		}
		length, pauseErr := pauseLength(text)
		if pauseErr == nil && length != 0 && (length < time.Minute || length > models.MaxPause) {
			t.Errorf("%q pauses for %s", text, length)
		}
		from, planErr := planTime(text)
		if planErr == nil && from.IsZero() {
			t.Errorf("%q plans for %s", text, from)
		}
		for _, err := range []error{err, pauseErr, planErr} {
			if err != nil && models.CodeOf(err) != models.CodeInvalid {
				t.Errorf("%q is refused as %s", text, models.CodeOf(err))
			}
		}
		if before, latest := parseLooks(text, now); !latest.IsZero() && before.After(latest) {
			t.Errorf("%q looks from %s to %s", text, before, latest)
		}
	})
}
