package reconcile

import "context"

// PlanFirst sets when the schedule begins, as Start does.
func (r *Reconciler) PlanFirst() { r.planFirst() }

// Scheduled is what the loop runs at each poll.
func (r *Reconciler) Scheduled(ctx context.Context) error {
	_, err := r.scheduled(ctx)
	return err
}

// OnStep calls step between the steps of mending a difference.
func OnStep(step func(string)) func(*Config) {
	return func(c *Config) { c.onStep = step }
}
