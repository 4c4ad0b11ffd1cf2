package reconcile

import "context"

// PlanFirst sets when the schedule begins, as Start does.
func (r *Reconciler) PlanFirst() { r.planFirst() }

// Scheduled is what the loop runs at each poll.
func (r *Reconciler) Scheduled(ctx context.Context) error {
	_, err := r.scheduled(ctx)
	return err
}
