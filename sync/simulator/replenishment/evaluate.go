package replenishment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"throughline/models"
	"throughline/sync/simulator/chance"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/replenish"
)

const minutesOfDay = 24 * 60

// Advance evaluates what is due: what it was asked for, every new revision,
// and once a business day each item-DC whose stock has changed, at a minute of
// its own; in the nightly exchange, all of that after the import of the night.
func (e *Engine) Advance(ctx context.Context) error {
	if _, stuck := e.cfg.Board.Active(fault.StuckEngine); stuck {
		return nil
	}
	if e.cfg.Inbox != nil {
		return e.advanceNight(ctx, e.cfg.Inbox.Night())
	}
	return e.evaluateDue(ctx, minuteOf)
}

// minuteOf is the minute of the business day by which an item-DC's own minute
// must have come.
func minuteOf(business time.Time) int { return business.Hour()*60 + business.Minute() }

func (e *Engine) evaluateDue(ctx context.Context, until func(business time.Time) (minute int)) error {
	for {
		var next []key
		err := e.change(ctx, func(d *draft) error {
			business := e.cfg.Clock.Business()
			next = e.due(d.known, business, until(business))
			next = next[:min(len(next), batch)]
			return e.evaluate(ctx, d, next)
		})
		if err != nil {
			return err
		}
		e.answered(next)
		if len(next) < batch || ctx.Err() != nil {
			return nil //nolint:nilerr // a shutdown is no failure
		}
	}
}

// due lists the item-DCs to look at now, the urgent ones first, and those whose
// own minute of the day has come by minute. The caller holds the lock.
func (e *Engine) due(known *knowledge, business time.Time, minute int) []key {
	urgent := slices.Collect(maps.Keys(e.asked))
	var routine []key
	today := business.Format(time.DateOnly)
	for at, s := range known.stock {
		last, revision := known.reviews[at], known.forecasts[at].Revision
		switch {
		case e.asked[at] || revision == 0 || !known.knowsTerms(at.item):
		case revision > last.Revision:
			urgent = append(urgent, at)
		case s.Version > last.Stock && last.Day != today && chance.Between(0, minutesOfDay-1, at.item, at.dc, "review") <= minute:
			routine = append(routine, at)
		}
	}
	for _, keys := range [][]key{urgent, routine} {
		slices.SortFunc(keys, func(a, b key) int { return strings.Compare(a.String(), b.String()) })
	}
	return append(urgent, routine...)
}

// evaluate is one run of the engine.
func (e *Engine) evaluate(ctx context.Context, d *draft, keys []key) error {
	if len(keys) == 0 {
		return nil
	}
	var number int64
	if err := e.cfg.DB.QueryRow(ctx, "SELECT nextval('run_numbers')").Scan(&number); err != nil {
		return fmt.Errorf("number the run: %w", err)
	}
	run := fmt.Sprintf("RUN-%d", number)
	for _, at := range keys {
		if err := e.evaluateOne(ctx, d, run, at); err != nil {
			return err
		}
	}
	return nil
}

// answered forgets what the engine was asked for and has done.
func (e *Engine) answered(keys []key) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, at := range keys {
		delete(e.asked, at)
	}
}

func (e *Engine) evaluateOne(ctx context.Context, d *draft, run string, at key) error {
	business, now := e.cfg.Clock.Business(), e.cfg.Clock.Now()
	in, err := d.known.input(at, business, now)
	if err != nil {
		return err
	}
	decision := e.cfg.Policy.Evaluate(in)
	if decision.Outcome == replenish.Recommend {
		if in.Surpluses, err = d.known.surpluses(e.cfg.Policy, at, business, now); err != nil {
			return err
		}
		decision = e.cfg.Policy.Evaluate(in)
	}
	next := d.known.reviews[at]
	cause := d.known.cause(at, next)
	next.Item, next.DC = at.item, at.dc
	next.Revision, next.Stock = d.known.forecasts[at].Revision, d.known.stock[at].Version
	next.Day = business.Format(time.DateOnly)
	offered := ""
	if p := decision.Proposal; p != nil {
		if offered, err = e.recommendationID(ctx); err != nil {
			return err
		}
		next.Offered, next.FromDC, next.Since = offered, p.FromDC, business
		cause.Correlation = models.OrderReference(offered) // under which the order will stand
	}
	d.announce(models.TypeEvaluation, at, now, cause, evaluation(run, at, decision, offered, now))
	if offered != "" {
		offer := recommendation(run, at, decision, offered, now)
		d.announce(models.TypeRecommendation, at, now, cause, offer)
		d.messages[len(d.messages)-1].After = len(d.messages) - 1
		if err := d.note(factOffer, at.String(), offer); err != nil {
			return err
		}
	}
	return d.note(factReview, at.String(), next)
}

func (e *Engine) recommendationID(ctx context.Context) (string, error) {
	var number int64
	if err := e.cfg.DB.QueryRow(ctx, "SELECT nextval('recommendation_numbers')").Scan(&number); err != nil {
		return "", fmt.Errorf("number the recommendation: %w", err)
	}
	return fmt.Sprintf("R-%d", number), nil
}

// cause is what an evaluation follows from: the revision that it is the first to
// look at, else the newest figure of stock.
func (k *knowledge) cause(at key, last review) outbox.Cause {
	if f := k.forecasts[at]; f.Revision > last.Revision {
		return f.Cause
	}
	return k.stock[at].Cause
}

func (d *draft) announce(kind models.EventType, at key, now time.Time, cause outbox.Cause, data any) {
	d.messages = append(d.messages, outbox.Message{
		Type: kind, Subject: at.item + "/" + at.dc, Item: at.item, DC: at.dc, OccurredAt: now, Data: data, Cause: cause,
	})
}
