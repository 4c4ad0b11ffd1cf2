package workflow

import (
	"context"
	"strings"

	"throughline/models"
	"throughline/models/store"
)

// Ask stores a question about a recommendation that waits, which goes on
// waiting. CodeConflict when it was decided meanwhile.
func (w *Workflow) Ask(ctx context.Context, recommendation, actor, question string) error {
	question = strings.TrimSpace(question)
	if err := complete(actor, question, "Say what you want to know."); err != nil {
		return err
	}
	return w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		p, err := tx.Proposal(recommendation)
		if err != nil {
			return err
		}
		if p.State != models.ProposalWaiting {
			return models.Errorf(models.CodeConflict, "This recommendation is %s already.", p.State)
		}
		q, err := tx.Ask(models.ProposalQuestion{
			Recommendation: recommendation, Item: p.Item, DC: p.DC, Question: question, AskedBy: actor, AskedAt: w.now(),
		})
		if err != nil {
			return err
		}
		return tx.Audit(actor, "proposal.ask", "recommendation:"+recommendation, question, nil, q)
	})
}

// Answer answers a question once. CodeConflict when somebody else did before.
func (w *Workflow) Answer(ctx context.Context, recommendation string, id int64, actor, answer string) error {
	answer = strings.TrimSpace(answer)
	if err := complete(actor, answer, "Write the answer."); err != nil {
		return err
	}
	return w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		before, err := tx.Question(recommendation, id)
		if err != nil {
			return err
		}
		if !before.Open() {
			return models.Errorf(models.CodeConflict, "%s answered this question already.", before.AnsweredBy)
		}
		now := w.now()
		if err := tx.Answer(id, answer, actor, now); err != nil {
			return err
		}
		after := before
		after.Answer, after.AnsweredBy, after.AnsweredAt = answer, actor, &now
		return tx.Audit(actor, "proposal.answer", "recommendation:"+recommendation, answer, before, after)
	})
}

func complete(actor, text, missing string) error {
	if actor == "" || text == "" {
		return &models.Error{
			Code: models.CodeInvalid, Message: missing, Fields: []models.FieldError{{Field: "reason", Message: missing}},
		}
	}
	return nil
}
