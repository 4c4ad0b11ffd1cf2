package ingest

import (
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"throughline/models"
)

// Limits holds token buckets over events in this process: one for each source
// with a quota, which all its keys share, and one for each key with a limit of
// its own. A new limit counts as soon as the key is read again. It is safe for
// concurrent use.
type Limits struct {
	now  func() time.Time
	told QuotaTrouble

	mu      sync.Mutex
	buckets map[holder]*bucket
}

// holder is whose bucket it is: a source's, or that of one key.
type holder struct {
	source string
	key    int64 // 0 for the source's
}

type bucket struct {
	holder holder
	limit  models.RateLimit
	tokens *rate.Limiter
}

// QuotaTrouble is told of each call that was turned away above a quota
// (models.TroubleThrottled), or taken with next to nothing of it left
// (models.TroubleScarce). It must not block.
type QuotaTrouble func(key models.APIKey, kind models.TroubleKind, left models.Quota)

// NewLimits makes Limits that tell of trouble; told may be nil.
func NewLimits(now func() time.Time, told QuotaTrouble) *Limits {
	if told == nil {
		told = func(models.APIKey, models.TroubleKind, models.Quota) {}
	}
	return &Limits{now: now, told: told, buckets: map[holder]*bucket{}}
}

// of are the buckets that a key draws from, as they are limited now.
func (l *Limits) of(key models.APIKey, now time.Time) []bucket {
	var drawn []bucket
	if key.Quota.Limited() {
		drawn = append(drawn, l.bucket(holder{source: key.Source}, key.Quota, now))
	}
	if key.Limit.Limited() {
		drawn = append(drawn, l.bucket(holder{source: key.Source, key: key.ID}, key.Limit, now))
	}
	return drawn
}

func (l *Limits) bucket(of holder, limit models.RateLimit, now time.Time) bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[of]
	if b == nil {
		if len(l.buckets) >= maxCachedKeys {
			clear(l.buckets)
		}
		b = &bucket{holder: of, tokens: rate.NewLimiter(rate.Limit(limit.Rate), limit.Burst), limit: limit}
		l.buckets[of] = b
	}
	if b.limit != limit {
		b.tokens.SetLimitAt(now, rate.Limit(limit.Rate))
		b.tokens.SetBurstAt(now, limit.Burst)
		b.limit = limit
	}
	return *b
}

// Quota is what the key may bring now, by the limit that leaves it least; nil
// when it is not limited.
func (l *Limits) Quota(key models.APIKey) *models.Quota {
	now := l.now()
	return least(l.of(key, now), now)
}

func least(drawn []bucket, now time.Time) *models.Quota {
	var binding *models.Quota
	for i := range drawn {
		if q := drawn[i].quota(now); binding == nil || q.Remaining < binding.Remaining {
			binding = q
		}
	}
	return binding
}

func (b *bucket) quota(now time.Time) *models.Quota {
	tokens := min(max(b.tokens.TokensAt(now), 0), float64(b.limit.Burst))
	return &models.Quota{
		Limit: b.limit, Remaining: int(tokens),
		Full: time.Duration((float64(b.limit.Burst) - tokens) / b.limit.Rate * float64(time.Second)),
	}
}

// Ready refuses a key that may bring nothing now, before its body is read.
func (l *Limits) Ready(key models.APIKey) (*models.Quota, error) {
	now := l.now()
	drawn := l.of(key, now)
	q, refused := least(drawn, now), lacks(key, drawn, 1, now)
	if refused != nil {
		l.told(key, models.TroubleThrottled, *q)
	}
	return q, refused
}

// lacks refuses what not all limits have room for, by the one that takes longest.
func lacks(key models.APIKey, drawn []bucket, events int, now time.Time) (refused error) {
	var longest time.Duration
	for i := range drawn {
		b := &drawn[i]
		if events > b.limit.Burst {
			return b.tooMany()
		}
		if short := float64(events) - b.tokens.TokensAt(now); short > 0 {
			if wait := time.Duration(short / b.limit.Rate * float64(time.Second)); wait > longest {
				refused, longest = b.throttled(key, wait), wait
			}
		}
	}
	return refused
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
	now := l.now()
	drawn := l.of(key, now)
	if events == 0 {
		return least(drawn, now), nil
	}
	// Asked first, and then taken: what one limit refuses is not even for a
	// moment missing in the other, which the source's further keys draw on too.
	if refused := lacks(key, drawn, events, now); refused != nil {
		return least(drawn, now), refused
	}
	taken := make([]*rate.Reservation, len(drawn))
	var refused error
	for i := range drawn {
		b := &drawn[i]
		taken[i] = b.tokens.ReserveN(now, events)
		if wait := taken[i].DelayFrom(now); wait > 0 { // another was faster
			refused = b.throttled(key, wait)
		}
	}
	if refused != nil {
		for _, reservation := range taken {
			reservation.CancelAt(now)
		}
	}
	return least(drawn, now), refused
}

// TurnedAway tells of a call that waited for the key's quota in vain.
func (l *Limits) TurnedAway(key models.APIKey) {
	if q := l.Quota(key); q != nil {
		l.told(key, models.TroubleThrottled, *q)
	}
}

func (b *bucket) throttled(key models.APIKey, wait time.Duration) error {
	who := "The API key " + key.Prefix + "… of " + key.Source
	if b.holder.key == 0 {
		who = "All API keys of " + key.Source + " together"
	}
	e := models.Errorf(models.CodeThrottled, "%s may bring %g events a second, %d at once. "+
		"Nothing of this request was stored: send it again after the pause in Retry-After.", who, b.limit.Rate, b.limit.Burst)
	e.RetryAfter = wait
	return e
}

func (b *bucket) tooMany() error {
	who := "This API key"
	if b.holder.key == 0 {
		who = "This source"
	}
	return invalid(models.ErrTooLarge, who+" may bring "+strconv.Itoa(b.limit.Burst)+" events at once. Send fewer in a request.")
}
