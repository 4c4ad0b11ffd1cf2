package workflow

import (
	"context"
	"strings"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// Decide carries out what a person decided, in one transaction with its audit
// row. It fails with CodeConflict when the proposal changed since the page was
// shown and with CodePrecondition when its basis is worse than shown or not
// accepted as stale; the cause of both is a *models.ProposalChanged.
func (w *Workflow) Decide(ctx context.Context, d models.Decision) (models.Proposal, error) {
	d.Reason = strings.TrimSpace(d.Reason)
	if err := validate(d); err != nil {
		return models.Proposal{}, err
	}
	began := w.now()
	var after models.Proposal
	err := w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		before, err := tx.Proposal(d.Recommendation)
		if err != nil {
			return err
		}
		basis, err := tx.CheckBasis(w.basis, d.Recommendation, models.MomentApprove, w.now())
		if err != nil {
			return err
		}
		late, err := tx.LateFeeds(w.now())
		if err != nil {
			return err
		}
		refusal := refuse(before, basis, d)
		if refusal == nil && d.Verdict == models.DecisionApproved {
			refusal = refuseLate(late, before, d.Actor)
		}
		if refusal != nil {
			return w.withState(tx, refusal, before, basis)
		}
		after, err = w.carryOut(tx, before, basis, d)
		if err != nil {
			return err
		}
		return tx.Audit(d.Actor, "proposal."+string(d.Verdict), "recommendation:"+d.Recommendation, d.Reason, before, after)
	})
	if err == nil {
		w.traceDecision(after, d, began)
	}
	if err == nil && after.State == models.ProposalApproved {
		w.cfg.Approved()
	}
	return after, err
}

func validate(d models.Decision) error {
	var faults []models.FieldError
	if d.Verdict != models.DecisionApproved && d.Verdict != models.DecisionRejected {
		faults = append(faults, models.FieldError{Field: "verdict", Message: "Approve or reject."})
	}
	if d.Actor == "" {
		faults = append(faults, models.FieldError{Field: "actor", Message: "A decision needs a person."})
	}
	if d.Reason == "" && (d.Verdict == models.DecisionRejected || d.AcceptStale) {
		faults = append(faults, models.FieldError{Field: "reason", Message: "Say why."})
	}
	if d.Quantity != nil && !d.Quantity.IsPositive() {
		faults = append(faults, models.FieldError{Field: "quantity", Message: "Order more than nothing, or reject."})
	}
	if len(faults) > 0 {
		return &models.Error{Code: models.CodeInvalid, Message: "The decision is not complete.", Fields: faults}
	}
	return nil
}

// refuse says why a decision may not go ahead as things stand now, nil if it may.
func refuse(p models.Proposal, basis models.BasisCheck, d models.Decision) *models.Error {
	switch {
	case p.State != models.ProposalWaiting:
		return models.Errorf(models.CodeConflict, "This recommendation is %s already.", p.State)
	case p.Version != d.Version:
		return models.Errorf(models.CodeConflict, "Somebody changed this recommendation since you opened it.")
	case d.Verdict == models.DecisionRejected:
		return nil
	case basis.Verdict.Worse(d.Shown):
		return models.Errorf(models.CodePrecondition, "The basis became %s since you opened it. %s", basis.Verdict, basis.Changed)
	case basis.Verdict != models.VerdictCurrent && !d.AcceptStale:
		return models.Errorf(models.CodePrecondition, "The basis is %s: recompute, or accept it with a reason. %s", basis.Verdict, basis.Changed)
	case p.Route == models.RouteDouble && d.Actor == p.FirstApprover && !changes(d, p):
		return models.Errorf(models.CodeForbidden, "You approved this as the first of two; another person has to be the second.")
	default:
		return nil
	}
}

// refuseLate keeps a person from approving what is held, and whoever set the
// hold aside from using that.
func refuseLate(late []models.LateFeed, p models.Proposal, actor string) *models.Error {
	f, withheld := models.Withheld(late, actor, p.DC, p.FromDC)
	switch {
	case !withheld:
		return nil
	case f.Lifted != nil:
		return models.Errorf(models.CodeForbidden, "You set the hold on %s aside; another person has to approve meanwhile.", f.Source)
	default:
		return models.Errorf(models.CodePrecondition,
			"%s has been silent since %s, and what stands on it is held. Wait until it is heard, or have somebody else set the hold aside for a while.",
			f.Source, models.Instant(f.Since))
	}
}

func (w *Workflow) withState(tx *store.WorkflowTx, refusal *models.Error, p models.Proposal, basis models.BasisCheck) error {
	decisions, err := tx.Decisions(p.Recommendation)
	if err != nil {
		return err
	}
	refusal.Cause = &models.ProposalChanged{Proposal: p, Basis: basis, Decisions: decisions}
	return refusal
}

func (w *Workflow) carryOut(tx *store.WorkflowTx, p models.Proposal, basis models.BasisCheck, d models.Decision) (models.Proposal, error) {
	if d.Verdict == models.DecisionApproved {
		if err := w.change(tx, &p, d); err != nil {
			return p, err
		}
	}
	record := models.DecisionRecord{Verdict: d.Verdict, Actor: d.Actor, Reason: d.Reason, Quantity: p.Quantity, DecidedAt: w.now()}
	switch {
	case d.Verdict == models.DecisionRejected:
		p.State, p.DecidedAt = models.ProposalRejected, &record.DecidedAt
	case p.Route == models.RouteDouble && p.FirstApprover == "":
		p.FirstApprover, record.Verdict = d.Actor, models.DecisionFirst
	default:
		p.State, p.DecidedAt = models.ProposalApproved, &record.DecidedAt
	}
	if err := tx.Save(p); err != nil {
		return p, err
	}
	p.Version++
	if p.State != models.ProposalApproved {
		return p, tx.Decide(p.Recommendation, record)
	}
	return p, w.approve(tx, p, record, basis)
}

// change takes over a changed quantity. Whoever changes it starts the approval
// anew, so that its author is never the second approver.
func (w *Workflow) change(tx *store.WorkflowTx, p *models.Proposal, d models.Decision) error {
	if !changes(d, *p) {
		return nil
	}
	supply, err := tx.Supply(p.Recommendation)
	if err != nil {
		return err
	}
	if supply.Pack.IsPositive() && !d.Quantity.Mod(supply.Pack).IsZero() {
		return invalidQuantity("The quantity is not a whole number of packs of %s.", supply.Pack)
	}
	if p.Kind == "purchase" && d.Quantity.LessThan(supply.MOQ) {
		return invalidQuantity("The supplier takes no less than %s.", supply.MOQ)
	}
	if d.Reason == "" {
		return &models.Error{Code: models.CodeInvalid, Message: "The decision is not complete.", Fields: []models.FieldError{{Field: "reason", Message: "Say why the quantity changes."}}}
	}
	p.Quantity, p.Value = *d.Quantity, valueOf(*d.Quantity, p.UnitPrice)
	p.Route = w.cfg.Policy.RouteFor(p.Value)
	p.ChangedBy, p.FirstApprover = d.Actor, ""
	return nil
}

func changes(d models.Decision, p models.Proposal) bool {
	return d.Quantity != nil && !d.Quantity.Equal(p.Quantity)
}

func invalidQuantity(format string, args ...any) error {
	fault := models.Errorf(models.CodeInvalid, format, args...)
	fault.Fields = []models.FieldError{{Field: "quantity", Message: fault.Message}}
	return fault
}

// Recompute asks the replenishment engine to look at a recommendation's item
// again. Its answer, a new recommendation or none, takes the place of this one.
func (w *Workflow) Recompute(ctx context.Context, recommendation, actor, reason string) error {
	if actor == "" {
		return models.Errorf(models.CodeInvalid, "A decision needs a person.")
	}
	p, err := w.waiting(ctx, recommendation)
	if err != nil {
		return err
	}
	// Asking twice does no harm, so it comes before the record that says it was done.
	if err := w.cfg.Engine.Reevaluate(ctx, p.Item, p.DC, reason); err != nil {
		return connector.Told(err, "The replenishment engine cannot be asked now; try again in a minute.")
	}
	return w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		record := models.DecisionRecord{
			Verdict: models.DecisionRecompute, Actor: actor, Reason: reason, Quantity: p.Quantity, DecidedAt: w.now(),
		}
		if err := tx.Decide(recommendation, record); err != nil {
			return err
		}
		return tx.Audit(actor, "proposal.recompute", "recommendation:"+recommendation, reason, p, record)
	})
}

func (w *Workflow) waiting(ctx context.Context, recommendation string) (p models.Proposal, err error) {
	err = w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		p, err = tx.Proposal(recommendation)
		if err == nil && p.State != models.ProposalWaiting {
			err = models.Errorf(models.CodeConflict, "This recommendation is %s already.", p.State)
		}
		return err
	})
	return p, err
}
