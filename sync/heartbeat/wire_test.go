package heartbeat_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models/store/storetest"
	"throughline/sync/heartbeat"
)

// TestABeatThatIsLostIsNoBeat breaks the connection to the watcher in each way:
// what did not get there and back does not count, and the heart beats on.
func TestABeatThatIsLostIsNoBeat(t *testing.T) {
	for _, fault := range wire.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			watcher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
			t.Cleanup(watcher.Close)
			to, err := url.Parse(watcher.URL)
			if err != nil {
				t.Fatal(err)
			}
			line, log := wire.New(t, "tcp", to.Host), &lines{}
			var clock atomic.Int64 // seconds, one later at each look
			heart, err := heartbeat.New(heartbeat.Config{
				URL: "http://" + line.Addr() + "/ping", Every: time.Second, Healthy: func(context.Context) error { return nil },
				Client: &http.Client{Timeout: 500 * time.Millisecond}, Logger: slog.New(slog.NewTextHandler(log, nil)),
				Now: func() time.Time { return time.Unix(clock.Add(1), 0) },
			})
			if err != nil {
				t.Fatal(err)
			}
			line.Break(fault)
			if err := heart.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if fault.Name != "latency" {
				storetest.Eventually(t, "the log to say that it did not arrive", func() bool { return strings.Contains(log.String(), "did not arrive") })
				if !heart.Last().IsZero() {
					t.Errorf("a beat counts that was lost: %s", heart.Last())
				}
				line.Mend()
			}
			storetest.Eventually(t, "a beat that arrives", func() bool { return !heart.Last().IsZero() })
			if err := heart.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
		})
	}
}
