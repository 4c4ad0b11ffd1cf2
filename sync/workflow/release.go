package workflow

import (
	"context"
	"log/slog"

	"throughline/models"
	"throughline/models/store"
)

// releaseBatch bounds how many held recommendations one look takes up.
const releaseBatch = 100

// Release asks the policy again about what was held for a feed that is heard by
// now, and reports whether there may be more. What nobody needs to decide goes
// its way, the rest waits for a person.
func (w *Workflow) Release(ctx context.Context) (more bool, err error) {
	var free []string
	err = w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		if err = tx.EndOverrides(); err == nil {
			free, err = w.free(tx)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	released := 0
	for _, recommendation := range free {
		err := w.release(ctx, recommendation)
		switch {
		case store.IsUnavailable(err):
			return false, err
		case err != nil: // it holds up none of the others
			w.cfg.Logger.ErrorContext(ctx, "what is held cannot be judged again", slog.String("recommendation", recommendation), slog.Any("error", err))
		default:
			released++
		}
	}
	return released == releaseBatch, nil
}

// free are the held recommendations that no hold is in force for.
func (w *Workflow) free(tx *store.WorkflowTx) ([]string, error) {
	held, err := tx.Held()
	if err != nil || len(held) == 0 {
		return nil, err
	}
	late, err := tx.LateFeeds(w.now())
	if err != nil {
		return nil, err
	}
	var free []string
	for _, p := range held {
		if len(free) < releaseBatch && models.StrictestFallback(late, p.DC, p.FromDC).Fallback() != models.FallbackHold {
			free = append(free, p.Recommendation)
		}
	}
	return free, nil
}

func (w *Workflow) release(ctx context.Context, recommendation string) error {
	approved := false
	err := w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		r, err := tx.Recommendation(recommendation)
		if err != nil {
			return err
		}
		if err := tx.LockItem(r.Item, r.DC); err != nil {
			return err
		}
		p, err := tx.Proposal(recommendation)
		if err != nil || p.State != models.ProposalWaiting || p.Fallback != models.FallbackHold {
			return err // somebody was faster
		}
		approved, err = w.judgeAgain(tx, r, p)
		return err
	})
	if err == nil && approved {
		w.cfg.Approved()
	}
	return err
}

func (w *Workflow) judgeAgain(tx *store.WorkflowTx, r models.StoredRecommendation, p models.Proposal) (approved bool, err error) {
	now := w.now()
	basis, err := tx.CheckBasis(w.basis, r.Recommendation, models.MomentApprove, now)
	if err != nil {
		return false, err
	}
	outcome, late, err := w.judge(tx, r, basis, now)
	if err != nil || late.Fallback() == models.FallbackHold {
		return false, err
	}
	if err := tx.Judged(p, outcome); err != nil {
		return false, err
	}
	p.Fallback, p.LateFeed, p.PolicyVersion = late.Fallback(), late.Source, outcome.Version
	// A quantity that a person changed, or half an approval, stays a person's matter.
	if outcome.Route != models.RouteAuto || p.ChangedBy != "" || p.FirstApprover != "" {
		return false, tx.Save(p)
	}
	p.Route, p.State, p.DecidedAt = outcome.Route, models.ProposalApproved, &now
	if err := tx.Save(p); err != nil {
		return false, err
	}
	return true, w.approve(tx, p, byPolicy(outcome, p, now), basis)
}
