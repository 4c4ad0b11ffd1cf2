package reconcile

import (
	"context"
	"errors"
)

// PlanFirst sets when the schedules begin, as Start does.
func (r *Reconciler) PlanFirst() { r.planFirst() }

// Scheduled is what the loops run at each poll, one after the other.
func (r *Reconciler) Scheduled(ctx context.Context) error {
	var failures []error
	for _, s := range r.schedules {
		_, err := s.once(ctx)
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// OnStep calls step between the steps of mending a difference.
func OnStep(step func(string)) func(*Config) {
	return func(c *Config) { c.onStep = step }
}

// Backoff is how long a comparison that failed waits, by how often its loop looks.
var Backoff = backoff
