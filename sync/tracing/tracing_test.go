package tracing_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"throughline/models"
	"throughline/sync/tracing"
)

const parent models.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func newTracer(t *testing.T, share string) (*tracing.Tracer, error) {
	t.Helper()
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", share)
	return tracing.New(t.Context(), "test", slog.New(slog.DiscardHandler))
}

func TestAShareThatIsNoneIsRefused(t *testing.T) {
	for _, share := range []string{"many", "-0.1", "1.5"} {
		if _, err := newTracer(t, share); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("the share %s: %v", share, err)
		}
	}
}

// TestTheShareDecidesAndTheContextGoesOnAllTheSame looks at what a call carries
// and what a collector is told, with all traces, with none and without a tracer.
func TestTheShareDecidesAndTheContextGoesOnAllTheSame(t *testing.T) {
	var exports atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { exports.Add(1) }))
	t.Cleanup(collector.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	if !tracing.Wanted() {
		t.Error("a collector is named and not wanted")
	}
	for _, try := range []struct {
		share string
		told  int64
	}{{"1", 1}, {"0", 0}, {"", 0}} {
		exports.Store(0)
		var tracer *tracing.Tracer
		if try.share != "" {
			var err error
			if tracer, err = newTracer(t, try.share); err != nil {
				t.Fatal(err)
			}
		}
		ctx, end := tracer.Begin(t.Context(), parent, "call")
		carried := trace.SpanContextFromContext(ctx)
		if carried.TraceID().String() != parent.TraceID() || (carried.SpanID().String() == parent.SpanID()) != (try.told == 0) {
			t.Errorf("with the share %q the call carries %v", try.share, carried)
		}
		end("")
		tracer.Under(parent, tracing.Stage{Name: "step", Began: time.Now(), Ended: time.Now()})
		if tracer != nil {
			if err := tracer.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if n := exports.Load(); n != try.told {
			t.Errorf("with the share %q a collector is told %d times", try.share, n)
		}
	}
}
