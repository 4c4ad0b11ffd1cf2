package tracing

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"strconv"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"throughline/models"
)

// ids gives a span the id that its context asks for, else one by chance.
type ids struct{}

var _ sdktrace.IDGenerator = ids{}

// own is where a context keeps the ids that its next span is to have.
type own struct{}

func withOwn(ctx context.Context, sc trace.SpanContext) context.Context {
	return context.WithValue(ctx, own{}, sc)
}

// NewIDs is of a span without a parent.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if sc, ok := ctx.Value(own{}).(trace.SpanContext); ok {
		return sc.TraceID(), sc.SpanID()
	}
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[:], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1)
	return id, newSpanID()
}

// NewSpanID is of a span below another.
func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if sc, ok := ctx.Value(own{}).(trace.SpanContext); ok {
		return sc.SpanID()
	}
	return newSpanID()
}

func newSpanID() (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}

// under makes parent the span that ctx is in; an empty parent changes nothing.
func under(ctx context.Context, parent models.TraceParent) context.Context {
	sc := spanContext(parent)
	if !sc.IsValid() {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, sc)
}

// spanContext is not valid for an empty p.
func spanContext(p models.TraceParent) trace.SpanContext {
	id, err := trace.TraceIDFromHex(p.TraceID())
	if err != nil {
		return trace.SpanContext{}
	}
	span, err := trace.SpanIDFromHex(p.SpanID())
	if err != nil {
		return trace.SpanContext{}
	}
	flags, err := strconv.ParseUint(p.Flags(), 16, 8)
	if err != nil {
		return trace.SpanContext{}
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: span, TraceFlags: trace.TraceFlags(flags), Remote: true})
}
