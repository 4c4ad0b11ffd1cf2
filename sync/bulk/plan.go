package bulk

import (
	"context"

	"throughline/models"
	"throughline/sync/patch"
)

// tried bounds the events that a plan tries out; they share the trial's locks.
const tried = 25

// Plan stores a draft with a preview of what it would touch, the first events
// tried out without any effect.
func (s *Service) Plan(ctx context.Context, p models.BulkPlan) (int64, error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	if p.Action == models.BulkEdit {
		if err := patch.Check(p.Patch); err != nil {
			return 0, err
		}
	}
	seqs, err := s.store.First(ctx, p.Filter, tried)
	if err != nil {
		return 0, err
	}
	results, err := s.cfg.Replay.TryBulk(ctx, p.Action, p.Patch, seqs)
	if err != nil {
		return 0, err
	}
	return s.store.Plan(ctx, p, results)
}

// GoOn gives a run its go-ahead.
func (s *Service) GoOn(ctx context.Context, id int64, actor, reason string) (models.BulkStatus, error) {
	to, err := s.store.GoOn(ctx, id, actor, reason)
	s.loop.Wake()
	return to, err
}

// Cancel ends a run; what was done stays done.
func (s *Service) Cancel(ctx context.Context, id int64, actor, reason string) error {
	return s.store.Cancel(ctx, id, actor, reason)
}
