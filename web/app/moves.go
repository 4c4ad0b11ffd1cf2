package app

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"throughline/models"
	"throughline/models/store"
)

// moves carries out the next move of an exception with whatever part of the
// tower does it.
type moves struct{ p *Program }

func (p *Program) moves() moves { return moves{p} }

// Address is where a move that only looks leads; empty for one that acts.
func (m moves) Address(e models.Exception, move string) string {
	s := e.Subject
	switch move {
	case "chain":
		return "/search?q=" + url.QueryEscape(firstOf(s.Recommendation, s.Document, s.Item+" "+s.DC))
	case "inspect":
		if s.ERPWrite != 0 {
			return "/writes/" + strconv.FormatInt(s.ERPWrite, 10)
		}
		return "/events/" + strconv.FormatInt(s.EventSeq, 10)
	case "rejected":
		return "/rejected?source=" + url.QueryEscape(s.Source)
	case "source":
		return "/flow"
	case "route":
		if s.ERPWrite != 0 {
			return "/writes/" + strconv.FormatInt(s.ERPWrite, 10)
		}
		return "/routes/" + url.PathEscape(s.Source)
	case "audit":
		return "/books"
	case "compare":
		return "/search?q=" + url.QueryEscape(s.Recommendation)
	}
	return ""
}

// Run carries out a move that acts, and says in a sentence what was done.
func (m moves) Run(ctx context.Context, e models.Exception, move string, actor models.User) (string, error) {
	reason := fmt.Sprintf("exception %d: %s", e.ID, e.Title)
	s := e.Subject
	switch move {
	case "accept", "chase":
		return m.answerSupplier(ctx, e, move)
	case "resubmit":
		return "The order is sent again.", m.p.workflow.Resubmit(ctx, s.ERPWrite, actor.Name, reason)
	case "recompute":
		return "Replenishment computes it again on current stock.", m.p.workflow.Recompute(ctx, s.Recommendation, actor.Name, reason)
	case "evaluate":
		return fmt.Sprintf("Replenishment looks at %s in %s now.", s.Item, s.DC), m.p.systems.replenishment.Reevaluate(ctx, s.Item, s.DC, reason)
	case "reread", "reconcile":
		return m.compare(ctx, e, move, actor)
	case "audit":
		return m.audit(ctx)
	case "retry":
		return m.retry(ctx, s.EventSeq, actor.Name, reason)
	}
	return "", models.Errorf(models.CodeNotFound, "There is no move %q.", move)
}

func (m moves) answerSupplier(ctx context.Context, e models.Exception, move string) (string, error) {
	if m.p.systems.erp == nil {
		return "", errNoERP()
	}
	const line = 1 // orders made by the tower have one line
	if move == "accept" {
		return "The ERP takes what the supplier confirmed.", m.p.systems.erp.AcceptConfirmation(ctx, e.Subject.Document, line)
	}
	return "The supplier is asked again through the ERP.", m.p.systems.erp.ChaseConfirmation(ctx, e.Subject.Document, line)
}

// compare reads one balance, or all, again from the ERP that owns them.
func (m moves) compare(ctx context.Context, e models.Exception, move string, actor models.User) (string, error) {
	if m.p.reconciler == nil {
		return "", errNoERP()
	}
	if move == "reread" {
		return fmt.Sprintf("The ERP's balance of %s in %s was read again.", e.Subject.Item, e.Subject.DC),
			m.p.reconciler.Reread(ctx, e.Subject.Item, e.Subject.DC)
	}
	run, err := m.p.reconciler.RunNow(ctx, "erp", actor.Name)
	return fmt.Sprintf("%d balances compared: %d agree, %d are in flight, %d differ.", run.Compared, run.Matched, run.InFlight, run.Drifted), err
}

func (m moves) audit(ctx context.Context) (string, error) {
	books, err := store.NewBooks(m.p.db).Audit(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Counted again from the effects: received %d, applied %d, superseded %d, parked %d, discarded %d, pending %d.",
		books.Total.Received, books.Total.Applied, books.Total.Superseded, books.Total.Parked, books.Total.Discarded, books.Total.Pending), nil
}

func errNoERP() error {
	return models.Errorf(models.CodePrecondition, "No ERP is connected: start Throughline with --erp-url.")
}

func (m moves) retry(ctx context.Context, seq int64, actor, reason string) (string, error) {
	results, err := m.p.apply.Retry(ctx, []int64{seq}, actor, reason)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Event %d was tried again: %s.", seq, results[0].State), nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
