package route

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"throughline/models"
	"throughline/sync/tracing"
)

// trace tells of an attempt at a message, in the trace of each event in it.
func (r *Router) trace(d models.Delivery, m message) {
	if r.cfg.Tracer.Off() {
		return
	}
	for i := range m.changes {
		r.cfg.Tracer.Event(&m.changes[i].Event, tracing.Stage{
			Name: "deliver", Kind: trace.SpanKindProducer, Began: d.StartedAt, Ended: d.EndedAt, Failed: d.Error,
			Attributes: []attribute.KeyValue{
				attribute.String("throughline.subscription", d.Subscription), attribute.String("throughline.message_id", d.MessageID),
				attribute.Int("throughline.attempt", d.Attempt), attribute.Int("http.response.status_code", d.Status),
			},
		})
	}
}
