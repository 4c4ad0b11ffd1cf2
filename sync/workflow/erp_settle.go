package workflow

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// confirm records that the ERP has the order. It needs no lease: that an order
// exists is true whoever learns it, from an answer, a lookup or the ERP's event.
// The caller has locked the write.
func confirm(tx *store.WorkflowTx, basis store.BasisRule, write models.ERPWrite, number string, now time.Time) error {
	if write.State == models.WriteConfirmed || write.State == models.WriteDiscarded {
		return nil
	}
	if err := tx.SetWrite(write.ID, models.WriteConfirmed, number, now, now); err != nil {
		return err
	}
	p, err := tx.Proposal(write.Recommendation)
	if err != nil {
		return err
	}
	p.State, p.OrderedAt = models.ProposalOrdered, &now
	if err := tx.Save(p); err != nil {
		return err
	}
	sent := now
	if write.SentAt != nil {
		sent = *write.SentAt
	}
	check, err := tx.CheckBasis(basis, write.Recommendation, models.MomentOrder, sent)
	if err != nil {
		return err
	}
	return tx.StoreCheck(write.Recommendation, check)
}

// Ordered learns from the ERP's own event which order a reference became, in
// case the answer to the request was lost. References that are not ours are
// passed over.
func (w *Workflow) Ordered(ctx context.Context, reference, number string) error {
	if !strings.HasPrefix(reference, models.OrderReference("")) {
		return nil
	}
	return w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		write, err := tx.WriteOf(reference)
		if models.CodeOf(err) == models.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if write.State == models.WriteConfirmed || write.State == models.WriteDiscarded {
			w.warnOfSecond(write, number)
			return nil
		}
		now := w.now()
		attempt := models.ERPWriteAttempt{
			Attempt: write.Attempts + 1, Action: models.ActionLookup, StartedAt: now, EndedAt: now,
			Outcome: models.OutcomeFound, Response: "The ERP's own event told of order " + number + ".",
		}
		if err := tx.AddAttempt(write.ID, attempt); err != nil {
			return err
		}
		return confirm(tx, w.basis, write, number, now)
	})
}

func (w *Workflow) warnOfSecond(write models.ERPWrite, number string) {
	if write.Document != number {
		w.cfg.Logger.Warn("two orders under one reference",
			slog.String("reference", write.Reference), slog.String("first", write.Document), slog.String("second", number))
	}
}

// Resubmit sets a write going again. What may have reached the ERP is looked up
// by its reference first, after the ERP's own timeout.
func (w *Workflow) Resubmit(ctx context.Context, write int64, actor, reason string) error {
	err := w.byHand(ctx, write, actor, "erp_write.resubmit", reason, func(tx *store.WorkflowTx, before models.ERPWrite) error {
		now := w.now()
		if before.State == models.WriteFailed {
			if err := w.move(tx, before.Recommendation, models.ProposalApproved); err != nil {
				return err
			}
		}
		if before.SentAt == nil {
			return tx.SetWrite(write, models.WriteIntent, "", now, now)
		}
		return tx.SetWrite(write, models.WriteUnknown, "", later(now, before.SentAt.Add(w.cfg.ERPTimeout)), now)
	})
	if err == nil {
		w.cfg.Approved()
	}
	return err
}

// Discard gives an approved order up. A write whose outcome is not known cannot
// be discarded, because the ERP may have the order.
func (w *Workflow) Discard(ctx context.Context, write int64, actor, reason string) error {
	return w.byHand(ctx, write, actor, "erp_write.discard", reason, func(tx *store.WorkflowTx, before models.ERPWrite) error {
		if before.State != models.WriteFailed && before.State != models.WriteIntent {
			return models.Errorf(models.CodePrecondition, "The ERP may have made this order: resubmit it, which asks the ERP first.")
		}
		if err := w.move(tx, before.Recommendation, models.ProposalRejected); err != nil {
			return err
		}
		return tx.SetWrite(write, models.WriteDiscarded, "", w.now(), w.now())
	})
}

// byHand changes a write for a person, with a reason and an audit row, unless
// it is finished or a worker is calling the ERP for it at this moment.
func (w *Workflow) byHand(
	ctx context.Context, id int64, actor, action, reason string, change func(*store.WorkflowTx, models.ERPWrite) error,
) error {
	if actor == "" || strings.TrimSpace(reason) == "" {
		return &models.Error{
			Code: models.CodeInvalid, Message: "Say why.", Fields: []models.FieldError{{Field: "reason", Message: "Say why."}},
		}
	}
	return w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		before, err := tx.Write(id)
		if err != nil {
			return err
		}
		if before.State == models.WriteConfirmed || before.State == models.WriteDiscarded {
			return models.Errorf(models.CodeConflict, "This order is %s already.", before.State)
		}
		if before.LeaseUntil != nil && before.LeaseUntil.After(w.now()) {
			return models.Errorf(models.CodeConflict, "This order is on its way to the ERP at this moment; look again shortly.")
		}
		if err := change(tx, before); err != nil {
			return err
		}
		after, err := tx.Write(id)
		if err != nil {
			return err
		}
		return tx.Audit(actor, action, "erp_write:"+before.Reference, reason, before, after)
	})
}

func (w *Workflow) move(tx *store.WorkflowTx, recommendation string, to models.ProposalState) error {
	p, err := tx.Proposal(recommendation)
	if err != nil {
		return err
	}
	if p.State == to {
		return nil
	}
	if !p.State.CanBecome(to) {
		return models.Errorf(models.CodeConflict, "This recommendation is %s and cannot become %s.", p.State, to)
	}
	p.State = to
	return tx.Save(p)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
