package workflow

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// Enter takes a recommendation into the workflow: what it replaces is
// superseded, the policy judges it, and what the policy approves is on its way
// to the ERP when Enter returns. A recommendation enters once, however often
// Enter is called.
func (w *Workflow) Enter(ctx context.Context, recommendation string) error {
	began := w.now()
	var r models.StoredRecommendation
	var p models.Proposal
	err := w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		var err error
		if r, err = tx.Recommendation(recommendation); err != nil {
			return err
		}
		if err := tx.LockItem(r.Item, r.DC); err != nil {
			return err
		}
		if entered, err := tx.Entered(recommendation); err != nil || entered {
			return err
		}
		p, err = w.enter(tx, r)
		return err
	})
	if err != nil || p.Recommendation == "" { // it had entered before
		return err
	}
	w.tracePolicy(r, p, began)
	if p.State == models.ProposalApproved {
		w.cfg.Approved()
	}
	return nil
}

func (w *Workflow) enter(tx *store.WorkflowTx, r models.StoredRecommendation) (p models.Proposal, err error) {
	now := w.now()
	computed, err := tx.CheckBasis(w.basis, r.Recommendation, models.MomentCompute, earlier(r.ComputedAt, now))
	if err != nil {
		return p, err
	}
	if err := tx.StoreCheck(r.Recommendation, computed); err != nil {
		return p, err
	}
	basis, err := tx.CheckBasis(w.basis, r.Recommendation, models.MomentApprove, now)
	if err != nil {
		return p, err
	}
	outcome, late, err := w.judge(tx, r, basis, now)
	if err != nil {
		return p, err
	}
	p = w.propose(r, outcome, now)
	p.Fallback, p.LateFeed = late.Fallback(), late.Source
	if p.SupersededBy, err = tx.NewerThan(r); err != nil {
		return p, err
	}
	switch {
	case p.SupersededBy != "":
		p.State, p.DecidedAt = models.ProposalSuperseded, &now
	case p.Route == models.RouteAuto:
		p.State, p.DecidedAt = models.ProposalApproved, &now
	}
	if _, err := tx.Supersede(r.Item, r.DC, r.Run, r.ComputedAt, r.Recommendation, now); err != nil {
		return p, err
	}
	if err := tx.Enter(p, outcome.Results); err != nil {
		return p, err
	}
	if p.State != models.ProposalApproved {
		return p, nil
	}
	return p, w.approve(tx, p, byPolicy(outcome, p, now), basis)
}

func byPolicy(outcome models.PolicyOutcome, p models.Proposal, now time.Time) models.DecisionRecord {
	return models.DecisionRecord{
		Verdict: models.DecisionApproved, Actor: "policy " + outcome.Version, ByPolicy: true, Quantity: p.Quantity, DecidedAt: now,
	}
}

// judge asks the policy, and says which feed that the recommendation stands on
// is late.
func (w *Workflow) judge(tx *store.WorkflowTx, r models.StoredRecommendation, basis models.BasisCheck, now time.Time) (models.PolicyOutcome, models.LateFeed, error) {
	supply, err := tx.Supply(r.Recommendation)
	if err != nil {
		return models.PolicyOutcome{}, supply.Late, err
	}
	since := now.Add(-w.cfg.Clock.Duration(models.BudgetDays * 24 * time.Hour))
	if supply.Committed, err = tx.Committed(r.DC, r.Currency, since, r.Recommendation); err != nil {
		return models.PolicyOutcome{}, supply.Late, err
	}
	late, err := tx.LateFeeds(now)
	if err != nil {
		return models.PolicyOutcome{}, supply.Late, err
	}
	supply.Late = models.StrictestFallback(late, r.DC, r.FromDC)
	return w.cfg.Policy.Evaluate(PolicyFacts{
		Kind: r.Kind, Basis: basis.Verdict, Quantity: r.Quantity, Value: valueOf(r.Quantity, r.UnitPrice),
		Currency: r.Currency, SupplyFacts: supply,
	}), supply.Late, nil
}

func (w *Workflow) propose(r models.StoredRecommendation, outcome models.PolicyOutcome, now time.Time) models.Proposal {
	return models.Proposal{
		Recommendation: r.Recommendation, Kind: r.Kind, Item: r.Item, DC: r.DC, FromDC: r.FromDC, Supplier: r.Supplier,
		State: models.ProposalWaiting, PolicyVersion: outcome.Version, Route: outcome.Route,
		Quantity: r.Quantity, Unit: r.Unit, UnitPrice: r.UnitPrice, Value: valueOf(r.Quantity, r.UnitPrice), Currency: r.Currency,
		NeedBy: r.NeedBy, OrderBy: r.OrderBy, EnteredAt: now, DueAt: w.dueAt(r.OrderBy, now),
	}
}

// dueAt is when a person should have decided: within the policy's time, and
// before the cut-off in business time if that is earlier.
func (w *Workflow) dueAt(orderBy, now time.Time) time.Time {
	left := max(w.cfg.Clock.Duration(orderBy.Sub(w.cfg.Clock.At(now))), 0)
	return now.Add(min(left, w.cfg.Policy.DecideWithin))
}

// Withdraw ends what waits for a person when a later run of the engine found
// nothing to do for the item at the DC.
func (w *Workflow) Withdraw(ctx context.Context, e models.Evaluation) error {
	return w.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		if err := tx.LockItem(e.Item, e.DC); err != nil {
			return err
		}
		_, err := tx.Supersede(e.Item, e.DC, e.Run, e.EvaluatedAt, "run "+e.Run, w.now())
		return err
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
