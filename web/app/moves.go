package app

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
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
		return "/chain?q=" + url.QueryEscape(firstOf(s.Recommendation, s.Document, itemAt(s.Item, s.DC)))
	case "inspect":
		if s.ERPWrite != 0 {
			return "/writes/" + strconv.FormatInt(s.ERPWrite, 10)
		}
		return "/events/" + strconv.FormatInt(s.EventSeq, 10)
	case "rejected":
		query := url.Values{"source": {s.Source}}
		if e.Code == models.ExceptionBadEnvelope || e.Code == models.ExceptionContractViolation {
			query.Set("code", string(e.Code))
		}
		return "/rejected?" + query.Encode()
	case "parked":
		return "/parked"
	case "shelf":
		return "/exceptions?view=shelved"
	case "callers":
		return "/connectors"
	case "source":
		return "/flow#hop-source-" + url.PathEscape(s.Source)
	case "flow":
		return "/flow"
	case "route":
		if s.ERPWrite != 0 {
			return "/writes/" + strconv.FormatInt(s.ERPWrite, 10)
		}
		return "/routes/" + url.PathEscape(s.Source)
	case "stock":
		return "/stock?open=" + url.QueryEscape(itemAt(s.Item, s.DC))
	case "influence":
		return "/influence?dc=" + url.QueryEscape(s.DC)
	case "orders":
		return "/orders"
	case "overview":
		return "/overview"
	case "refused":
		return "/routes/" + url.PathEscape(s.Source) + "/refused"
	case "audit":
		return "/books"
	case "compare":
		return "/exceptions/" + strconv.FormatInt(e.ID, 10)
	}
	return ""
}

// Run carries out a move that acts, and says in a sentence what was done. why is
// what the person says about it; empty where nobody is asked.
func (m moves) Run(ctx context.Context, e models.Exception, move string, actor models.User, why string) (string, error) {
	reason := fmt.Sprintf("exception %d: %s", e.ID, e.Title)
	if why != "" {
		reason = why + " (" + reason + ")"
	}
	s := e.Subject
	switch move {
	case "accept", "chase", "evaluate", "reread", "reconcile":
		return m.ask(ctx, e, move, actor, reason, why)
	case "resubmit":
		return m.p.writeDesk().Resubmit(ctx, s.ERPWrite, actor.Name, reason)
	case "recompute":
		return "Replenishment computes it again on current stock.", m.p.workflow.Recompute(ctx, s.Recommendation, actor.Name, reason)
	case "audit":
		return m.audit(ctx)
	case "look":
		return m.look(ctx)
	case "retry":
		return m.retry(ctx, e, actor.Name, reason)
	}
	return "", models.Errorf(models.CodeNotFound, "There is no move %q.", move)
}

// ask has another system do something, and the audit trail tell of it: the
// moves that the tower itself carries out write their own rows.
func (m moves) ask(ctx context.Context, e models.Exception, move string, actor models.User, reason, why string) (done string, err error) {
	entry := models.AuditEntry{
		Actor: actor.Name, Action: "exception." + move, Subject: "exception:" + strconv.FormatInt(e.ID, 10), Reason: firstOf(why, e.Title),
	}
	err = store.NewAudit(m.p.db).Around(ctx, entry, func(ctx context.Context) (err error) {
		switch move {
		case "accept", "chase":
			done, err = m.answerSupplier(ctx, e, move)
		case "evaluate":
			done = fmt.Sprintf("Replenishment looks at %s in %s now.", e.Subject.Item, e.Subject.DC)
			err = m.p.systems.replenishment.Reevaluate(ctx, e.Subject.Item, e.Subject.DC, reason)
		default:
			done, err = m.compare(ctx, e, move, actor)
		}
		return err
	})
	return done, err
}

// answerSupplier tells the supplier, through the ERP, what we make of what it
// confirmed for the item's lines of the order.
func (m moves) answerSupplier(ctx context.Context, e models.Exception, move string) (string, error) {
	if m.p.systems.erp == nil {
		return "", errNoERP()
	}
	lines, err := store.NewOverview(m.p.db).OrderLines(ctx, e.Subject.Document, e.Subject.Item)
	if err != nil {
		return "", err
	}
	answer, done := m.p.systems.erp.ChaseConfirmation, "The supplier is asked again through the ERP."
	if move == "accept" {
		answer, done = m.p.systems.erp.AcceptConfirmation, "The ERP takes what the supplier confirmed."
	}
	for _, line := range lines {
		if err := answer(ctx, e.Subject.Document, line); err != nil {
			return "", connector.Told(err, "The ERP cannot be asked now: try again in a minute.")
		}
	}
	return done, nil
}

// compare reads one balance, or all, again from the ERP that owns them.
func (m moves) compare(ctx context.Context, e models.Exception, move string, actor models.User) (string, error) {
	if move == "reread" {
		read, err := rereads(m).Reread(ctx, e.Subject.Source, e.Subject.Item, e.Subject.DC, true)
		return read.Sentence(), err
	}
	if m.p.reconciler == nil {
		return "", errNoERP()
	}
	run, err := m.p.reconciler.RunNow(ctx, m.p.erpSource(), actor.Name)
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

// look has every detector look again.
func (m moves) look(ctx context.Context) (string, error) {
	if _, err := m.p.watcher.Sweep(ctx); err != nil {
		return "", models.Wrap(models.CodeUnavailable, err, "It still cannot look everywhere; the log of the tower says why.")
	}
	return "It looked everywhere.", nil
}

func errNoERP() error {
	return models.Errorf(models.CodePrecondition, "No ERP is connected: start Throughline with --erp-url.")
}

// retry tries every event of the exception's group again.
func (m moves) retry(ctx context.Context, e models.Exception, actor, reason string) (string, error) {
	seqs, err := store.NewExceptions(m.p.db).Events(ctx, e)
	if err != nil {
		return "", err
	}
	if len(seqs) > models.AtOnce {
		return "", models.Errorf(models.CodePrecondition, "These are more than %d events: plan a bulk action under Parked events, which shows first what it would do.", models.AtOnce)
	}
	results, err := m.p.apply.Retry(ctx, seqs, actor, reason)
	if err != nil {
		return "", err
	}
	effective := 0
	for _, r := range results {
		if r.State == "applied" || r.State == "superseded" {
			effective++
		}
	}
	return fmt.Sprintf("Tried %d events again: %d took effect.", len(results), effective), nil
}

func itemAt(item, dc string) string {
	if dc == "" {
		return item
	}
	return item + "@" + dc
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
