package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

// applied measures a batch of the engine.
func (m *metrics) applied(lane models.Lane, events int, took time.Duration) {
	m.batchEvents.WithLabelValues(string(lane)).Observe(float64(events))
	m.batchSeconds.WithLabelValues(string(lane)).Observe(took.Seconds())
}

// countedRoutes counts deliveries as they are recorded.
type countedRoutes struct {
	route.Store
	metrics *metrics
}

func (r countedRoutes) Delivered(ctx context.Context, d store.Delivered) error {
	r.metrics.deliveries.WithLabelValues(d.Subscription, "ok").Inc()
	r.metrics.delivered.WithLabelValues(d.Subscription).Add(float64(d.Events))
	return r.Store.Delivered(ctx, d)
}

func (r countedRoutes) Failed(ctx context.Context, d models.Delivery, next time.Time) (first time.Time, err error) {
	r.metrics.deliveries.WithLabelValues(d.Subscription, "failed").Inc()
	return r.Store.Failed(ctx, d, next)
}
