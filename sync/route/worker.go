package route

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"throughline/models"
	"throughline/models/store"
)

// errGone ends a worker whose subscription takes no more deliveries, or takes
// them from another process.
var errGone = errors.New("the subscription takes no deliveries")

// changesPerRead bounds what a worker holds in memory, batches being whole.
const changesPerRead = 1000

// deliver brings one shard of one subscription up to date.
func (r *Router) deliver(ctx context.Context, to *target, at store.RouteShard) {
	for more := true; more && ctx.Err() == nil; {
		var err error
		more, err = r.next(ctx, to, at)
		switch {
		case errors.Is(err, errGone):
			to.gate.Hasten() // once it is resumed, nothing waits for a probe
		case err == nil, ctx.Err() != nil:
		case models.CodeOf(err) == models.CodeConflict:
			return
		default:
			r.cfg.Logger.Error("deliveries stopped for a moment", slog.String("subscription", at.Subscription),
				slog.Int("shard", int(at.Shard)), slog.String("error", err.Error()))
			return
		}
	}
}

// next delivers what one read of the change log brings, and moves the cursor
// behind it when all of it was taken.
func (r *Router) next(ctx context.Context, to *target, at store.RouteShard) (more bool, err error) {
	s, err := r.active(ctx, at.Subscription)
	if err != nil {
		return false, err
	}
	seen, ok, err := r.cfg.Store.Next(ctx, s, at.Shard, changesPerRead)
	if err != nil || !ok {
		return false, err
	}
	skipped, err := r.cfg.Store.Skipped(ctx, s, at.Shard)
	if err != nil {
		return false, err
	}
	filter, err := to.filter(s)
	if err != nil {
		return false, err
	}
	all, doubtful, err := messages(s, filter, after(seen, skipped))
	if err != nil {
		return false, err
	}
	if doubtful != nil {
		r.cfg.Logger.Warn("a route's condition cannot be evaluated, so the events are delivered",
			slog.String("subscription", s.Name), slog.String("error", doubtful.Error()))
	}
	for _, m := range all {
		if err := r.send(ctx, to, s, seen, m); err != nil {
			return false, err
		}
	}
	return true, r.cfg.Store.Passed(ctx, s, seen)
}

// active is a subscription that this process may deliver to now.
func (r *Router) active(ctx context.Context, name string) (models.Subscription, error) {
	s, err := r.cfg.Store.Subscription(ctx, name)
	if err == nil && (s.State != models.SubscriptionActive || !r.cfg.Store.Holds(ctx, name)) {
		err = errGone
	}
	return s, err
}

// insist repeats a message until its target takes it; what follows in the shard
// waits. It gives up when the subscription is no longer active, and when the target
// refuses the message for good: it then tells how, with what of it was refused before.
func (r *Router) insist(ctx context.Context, to *target, at store.RouteShard, m message, before refusal) (refused *refusal, err error) {
	for attempt := 1; ; attempt++ {
		s, pass, err := r.enter(ctx, to, at.Subscription)
		if err != nil {
			return nil, err
		}
		d, wait := r.attempt(ctx, to, s, m)
		if ctx.Err() != nil {
			pass.Drop()
			return nil, ctx.Err() // shutdown is not an attempt
		}
		pass.Done(d.AgainstTarget(), wait)
		d.Shard, d.Attempt = at.Shard, attempt
		r.trace(d, m)
		if d.Delivered {
			return nil, r.delivered(ctx, d, m)
		}
		policy := r.cfg.Retries[models.RetryClass(d.Class)]
		wait = max(policy.Wait(attempt), wait)
		if err := r.failed(ctx, d, d.EndedAt.Add(wait), policy); err != nil {
			return nil, err
		}
		if d.Refused() {
			if before = before.and(d); before.final(len(m.changes), policy) {
				return &before, nil
			}
		}
		if err := r.pause(ctx, to, s, wait, to.gate.Changed()); err != nil {
			return nil, err
		}
		skipped, err := r.cfg.Store.Skipped(ctx, s, at.Shard)
		if err != nil || !beyond(m.changes[len(m.changes)-1], skipped) {
			return nil, err
		}
	}
}

func (r *Router) delivered(ctx context.Context, d models.Delivery, m message) error {
	held, err := m.versions()
	if err != nil {
		return err
	}
	r.log(slog.LevelDebug, d)
	return r.cfg.Store.Delivered(ctx, store.Delivered{Delivery: d, Changes: m.changes, Versions: held, Latency: m.latency(d.Shard, d.EndedAt)})
}

// failed keeps a failed attempt. A target that is gone, or whose deadline is over,
// gets no more until a person resumes its route.
func (r *Router) failed(ctx context.Context, d models.Delivery, next time.Time, policy models.RetryPolicy) error {
	r.log(slog.LevelWarn, d)
	first, err := r.cfg.Store.Failed(ctx, d, next)
	if err != nil {
		return err
	}
	why := "The target answered 410 Gone."
	switch {
	case d.Class != models.ClassPermanent && policy.Over(first, next):
		why = "A message was not taken until its deadline: " + d.Error
	case d.Class != models.ClassPermanent:
		return nil
	}
	if err := r.cfg.Store.Disable(ctx, d.Subscription, why); err != nil {
		return err
	}
	return errGone
}

// attempt sends a message once. wait is the pause that the target asks for.
func (r *Router) attempt(ctx context.Context, to *target, s models.Subscription, m message) (d models.Delivery, wait time.Duration) {
	select {
	case to.slots <- struct{}{}:
		defer func() { <-to.slots }()
	case <-ctx.Done():
		return d, 0
	}
	d = models.Delivery{
		Subscription: s.Name, MessageID: m.id, Events: len(m.changes), StartedAt: r.cfg.Now(),
		FromPos: m.changes[0].Pos, ToPos: m.changes[len(m.changes)-1].Pos,
		FromSeq: m.changes[0].Seq, ToSeq: m.changes[len(m.changes)-1].Seq, Carried: m.carried(),
	}
	response, answer, err := r.post(ctx, to, s, m, d.StartedAt) //nolint:bodyclose // post has read and closed it
	d.EndedAt = r.cfg.Now()
	if err != nil {
		d.Class, d.Error = string(models.RetryTransient), err.Error()
		return d, 0
	}
	d.Status = response.StatusCode
	switch {
	case d.Status/100 == 2:
		d.Delivered = true
		to.aside.Store(0)
	case d.Status == http.StatusGone:
		d.Class, d.Error = models.ClassPermanent, "The target is gone for good."
	case d.Status == http.StatusTooManyRequests || response.Header.Get("Retry-After") != "":
		d.Class, d.Error = string(models.RetryRateLimited), "The target answered "+response.Status+"."
	case refuses(d.Status) && to.aside.Load() < asideInARow:
		d.Class, d.Error = string(models.RetryRefused), "The target answered "+response.Status+"."
	default:
		d.Class, d.Error = string(models.RetryTransient), "The target answered "+response.Status+"."
	}
	if !d.Delivered {
		d.Answer = answer
	}
	return d, r.retryAfter(response.Header)
}

// post signs and sends a message, and gives the beginning of the answer's body.
func (r *Router) post(ctx context.Context, to *target, s models.Subscription, m message, at time.Time) (response *http.Response, answer string, err error) {
	signature, err := sign(s, m, at)
	if err != nil {
		return nil, "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(m.body))
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Content-Type", "application/cloudevents-batch+json")
	request.Header.Set("User-Agent", "Throughline")
	if first := m.changes[0].TraceParent(); first != "" {
		request.Header.Set("Traceparent", string(first))
	}
	request.Header.Set(webhooks.HeaderWebhookID, m.id)
	request.Header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	request.Header.Set(webhooks.HeaderWebhookSignature, signature)
	response, err = to.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	return response, readAnswer(response.Body), nil
}

// sign signs with every secret that the receiver may hold, separated by blanks
// as Standard Webhooks has it.
func sign(s models.Subscription, m message, at time.Time) (string, error) {
	var signatures []string
	for _, secret := range s.Secrets(at) {
		signer, err := webhooks.NewWebhook(secret)
		if err != nil {
			return "", err
		}
		signature, err := signer.Sign(m.id, at, m.body)
		if err != nil {
			return "", err
		}
		signatures = append(signatures, signature)
	}
	return strings.Join(signatures, " "), nil
}

// retryAfter is the pause a target asks for, in seconds or as a date, within reason.
func (r *Router) retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(max(seconds, 0), 1<<20)) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(r.cfg.Now())
	}
	return min(max(wait, 0), r.cfg.RetryAfterMax)
}

func (r *Router) log(level slog.Level, d models.Delivery) {
	r.cfg.Logger.Log(context.Background(), level, "delivery",
		slog.String("subscription", d.Subscription), slog.Int("shard", int(d.Shard)), slog.String("message_id", d.MessageID),
		slog.Int("events", d.Events), slog.Int("attempt", d.Attempt), slog.Int("status", d.Status),
		slog.String("error", d.Error), slog.Int64("duration_ms", d.EndedAt.Sub(d.StartedAt).Milliseconds()))
}
