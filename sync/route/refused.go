package route

import (
	"context"
	"log/slog"
	"net/http"
	"time"

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

// refusal is how some events were refused, alone or in a message with others.
type refusal struct {
	times int
	first time.Time // when the first of the attempts that count for the least time began
	last  models.Delivery
}

// and is the refusal with one more.
func (f refusal) and(d models.Delivery) refusal {
	if f.first.IsZero() {
		f.first = d.StartedAt
	}
	return refusal{times: f.times + 1, first: f.first, last: d}
}

// within is what counts of the refusal for a part of so many events. The least time
// of one that is alone begins with it: how long others were tried does not speak of it.
func (f refusal) within(events int) refusal {
	if events == 1 {
		f.first = time.Time{}
	}
	return f
}

// final reports whether so many events are not sent together again. One alone is
// tried on until the least time is over: a proxy may refuse what its target takes
// while that is deployed.
func (f refusal) final(events int, policy models.RetryPolicy) bool {
	return f.times >= policy.Tries && (events > 1 || f.last.EndedAt.Sub(f.first) >= policy.Least)
}

// send has a message taken. One that stays refused is halved until the event to
// blame is alone and is set aside; the rest is taken in its order.
func (r *Router) send(ctx context.Context, to *target, s models.Subscription, seen store.ShardChanges, m message) error {
	return r.sendPart(ctx, to, s, seen, m, refusal{})
}

// sendPart sends a part of a message of which the whole was refused before.
func (r *Router) sendPart(ctx context.Context, to *target, s models.Subscription, seen store.ShardChanges, m message, before refusal) error {
	refused, err := r.insist(ctx, to, store.RouteShard{Subscription: s.Name, Shard: seen.Shard}, m, before)
	if err != nil || refused == nil {
		return err
	}
	half := len(m.changes) / 2
	if half == 0 {
		return r.setAside(ctx, to, seen, m, *refused)
	}
	for _, changes := range [][]store.Change{m.changes[:half], m.changes[half:]} {
		part, err := pack(s, changes)
		if err != nil {
			return err
		}
		if err := r.sendPart(ctx, to, s, seen, part, refused.within(len(changes))); err != nil {
			return err
		}
	}
	return nil
}

// setAside keeps the one event of a message for a person and moves the route past it.
func (r *Router) setAside(ctx context.Context, to *target, seen store.ShardChanges, m message, refused refusal) error {
	change, d := m.changes[0], refused.last
	r.cfg.Logger.Warn("an event is refused and set aside", slog.String("subscription", d.Subscription),
		slog.Int64("seq", change.Seq), slog.Int("status", d.Status), slog.Int("attempt", refused.times))
	to.aside.Add(1)
	return r.cfg.Store.SetAside(ctx, models.RefusedEvent{
		Subscription: d.Subscription, Event: change.Event, Pos: change.Pos, AppliedAt: change.AppliedAt,
		Status: d.Status, Answer: d.Answer, Attempts: refused.times, RefusedAt: d.EndedAt,
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
		return r.delivered(context.WithoutCancel(ctx), d, m) // the target has it, whoever has left
	}
	if !refuses(d.Status) {
		return models.Errorf(models.CodeUnavailable, "%s does not take anything now: %s. Try again shortly.", e.Subscription, d.Error)
	}
	if err := r.cfg.Store.RefusedAgain(ctx, e, d); err != nil {
		return err
	}
	return models.Errorf(models.CodeConflict, "%s did not take it: %s", e.Subscription, d.Error)
}
