package reconcile

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

const rereadPoll = 20 * time.Millisecond

// Reread reads one key again from the owner, as a person asks for it, and says
// what came of it: it waits for a patience until that is decided, real time, or not
// at all. A key that the owner does not have is CodePrecondition, an owner that does
// not answer CodeUnavailable.
func (r *Reconciler) Reread(ctx context.Context, item, dc string, wait bool) (models.Reread, error) {
	result := models.Reread{Item: item, DC: dc}
	theirs, err := r.cfg.Owner.Balance(ctx, item, dc)
	if err != nil {
		return result, unanswered(err, r.cfg.Source, item, dc)
	}
	result.Theirs = figure(theirs)
	e, err := r.cfg.event(theirs, models.RereadID)
	if err != nil {
		return result, err
	}
	seq, err := r.cfg.Intake.Accept(ctx, e)
	if err != nil {
		return result, err
	}
	patience := r.cfg.Patience
	if !wait {
		patience = 0
	}
	if result.Outcome, err = r.decided(ctx, seq, patience); err != nil {
		return result, err
	}
	result.Ours, err = r.cfg.Reconciles.Held(ctx, store.ItemDC{Item: item, DC: dc})
	return result, err
}

// Preview asks the owner for the figure that reading a key again would bring, to the
// tower or, where source holds a copy, to that, and changes nothing. A system that
// does not answer is CodeUnavailable.
func (r *Reconciler) Preview(ctx context.Context, source, item, dc string) (models.RereadPreview, error) {
	p := models.RereadPreview{Item: item, DC: dc, Owner: r.cfg.Source}
	held, isCopy := r.copyOf(source)
	p.Copy = held.System
	if err := r.knows(source); err != nil {
		return p, err
	}
	if err := r.cfg.Paused(source); err != nil {
		return p, err
	}
	var err error
	if p.Theirs, p.Gone, err = ask(ctx, r.cfg.Owner, item, dc); err != nil {
		return p, unanswered(err, r.cfg.Source, item, dc)
	}
	if !isCopy {
		err = r.cfg.Reconciles.Preview(ctx, &p)
		return p, err
	}
	if p.Ours, _, err = ask(ctx, held.Holds, item, dc); err != nil {
		err = unanswered(err, held.System, item, dc)
	}
	return p, err
}

// unanswered is a failed question about a key in words for whoever asked it.
func unanswered(err error, system, item, dc string) error {
	if unknown(err) {
		return models.Wrap(models.CodePrecondition, err, fmt.Sprintf("%s has no such position: %s in %s.", system, item, dc))
	}
	return connector.Told(err, system+" cannot be asked now: try again in a minute.")
}

// ask reads a key, of which a system may have nothing.
func ask(ctx context.Context, from connector.Balances, item, dc string) (f models.StockFigure, gone bool, err error) {
	b, err := from.Balance(ctx, item, dc)
	if unknown(err) {
		return f, true, nil
	}
	if err != nil {
		return f, false, err
	}
	return figure(b), false, nil
}

// decided is what came of an event, pending while nothing has within the patience.
func (r *Reconciler) decided(ctx context.Context, seq int64, patience time.Duration) (models.ReplayResult, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(rereadPoll)
	defer poll.Stop()
	for {
		result, err := r.cfg.Reconciles.Outcome(ctx, seq)
		if err != nil || result.State != "pending" {
			return result, err
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			return result, nil
		case <-ctx.Done():
			return result, ctx.Err()
		}
	}
}
