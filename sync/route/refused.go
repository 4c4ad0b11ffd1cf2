package route

import (
	"context"
	"log/slog"
	"net/http"

	"throughline/models"
	"throughline/models/store"
)

// refuses reports whether a status speaks of what was sent. 401 and 403 do not:
// they refuse the sender, whatever it sends.
func refuses(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// asideInARow is how many events are set aside without one that is taken. A
// target that refuses more refuses everything: it is then waited for like one
// that is down, or the whole flow would end up with a person.
const asideInARow = 10

// send has a message taken. One that stays refused is halved until the event to
// blame is alone and is set aside; the rest is taken in its order.
func (r *Router) send(ctx context.Context, to *target, s models.Subscription, seen store.ShardChanges, m message) error {
	return r.sendPart(ctx, to, s, seen, m, r.cfg.Retries[models.RetryRefused].Tries, 0)
}

// sendPart sends a part of a message of which the whole was refused so many times
// before; from then on one more refusal is enough.
func (r *Router) sendPart(ctx context.Context, to *target, s models.Subscription, seen store.ShardChanges, m message, tries, before int) error {
	refused, err := r.insist(ctx, to, store.RouteShard{Subscription: s.Name, Shard: seen.Shard}, m, tries)
	if err != nil || refused == nil {
		return err
	}
	before += refused.Attempt
	half := len(m.changes) / 2
	if half == 0 {
		return r.setAside(ctx, to, seen, m, *refused, before)
	}
	for _, changes := range [][]store.Change{m.changes[:half], m.changes[half:]} {
		part, err := pack(s, changes)
		if err != nil {
			return err
		}
		if err := r.sendPart(ctx, to, s, seen, part, 1, before); err != nil {
			return err
		}
	}
	return nil
}

// setAside keeps the one event of a message for a person and moves the route past it.
func (r *Router) setAside(ctx context.Context, to *target, seen store.ShardChanges, m message, d models.Delivery, attempts int) error {
	change := m.changes[0]
	r.cfg.Logger.Warn("an event is refused and set aside", slog.String("subscription", d.Subscription),
		slog.Int64("seq", change.Seq), slog.Int("status", d.Status), slog.Int("attempt", attempts))
	to.aside.Add(1)
	return r.cfg.Store.SetAside(ctx, models.RefusedEvent{
		Subscription: d.Subscription, Event: change.Event, Pos: change.Pos, AppliedAt: change.AppliedAt,
		Status: d.Status, Answer: d.Answer, Attempts: attempts, RefusedAt: d.EndedAt,
	}, seen.After)
}

// Redeliver sends an event that was set aside once more, beside the log and under
// an id of its own. CodeConflict says that it is refused again, CodeUnavailable
// that the target does not answer, CodePrecondition that the route does not
// deliver; it stays set aside then.
func (r *Router) Redeliver(ctx context.Context, e models.RefusedEvent) error {
	d, m, err := r.once(ctx, e.Subscription, store.Change{Event: e.Event, Pos: e.Pos, AppliedAt: e.AppliedAt})
	if err != nil {
		return err
	}
	d.Shard, d.Attempt = e.Event.Shard, e.Attempts+1
	r.trace(d, m)
	if d.Delivered {
		return r.delivered(ctx, d, m)
	}
	if !refuses(d.Status) {
		return models.Errorf(models.CodeUnavailable, "%s does not take anything now: %s. Try again shortly.", e.Subscription, d.Error)
	}
	if err := r.cfg.Store.RefusedAgain(ctx, e, d); err != nil {
		return err
	}
	return models.Errorf(models.CodeConflict, "%s did not take it: %s", e.Subscription, d.Error)
}
