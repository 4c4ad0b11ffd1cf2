package rest

import (
	"net/http"
	"testing"
	"time"
)

// FuzzRetryAfter holds that no system asks for a pause that is less than nothing;
// how long is too long is for the circuit to say.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "-7", "99999999999999999999", "9223372036854775807", "1.5", "Tue, 01 Dec 2026 03:30:00 GMT", "Mon, 01 Jan 9999 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wait := retryAfter(http.Header{"Retry-After": {text}})
		if _, err := http.ParseTime(text); wait < 0 || err != nil && wait > (1<<20)*time.Second {
			t.Errorf("%q pauses for %s", text, wait)
		}
	})
}
