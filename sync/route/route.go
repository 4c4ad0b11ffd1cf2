// Package route tells other systems what took effect: signed webhooks, in order
// within each shard, repeated until they are taken. A slow or dead target
// delays nobody but itself.
package route

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/circuit"
	"throughline/sync/tracing"
)

// Store is where subscriptions, their cursors and their deliveries are.
type Store interface {
	Subscriptions
	Locks
	Deliveries
	Refusals
}

// Subscriptions is who gets what.
type Subscriptions interface {
	Ensure(ctx context.Context, s models.Subscription) error
	Subscription(ctx context.Context, name string) (models.Subscription, error)
	Behind(ctx context.Context) ([]store.RouteShard, error)
	Disable(ctx context.Context, name, why string) error
	DisableLagging(ctx context.Context, before time.Time) ([]string, error)
	DropOldSecrets(ctx context.Context, now time.Time) error
}

// Locks let one process alone deliver to a subscription.
type Locks interface {
	Take(ctx context.Context, subscription string) (bool, error)
	Holds(ctx context.Context, subscription string) bool
	Release()
}

// Deliveries is what was and is to be delivered.
type Deliveries interface {
	Next(ctx context.Context, s models.Subscription, shard int16, limit int) (store.ShardChanges, bool, error)
	Delivered(ctx context.Context, d store.Delivered) error
	Failed(ctx context.Context, d models.Delivery, next time.Time) (first time.Time, err error)
	Skipped(ctx context.Context, s models.Subscription, shard int16) (store.ChangePoint, error)
	Passed(ctx context.Context, s models.Subscription, seen store.ShardChanges) error
}

// Refusals is what targets answered and did not take.
type Refusals interface {
	SetAside(ctx context.Context, refused models.RefusedEvent, after int64) error
	RefusedAgain(ctx context.Context, refused models.RefusedEvent, d models.Delivery) error
}

// Config says how a Router delivers.
type Config struct {
	Store         Store
	Allow         []netip.Prefix                       // private addresses that subscribers may have; default none
	Timeout       time.Duration                        // of one delivery; default 10 s
	Retries       models.RetryPolicies                 // by class of failure; what it leaves out is as in models.DeliveryRetries
	RetryAfterMax time.Duration                        // the longest pause that a target may ask for; default 10 min
	CircuitAfter  int                                  // failures in a row after which one delivery alone looks for the target; default 5
	DrainRate     float64                              // messages a second to a target that has come back, for a minute or until it is up to date; default 20
	Concurrency   int                                  // deliveries at once to one target; default 4
	MaxLag        time.Duration                        // how long a subscription may be behind until it is disabled; default 7 days
	Now           func() time.Time                     // default time.Now
	After         func(time.Duration) <-chan time.Time // default time.After
	Circuits      *circuit.Set                         // where they are shown; default nowhere
	Tracer        *tracing.Tracer                      // is told of each event's deliveries; nil tells nobody
	Logger        *slog.Logger                         // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Store == nil {
		return errors.New("route: a store is needed")
	}
	if c.Timeout < 0 || c.RetryAfterMax < 0 || c.Concurrency < 0 || c.MaxLag < 0 || c.CircuitAfter < 0 || c.DrainRate < 0 {
		return errors.New("route: times and numbers must not be negative")
	}
	c.Timeout = orDefault(c.Timeout, 10*time.Second)
	c.Retries = c.Retries.Filled(models.DeliveryRetries())
	c.RetryAfterMax = orDefault(c.RetryAfterMax, 10*time.Minute)
	c.Concurrency = orDefault(c.Concurrency, 4)
	c.MaxLag = orDefault(c.MaxLag, 7*24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.After == nil {
		c.After = time.After
	}
	if c.Circuits == nil {
		c.Circuits = circuit.NewSet(nil)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}

// Router delivers to every active subscription. Its methods are safe for
// concurrent use. Any number of processes may run one on the same database:
// each subscription is delivered to by the one that holds its lock.
type Router struct {
	cfg   Config
	guard guard

	mu      sync.Mutex
	lagDue  time.Time                 // the next look at who lags too far behind
	busy    map[store.RouteShard]bool // shards in the hands of a worker
	targets map[string]*target
	workers sync.WaitGroup
}

// target is what the deliveries to one subscriber share.
type target struct {
	client *http.Client
	slots  chan struct{}
	gate   *circuit.Gate
	chosen atomic.Pointer[Filter] // the last compiled
	aside  atomic.Int32           // events set aside since it took something last
}

// filter is the subscription's, compiled anew only when it has changed.
func (t *target) filter(s models.Subscription) (*Filter, error) {
	if f := t.chosen.Load(); f != nil && f.is(s) {
		return f, nil
	}
	f, err := NewFilter(s)
	if err == nil {
		t.chosen.Store(f)
	}
	return f, err
}

// New makes a Router.
func New(cfg Config) (*Router, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Router{
		cfg: cfg, guard: guard{cfg.Allow}, busy: make(map[store.RouteShard]bool), targets: make(map[string]*target),
	}, nil
}

// Ensure makes or updates a subscription; calling it again changes nothing.
// CodeInvalid says what is wrong with the address, secret, name or filter.
func (r *Router) Ensure(ctx context.Context, s models.Subscription) error {
	if err := r.Check(s); err != nil {
		return err
	}
	return r.cfg.Store.Ensure(ctx, s)
}

// Check says what is wrong with a subscription.
func (r *Router) Check(s models.Subscription) error {
	if s.Name == "" || strings.ContainsAny(s.Name, " :/") {
		return models.Errorf(models.CodeInvalid, "A subscription needs a name without spaces, colons and slashes.")
	}
	if err := r.guard.checkURL(s.URL); err != nil {
		return err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Secret, "whsec_"))
	if err != nil || len(key) < 24 || !strings.HasPrefix(s.Secret, "whsec_") {
		return models.Errorf(models.CodeInvalid, "A subscription's secret is whsec_ and the base64 of at least 24 bytes.")
	}
	if len(s.Types) == 0 {
		return models.Errorf(models.CodeInvalid, "A subscription needs at least one type.")
	}
	for _, t := range s.Types {
		if !t.Known() {
			return models.Errorf(models.CodeInvalid, "There is no type %s.", t)
		}
	}
	_, err = NewFilter(s)
	return err
}

// RunOnce gives every shard that is behind to a worker of its own, unless one is
// at it here or in another process, and returns without waiting for them.
// Workers end with ctx.
func (r *Router) RunOnce(ctx context.Context) (more bool, err error) {
	if err := r.tidy(ctx); err != nil {
		return false, err
	}
	behind, err := r.cfg.Store.Behind(ctx)
	if err != nil {
		return false, err
	}
	r.caughtUp(behind)
	for _, shard := range behind {
		ours, err := r.cfg.Store.Take(ctx, shard.Subscription)
		if err != nil {
			return false, err
		}
		if ours {
			r.start(ctx, shard)
		}
	}
	return false, nil
}

// lagEvery is the time between two looks at who lags too far behind.
const lagEvery = time.Minute

// tidy disables who lags too far behind and forgets secrets that are over.
func (r *Router) tidy(ctx context.Context) error {
	now := r.cfg.Now()
	r.mu.Lock()
	due := !now.Before(r.lagDue)
	if due {
		r.lagDue = now.Add(lagEvery)
	}
	r.mu.Unlock()
	if !due {
		return nil
	}
	names, err := r.cfg.Store.DisableLagging(ctx, now.Add(-r.cfg.MaxLag))
	for _, name := range names {
		r.cfg.Logger.Warn("a subscription lags too far behind and is disabled", slog.String("subscription", name))
	}
	return errors.Join(err, r.cfg.Store.DropOldSecrets(ctx, now))
}

// Wait returns when all workers have ended.
func (r *Router) Wait() { r.workers.Wait() }

// Release lets other processes deliver, once all workers have ended.
func (r *Router) Release() { r.cfg.Store.Release() }

func (r *Router) start(ctx context.Context, shard store.RouteShard) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[shard] {
		return
	}
	r.busy[shard] = true
	to := r.target(shard.Subscription)
	r.workers.Go(func() {
		r.deliver(ctx, to, shard)
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.busy, shard)
	})
}

// target is made at the first delivery to a subscriber; the caller holds mu.
func (r *Router) target(subscription string) *target {
	to := r.targets[subscription]
	if to == nil {
		to = r.newTarget(subscription)
		r.targets[subscription] = to
	}
	return to
}
