package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// refusedDesk decides on what subscribers refused.
type refusedDesk struct {
	*store.Failures
	p *Program
}

func (p *Program) refusedDesk() refusedDesk { return refusedDesk{store.NewFailures(p.db), p} }

// Redeliver sends an event once more, with the audit rows of what is asked and of
// what came of it. CodeConflict when it is settled already, refused again or being delivered.
func (d refusedDesk) Redeliver(ctx context.Context, subscription string, id int64, actor, reason string) error {
	_, err := d.redeliver(ctx, subscription, id, actor, reason)
	return err
}

// redeliver reports also whether the event was sent at all.
func (d refusedDesk) redeliver(ctx context.Context, subscription string, id int64, actor, reason string) (sent bool, err error) {
	if reason == "" {
		return false, models.Errorf(models.CodeInvalid, "Say what has changed since.")
	}
	err = d.DecideRefused(ctx, subscription, id, func(ctx context.Context, e models.RefusedEvent) error {
		sent = true
		entry := models.AuditEntry{
			Actor: actor, Action: "route.deliver", Subject: "route:" + subscription, Reason: reason, Before: fmt.Sprintf(`{"event":%d}`, e.Event.Seq),
		}
		return store.NewAudit(d.p.db).Around(ctx, entry, func(ctx context.Context) error { return d.p.router.Redeliver(ctx, e) })
	})
	return sent, err
}

// redeliveryPatience is how long somebody waits for an answer: the rest of what is
// to be delivered again is left then.
const redeliveryPatience = 30 * time.Second

const (
	keyRefused = "An earlier event of its key is refused."
	keyLeft    = "An earlier event of its key is left."
	keyForeign = "An earlier event of its key is not for this API key."
	takesLong  = "It takes long: ask again for the rest."
)

// RedeliverAll sends what nobody decided on once more, of some types or, without
// any, of all, each as Redeliver does, and tells what came of each. What is not
// taken, or is of another type, holds the later events of its key and no others. The
// rest is left when the target does not answer or takes long. CodeConflict when there
// is nothing.
func (d refusedDesk) RedeliverAll(ctx context.Context, subscription string, types []models.EventType, actor, reason string) ([]models.Redelivery, error) {
	events, err := d.RefusedToDeliver(ctx, subscription, types, models.MostRedelivered)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		what := "Nothing"
		if len(types) > 0 {
			what = "Nothing of the types of this API key"
		}
		return nil, models.Errorf(models.CodeConflict, "%s that %s refused is set aside.", what, subscription)
	}
	all, held, over, until := make([]models.Redelivery, 0, len(events)), map[string]string{}, "", time.Now().Add(redeliveryPatience)
	for _, e := range events {
		if over == "" && time.Now().After(until) {
			over = takesLong
		}
		if e.Behind {
			held[e.Event.Key] = cmp.Or(held[e.Event.Key], keyForeign)
		}
		if why := cmp.Or(over, held[e.Event.Key]); why != "" {
			all = append(all, models.Redelivery{Event: e.RefusedEvent, Outcome: models.RedeliveryLeft, Why: why})
			continue
		}
		sent, err := d.redeliver(ctx, subscription, e.ID, actor, reason)
		coded, _ := errors.AsType[*models.Error](err)
		switch {
		case errors.Is(err, store.ErrSettled): // somebody decided on it since the list was read
		case err == nil:
			all = append(all, models.Redelivery{Event: e.RefusedEvent, Outcome: models.RedeliveryTaken})
		case coded == nil || coded.Code == models.CodeInvalid:
			return all, err
		case sent && coded.Code == models.CodeConflict:
			all, held[e.Event.Key] = append(all, models.Redelivery{Event: e.RefusedEvent, Outcome: models.RedeliveryRefused, Why: coded.Message}), keyRefused
		default:
			all, held[e.Event.Key] = append(all, models.Redelivery{Event: e.RefusedEvent, Outcome: models.RedeliveryLeft, Why: coded.Message}), keyLeft
			if sent { // whatever else is sent meets the same
				over = coded.Message
			}
		}
	}
	return all, nil
}
