package workflow

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/tracing"
)

// tracePolicy tells what the policy made of a recommendation.
func (w *Workflow) tracePolicy(r models.StoredRecommendation, p models.Proposal, began time.Time) {
	w.cfg.Tracer.Under(r.TraceParent, tracing.Stage{
		Name: "policy", Began: began, Ended: w.now(), Attributes: []attribute.KeyValue{
			attribute.String("throughline.recommendation", p.Recommendation), attribute.String("throughline.policy_version", p.PolicyVersion),
			attribute.String("throughline.approval", string(p.Route)), attribute.String("throughline.outcome", string(p.State)),
		},
	})
}

// traceDecision tells that a person decided, not who.
func (w *Workflow) traceDecision(p models.Proposal, d models.Decision, began time.Time) {
	w.cfg.Tracer.Under(p.TraceParent, tracing.Stage{
		Name: "decision", Began: began, Ended: w.now(), Attributes: []attribute.KeyValue{
			attribute.String("throughline.recommendation", p.Recommendation), attribute.String("throughline.verdict", string(d.Verdict)),
			attribute.String("throughline.outcome", string(p.State)),
		},
	})
}

// trace begins a call to the ERP, which carries the trace of its recommendation.
func (w *Writer) trace(ctx context.Context, write store.LeasedWrite, name string) (call context.Context, end func(failed string)) {
	return w.workflow.cfg.Tracer.Begin(ctx, write.TraceParent, name,
		attribute.String("throughline.recommendation", write.Recommendation), attribute.String("throughline.reference", write.Reference),
		attribute.Int("throughline.attempt", write.Attempts))
}

// errorText is empty for none.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
