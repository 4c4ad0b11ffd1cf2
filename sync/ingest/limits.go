package ingest

import (
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"throughline/models"
)

// Limits holds a token bucket over events for each limited key, in this
// process. A key's new limit counts as soon as the key is read again. It is safe for concurrent use.
type Limits struct {
	now  func() time.Time
	told QuotaTrouble

	mu      sync.Mutex
	buckets map[int64]*bucket
}

type bucket struct {
	limit  models.RateLimit
	tokens *rate.Limiter
}

// QuotaTrouble is told of each call that was turned away above a key's quota
// (models.TroubleThrottled), or taken with next to nothing of it left
// (models.TroubleScarce). It must not block.
type QuotaTrouble func(key models.APIKey, kind models.TroubleKind, left models.Quota)

// NewLimits makes Limits that tell of trouble; told may be nil.
func NewLimits(now func() time.Time, told QuotaTrouble) *Limits {
	if told == nil {
		told = func(models.APIKey, models.TroubleKind, models.Quota) {}
	}
	return &Limits{now: now, told: told, buckets: map[int64]*bucket{}}
}

func (l *Limits) bucket(key models.APIKey, now time.Time) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key.ID]
	if b == nil {
		if len(l.buckets) >= maxCachedKeys {
			clear(l.buckets)
		}
		b = &bucket{tokens: rate.NewLimiter(rate.Limit(key.Limit.Rate), key.Limit.Burst), limit: key.Limit}
		l.buckets[key.ID] = b
	}
	if b.limit != key.Limit {
		b.tokens.SetLimitAt(now, rate.Limit(key.Limit.Rate))
		b.tokens.SetBurstAt(now, key.Limit.Burst)
		b.limit = key.Limit
	}
	return b
}

// Quota is what the key may bring now; nil when it is not limited.
func (l *Limits) Quota(key models.APIKey) *models.Quota {
	if !key.Limit.Limited() {
		return nil
	}
	now := l.now()
	return l.bucket(key, now).quota(key, now)
}

func (b *bucket) quota(key models.APIKey, now time.Time) *models.Quota {
	tokens := min(max(b.tokens.TokensAt(now), 0), float64(key.Limit.Burst))
	return &models.Quota{
		Limit: key.Limit, Remaining: int(tokens),
		Full: time.Duration((float64(key.Limit.Burst) - tokens) / key.Limit.Rate * float64(time.Second)),
	}
}

// Ready refuses a key that may bring nothing now, before its body is read.
func (l *Limits) Ready(key models.APIKey) (*models.Quota, error) {
	now := l.now()
	b := l.bucket(key, now)
	tokens := b.tokens.TokensAt(now)
	if tokens >= 1 {
		return b.quota(key, now), nil
	}
	q := b.quota(key, now)
	l.told(key, models.TroubleThrottled, *q)
	return q, throttled(key, time.Duration((1-tokens)/key.Limit.Rate*float64(time.Second)))
}

// Take takes events from what the key may bring, all or none. CodeThrottled
// says when there will be as many; CodeInvalid with ErrTooLarge that there never
// will be.
func (l *Limits) Take(key models.APIKey, events int) (*models.Quota, error) {
	q, err := l.take(key, events)
	switch {
	case q == nil || events == 0:
	case models.CodeOf(err) == models.CodeThrottled:
		l.told(key, models.TroubleThrottled, *q)
	case err == nil && q.Scarce():
		l.told(key, models.TroubleScarce, *q)
	}
	return q, err
}

// take is Take without telling: who waits here for the quota is in no trouble yet.
func (l *Limits) take(key models.APIKey, events int) (*models.Quota, error) {
	if !key.Limit.Limited() || events == 0 {
		return l.Quota(key), nil
	}
	now := l.now()
	b := l.bucket(key, now)
	reservation := b.tokens.ReserveN(now, events)
	if !reservation.OK() {
		return b.quota(key, now), invalid(models.ErrTooLarge, "This API key may bring "+strconv.Itoa(key.Limit.Burst)+
			" events at once. Send fewer in a request.")
	}
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return b.quota(key, now), throttled(key, wait)
	}
	return b.quota(key, now), nil
}

// TurnedAway tells of a call that waited for the key's quota in vain.
func (l *Limits) TurnedAway(key models.APIKey) {
	if q := l.Quota(key); q != nil {
		l.told(key, models.TroubleThrottled, *q)
	}
}

func throttled(key models.APIKey, wait time.Duration) error {
	e := models.Errorf(models.CodeThrottled, "The API key %s… of %s may bring %g events a second, %d at once. "+
		"Nothing of this request was stored: send it again after the pause in Retry-After.", key.Prefix, key.Source, key.Limit.Rate, key.Limit.Burst)
	e.RetryAfter = wait
	return e
}
