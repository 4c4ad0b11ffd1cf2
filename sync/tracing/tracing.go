// Package tracing tells an OpenTelemetry collector what the tower did in each
// trace, from intake to the order in the ERP. It is off until the standard
// environment variables name a collector, and then tells of a share of the traces.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"throughline/models"
)

// shareVariable names the share of traces that are told of, from 0 to 1.
const (
	shareVariable = "OTEL_TRACES_SAMPLER_ARG"
	standardShare = 0.1
)

// lastWords is how long a stop waits for the collector.
const lastWords = time.Second

// Tracer tells of spans. A nil Tracer tells of none and costs nothing. It is
// safe for concurrent use and never waits for the collector: what the collector
// does not take in time is dropped.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	sampler  sdktrace.Sampler
	log      *slog.Logger
}

// Wanted says whether the environment names a collector.
func Wanted() bool {
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// New tells the collector that the environment names. CodeInvalid says which
// variable is wrong; that the collector cannot be reached is no error.
func New(ctx context.Context, version string, log *slog.Logger) (*Tracer, error) {
	share := standardShare
	if text := os.Getenv(shareVariable); text != "" {
		var err error
		if share, err = strconv.ParseFloat(text, 64); err != nil || share < 0 || share > 1 {
			return nil, models.Errorf(models.CodeInvalid, "%s is the share of traces to export, from 0 to 1, and not %q.", shareVariable, text)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the OTLP exporter: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "throughline"), attribute.String("service.version", version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, models.Wrap(models.CodeInvalid, err, "OTEL_RESOURCE_ATTRIBUTES cannot be read.")
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { // the SDK knows no other way
		log.Warn("traces are not exported", slog.String("error", err.Error()))
	}))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about),
		sdktrace.WithIDGenerator(ids{}), sdktrace.WithSampler(sdktrace.AlwaysSample())) // takes decides before a span is begun
	return &Tracer{
		provider: provider, tracer: provider.Tracer("throughline"), log: log,
		// By the trace id, so that every process tells of the same traces, and a
		// sender cannot ask for all of its own.
		sampler: sdktrace.TraceIDRatioBased(share),
	}, nil
}

// Stop sends what is left. A collector that does not answer within lastWords loses
// it, and keeps nobody from stopping.
func (t *Tracer) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.Warn("the last traces are not exported", slog.String("error", err.Error()))
	}
	return nil
}

// Off says that nothing is told of, so that nothing has to be gathered.
func (t *Tracer) Off() bool { return t == nil }

func (t *Tracer) takes(traceID string) bool {
	if t == nil {
		return false
	}
	id, err := trace.TraceIDFromHex(traceID)
	return err == nil && t.sampler.ShouldSample(sdktrace.SamplingParameters{TraceID: id}).Decision == sdktrace.RecordAndSample
}

// Stage is a step of the work in a trace that is over. Attributes never hold
// what a payload says.
type Stage struct {
	Name       string
	Kind       trace.SpanKind
	Began      time.Time
	Ended      time.Time
	Failed     string // why it did; empty when it did not
	Attributes []attribute.KeyValue
}

// Intake tells that an event was taken in. Its span is the one that
// Event.TraceParent names, below the sender's.
func (t *Tracer) Intake(e *models.Event, began, ended time.Time) {
	if !t.takes(e.TraceID) {
		return
	}
	ctx := withOwn(context.Background(), spanContext(e.TraceParent()))
	if sender, ok := e.Sender(); ok {
		ctx = trace.ContextWithRemoteSpanContext(ctx, spanContext(sender))
	}
	t.record(ctx, Stage{Name: "intake", Kind: trace.SpanKindServer, Began: began, Ended: ended, Attributes: about(e)})
}

// Event tells of a step of the work on one event.
func (t *Tracer) Event(e *models.Event, s Stage) {
	if !t.takes(e.TraceID) {
		return
	}
	s.Attributes = append(about(e), s.Attributes...)
	t.record(under(context.Background(), e.TraceParent()), s)
}

// Under tells of a step below a parent.
func (t *Tracer) Under(parent models.TraceParent, s Stage) {
	if t.takes(parent.TraceID()) {
		t.record(under(context.Background(), parent), s)
	}
}

// Begin is for a step that calls another system: the call's context carries the
// step's span, or parent where nothing is told of. end says why it failed, if so.
func (t *Tracer) Begin(ctx context.Context, parent models.TraceParent, name string, attributes ...attribute.KeyValue) (call context.Context, end func(failed string)) {
	ctx = under(ctx, parent)
	if !t.takes(parent.TraceID()) {
		return ctx, func(string) {}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx, func(failed string) {
		fail(span, failed)
		span.End()
	}
}

func (t *Tracer) record(ctx context.Context, s Stage) {
	_, span := t.tracer.Start(ctx, s.Name, trace.WithSpanKind(s.Kind), trace.WithTimestamp(s.Began), trace.WithAttributes(s.Attributes...))
	fail(span, s.Failed)
	span.End(trace.WithTimestamp(s.Ended))
}

func fail(span trace.Span, why string) {
	if why != "" {
		span.SetStatus(codes.Error, why)
	}
}

// about says which event a span is of.
func about(e *models.Event) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("throughline.event.source", e.Source), attribute.String("throughline.event.id", e.ID),
		attribute.String("throughline.event.type", string(e.Type)), attribute.Int64("throughline.event.seq", e.Seq),
		attribute.String("throughline.correlation_id", e.CorrelationID()),
	}
}
