package workflow_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"throughline/models"
)

func approval(p models.Proposal, actor string) models.Decision {
	return models.Decision{
		Recommendation: p.Recommendation, Version: p.Version, Shown: models.VerdictCurrent,
		Verdict: models.DecisionApproved, Actor: actor,
	}
}

func TestAPersonApproves(t *testing.T) {
	w := newWorld(t)
	p := w.waiting("R-1")
	after, err := w.workflow.Decide(t.Context(), approval(p, "ana"))
	if err != nil {
		t.Fatal(err)
	}
	if stored := w.proposal("R-1"); stored.State != models.ProposalApproved || stored.Version != after.Version || after.Version != p.Version+1 {
		t.Errorf("stored %+v, returned %+v", stored, after)
	}
	if write := w.write("R-1"); write.State != models.WriteIntent {
		t.Errorf("the ERP write is %s, want an intent", write.State)
	}
	if got := w.text(`SELECT actor || ' ' || action || ' ' || subject || ' ' || (after ->> 'State') FROM audit`); got != "ana proposal.approved recommendation:R-1 approved" {
		t.Errorf("the audit row says %q", got)
	}
}

func TestARejectionNeedsAReason(t *testing.T) {
	w := newWorld(t)
	d := approval(w.waiting("R-1"), "ana")
	d.Verdict, d.Reason = models.DecisionRejected, " "
	if _, err := w.workflow.Decide(t.Context(), d); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("without a reason: %v, want invalid", err)
	}
	d.Reason = "range is ending"
	if after, err := w.workflow.Decide(t.Context(), d); err != nil || after.State != models.ProposalRejected {
		t.Errorf("with a reason: %v, %v", after.State, err)
	}
	if got := w.text(`SELECT count(*) FROM erp_writes`); got != "0" {
		t.Errorf("a rejection made %s ERP writes", got)
	}
}

func TestTwoBuyersOneLine(t *testing.T) {
	w := newWorld(t)
	p := w.waiting("R-1")
	buyers := []string{"ana", "ben", "cem", "dot"}
	failures := make([]error, len(buyers))
	var all sync.WaitGroup
	for i, buyer := range buyers {
		all.Go(func() { _, failures[i] = w.workflow.Decide(t.Context(), approval(p, buyer)) })
	}
	all.Wait()
	won := 0
	for i, err := range failures {
		if err == nil {
			won++
			continue
		}
		var changed *models.ProposalChanged
		if models.CodeOf(err) != models.CodeConflict || !errors.As(err, &changed) {
			t.Errorf("%s got %v, want a conflict with the current state", buyers[i], err)
			continue
		}
		if changed.Proposal.State != models.ProposalApproved || len(changed.Decisions) != 1 {
			t.Errorf("%s was shown %s with %d decisions, want the approval of another", buyers[i], changed.Proposal.State, len(changed.Decisions))
		}
	}
	if orders := w.text(`SELECT count(*) FROM erp_writes`); won != 1 || orders != "1" {
		t.Errorf("%d buyers won and %s orders are to be made, want one of each", won, orders)
	}
}

func TestTheBasisIsCheckedAtTheClick(t *testing.T) {
	w := newWorld(t)
	p := w.waiting("R-1")
	w.clock.Advance(time.Minute)
	w.stock(41, -100)
	_, err := w.workflow.Decide(t.Context(), approval(p, "ana"))
	var changed *models.ProposalChanged
	if models.CodeOf(err) != models.CodePrecondition || !errors.As(err, &changed) {
		t.Fatalf("got %v, want a failed precondition with the current state", err)
	}
	if changed.Basis.Verdict != models.VerdictSuperseded || changed.Basis.Cause != models.CauseStock || changed.Basis.Changed == "" {
		t.Errorf("the basis shown is %+v", changed.Basis)
	}

	seen := approval(p, "ana")
	seen.Shown = models.VerdictSuperseded
	if _, err := w.workflow.Decide(t.Context(), seen); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("a stale basis that is not accepted: %v", err)
	}
	seen.AcceptStale = true
	if _, err := w.workflow.Decide(t.Context(), seen); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("accepted without a reason: %v", err)
	}
	seen.Reason = "the promotion is known"
	if after, err := w.workflow.Decide(t.Context(), seen); err != nil || after.State != models.ProposalApproved {
		t.Errorf("accepted with a reason: %v, %v", after.State, err)
	}
	if got := w.text(`SELECT verdict || ' ' || cause FROM basis_checks WHERE moment = 'approve'`); got != "SUPERSEDED stock" {
		t.Errorf("the verdict kept at approval is %q", got)
	}
}

func TestAnAgedBasisThatBecameSupersededIsNotAccepted(t *testing.T) {
	w := newWorld(t)
	p := w.waiting("R-1")
	w.clock.Advance(2 * time.Hour)
	w.publish(8, 90, true)
	d := approval(p, "ana")
	d.Shown, d.AcceptStale, d.Reason = models.VerdictAged, true, "old but good"
	if _, err := w.workflow.Decide(t.Context(), d); models.CodeOf(err) != models.CodePrecondition {
		t.Errorf("got %v: accepting an old figure is not accepting a replaced forecast", err)
	}
}

func TestTwoPersonsForALargeOrder(t *testing.T) {
	w := newWorld(t)
	w.recommend("R-1", 240, "25.00")
	p := w.enter("R-1")
	if p.Route != models.RouteDouble {
		t.Fatalf("the route is %s, want double", p.Route)
	}
	first, err := w.workflow.Decide(t.Context(), approval(p, "ana"))
	if err != nil || first.State != models.ProposalWaiting || first.FirstApprover != "ana" {
		t.Fatalf("after the first: %+v, %v", first, err)
	}
	if _, err := w.workflow.Decide(t.Context(), approval(first, "ana")); models.CodeOf(err) != models.CodeForbidden {
		t.Errorf("the same person again: %v, want forbidden", err)
	}
	changed := approval(first, "ben")
	changed.Quantity, changed.Reason = quantity(252), "a full pallet"
	second, err := w.workflow.Decide(t.Context(), changed)
	if err != nil || second.State != models.ProposalWaiting || second.FirstApprover != "ben" {
		t.Fatalf("a change starts the approval anew: %+v, %v", second, err)
	}
	if _, err := w.workflow.Decide(t.Context(), approval(second, "ben")); models.CodeOf(err) != models.CodeForbidden {
		t.Errorf("the author of the change as second: %v, want forbidden", err)
	}
	last, err := w.workflow.Decide(t.Context(), approval(second, "ana"))
	if err != nil || last.State != models.ProposalApproved {
		t.Fatalf("after the second: %+v, %v", last, err)
	}
	if got := w.write("R-1").Request.Lines[0].Quantity; !got.Equal(*quantity(252)) {
		t.Errorf("%s are ordered, want the changed quantity", got)
	}
}

func TestAChangedQuantityCanBeOrdered(t *testing.T) {
	w := newWorld(t)
	p := w.waiting("R-1")
	for _, wrong := range []int64{0, 250, 12} {
		d := approval(p, "ana")
		d.Quantity, d.Reason = quantity(wrong), "a full pallet"
		if _, err := w.workflow.Decide(t.Context(), d); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%d: %v, want invalid", wrong, err)
		}
	}
	d := approval(p, "ana")
	d.Quantity = quantity(2400)
	if _, err := w.workflow.Decide(t.Context(), d); models.CodeOf(err) != models.CodeInvalid {
		t.Errorf("another quantity without a reason: %v, want invalid", err)
	}
	d.Reason = "a promotion"
	after, err := w.workflow.Decide(t.Context(), d)
	if err != nil || after.State != models.ProposalWaiting || after.Route != models.RouteDouble {
		t.Errorf("ten times as much is %s by %s (%v), want it to wait for a second person", after.State, after.Route, err)
	}
}

func TestRecompute(t *testing.T) {
	w := newWorld(t)
	w.waiting("R-1")
	if err := w.workflow.Recompute(t.Context(), "R-1", "ana", "stock moved"); err != nil {
		t.Fatal(err)
	}
	if len(w.engine.asked) != 1 || w.engine.asked[0] != "A@LEE: stock moved" {
		t.Errorf("the engine was asked %q", w.engine.asked)
	}
	if got := w.text(`SELECT verdict || ' ' || actor FROM decisions`); got != "recompute ana" {
		t.Errorf("the decision kept is %q", got)
	}
	w.engine.err = errors.New("down")
	if err := w.workflow.Recompute(t.Context(), "R-1", "ana", "again"); models.CodeOf(err) != models.CodeUnavailable {
		t.Errorf("with the engine down: %v, want unavailable", err)
	}
	if got := w.text(`SELECT count(*) FROM audit`); got != "1" {
		t.Errorf("%s audit rows, want the one of what happened", got)
	}
}
