package models_test

import (
	"testing"
	"time"

	"throughline/models"
)

func TestALifetimeIsDaysOrADuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * 24 * time.Hour, "1d": 24 * time.Hour, "12h": 12 * time.Hour, "90m": 90 * time.Minute} {
		if got, err := models.ParseLifetime(text); err != nil || got != want {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5d", "3651d", "65536d", "-1h", "0s", "12", "9999999h"} {
		if got, err := models.ParseLifetime(text); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
}

func FuzzParseLifetime(f *testing.F) {
	for _, text := range []string{"90d", "12h", "1h30m", "-1d", "9999999999999999999d", "1e3h", "٣d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lasts, err := models.ParseLifetime(text)
		if (err == nil) != (lasts > 0) || lasts > 10*365*24*time.Hour {
			t.Errorf("%q is %s, %v", text, lasts, err)
		}
		if err != nil && models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%q: %v", text, err)
		}
	})
}
