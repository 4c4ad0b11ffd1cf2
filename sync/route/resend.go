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
	d, _, err := r.once(ctx, subscription, store.Change{Event: e})
	switch {
	case err != nil || d.Delivered:
	case d.Refused():
		err = models.Errorf(models.CodeConflict, "%s refuses %s: %s", subscription, e.Subject, d.Error)
	default:
		err = models.Errorf(models.CodeUnavailable, "%s did not take %s again: %s", subscription, e.Subject, d.Error)
	}
	return err
}

// once sends a message of one event through the circuit of its target.
// CodePrecondition says that the route does not deliver, CodeUnavailable that
// the target is left alone.
func (r *Router) once(ctx context.Context, subscription string, change store.Change) (d models.Delivery, m message, err error) {
	s, err := r.cfg.Store.Subscription(ctx, subscription)
	if err != nil {
		return d, m, err
	}
	if s.State != models.SubscriptionActive {
		return d, m, models.Errorf(models.CodePrecondition, "The route to %s does not deliver. Resume it first.", subscription)
	}
	if m, err = pack(s, []store.Change{change}); err != nil {
		return d, m, err
	}
	m.id = fmt.Sprintf("%s_%d", m.id, r.cfg.Now().UnixNano())
	r.mu.Lock()
	to := r.target(subscription)
	r.mu.Unlock()
	left := to.gate.Call(ctx, func() (transient bool, asked time.Duration) {
		d, asked = r.attempt(ctx, to, s, m)
		return d.AgainstTarget(), asked
	})
	switch {
	case d.Delivered: // also as the caller leaves
		return d, m, nil
	case ctx.Err() != nil:
		return d, m, ctx.Err()
	case left > 0:
		return d, m, models.Errorf(models.CodeUnavailable, "%s fails and is left alone for another %s.", subscription, left.Round(time.Second))
	}
	r.log(slog.LevelWarn, d)
	return d, m, nil
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
