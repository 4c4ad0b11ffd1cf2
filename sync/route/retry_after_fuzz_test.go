package route

import (
	"net/http"
	"testing"
	"time"
)

// FuzzRetryAfter holds that no target has a route pause for less than nothing or
// longer than is allowed.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "-7", "99999999999999999999", "9223372036854775807", "1.5", "Tue, 01 Dec 2026 03:30:00 GMT", "Mon, 01 Jan 9999 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon", "\x00"} {
		f.Add(seed)
	}
	now := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)
	r := &Router{cfg: Config{Now: func() time.Time { return now }, RetryAfterMax: 10 * time.Minute}}
	f.Fuzz(func(t *testing.T, text string) {
		if wait := r.retryAfter(http.Header{"Retry-After": {text}}); wait < 0 || wait > r.cfg.RetryAfterMax {
			t.Errorf("%q pauses for %s", text, wait)
		}
	})
}
