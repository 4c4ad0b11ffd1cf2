package tracing_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"throughline/e2e/wire"
	"throughline/models/store/storetest"
	"throughline/sync/tracing"
)

// TestACollectorBehindABadWireHoldsNothingUp breaks the connection to the collector
// in each way: whoever tells of more than fits the queue goes on at once, a stop
// does not wait for the collector, and it is told again when the wire is mended.
func TestACollectorBehindABadWireHoldsNothingUp(t *testing.T) {
	var exports atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { exports.Add(1) }))
	t.Cleanup(collector.Close)
	line := wire.New(t, "tcp", strings.TrimPrefix(collector.URL, "http://"))
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+line.Addr())
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "300") // milliseconds
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	for _, fault := range wire.Faults {
		tracer, err := newTracer(t, "1")
		if err != nil {
			t.Fatal(err)
		}
		tell := func(spans int) {
			for range spans {
				tracer.Under(parent, tracing.Stage{Name: "step", Began: time.Now(), Ended: time.Now()})
			}
		}
		line.Break(fault)
		tell(10_000) // five times the queue: a Tracer that waits would never come back from a black hole
		line.Mend()
		before := exports.Load()
		storetest.Eventually(t, "the collector to be told after "+fault.Name, func() bool {
			tell(1)
			return exports.Load() > before
		})
		line.Break(fault)
		tell(10)
		if err := tracer.Stop(t.Context()); err != nil {
			t.Errorf("stop with %s before the collector: %v", fault.Name, err)
		}
		line.Mend()
	}
}
