package route

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// Resend delivers one event to one subscriber beside the log, once. It has no
// place in the log's order, so it must be a fact that the receiver may take or
// leave by its version. The message has an id of its own each time: a receiver
// that remembers ids would else not take again what it has lost.
func (r *Router) Resend(ctx context.Context, subscription string, e models.Event) error {
	s, err := r.cfg.Store.Subscription(ctx, subscription)
	if err != nil {
		return err
	}
	if s.State != models.SubscriptionActive {
		return models.Errorf(models.CodePrecondition, "The route to %s does not deliver. Resume it first.", subscription)
	}
	event, err := structured(e)
	if err != nil {
		return err
	}
	var b builder
	b.add(store.Change{Event: e}, event)
	m := b.close(s)
	m.id = fmt.Sprintf("%s_%d", m.id, r.cfg.Now().UnixNano())
	r.mu.Lock()
	to := r.target(subscription)
	r.mu.Unlock()
	var d models.Delivery
	refused := to.gate.Call(ctx, func() (transient bool, asked time.Duration) {
		d, asked = r.attempt(ctx, to, s, m)
		return d.Repeatable(), asked
	})
	if refused > 0 && ctx.Err() == nil {
		return models.Errorf(models.CodeUnavailable, "%s fails and is left alone for another %s.", subscription, refused.Round(time.Second))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !d.Delivered {
		r.log(slog.LevelWarn, d)
		return models.Errorf(models.CodeUnavailable, "%s did not take %s again: %s", subscription, e.Subject, d.Error)
	}
	return nil
}

// Holds reports whether a subscriber is meant to hold what an event states: its
// route takes the event, or would in another form of the same fact, as a movement
// where the event is a balance.
func (r *Router) Holds(ctx context.Context, subscription string, e models.Event) (bool, error) {
	s, err := r.cfg.Store.Subscription(ctx, subscription)
	if err != nil {
		return false, err
	}
	r.mu.Lock()
	to := r.target(subscription)
	r.mu.Unlock()
	filter, err := to.filter(s)
	if err != nil {
		return false, err
	}
	if at := slices.IndexFunc(s.Types, func(t models.EventType) bool { return t.Entity() == e.Type.Entity() }); at >= 0 && !slices.Contains(s.Types, e.Type) {
		e.Type = s.Types[at]
	}
	takes, _ := filter.Takes(e) // in doubt it does, as with a delivery
	return takes, nil
}
