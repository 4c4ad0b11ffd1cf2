// Package service is the skeleton that every background loop of the engine
// shares: start, stop, wake, poll, back off, contain panics.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"throughline/models/store"
)

// Config says what a Loop does and how often.
type Config struct {
	Name string // for logs

	// RunOnce does one round. It returns more = true when another round should
	// follow at once, and an error to back off. It must honour ctx.
	RunOnce func(ctx context.Context) (more bool, err error)

	Signal     <-chan struct{} // asks for a round as Wake does; nil never does
	Poll       time.Duration   // the longest wait between rounds without a wake-up, ± 20 %; default 1 s
	BackoffMin time.Duration   // the wait after the first failed round; default 100 ms
	BackoffMax time.Duration   // the wait doubles up to this, ± 20 %; default 10 s
	Logger     *slog.Logger    // default slog.Default

	// Vital says that the tower is not well while no round succeeds: its Ward
	// tells. A loop that depends on somebody else's system is not.
	Vital bool
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Name == "" || c.RunOnce == nil {
		return errors.New("service: a loop needs a name and a round to run")
	}
	c.Poll = orDefault(c.Poll, time.Second)
	c.BackoffMin = orDefault(c.BackoffMin, 100*time.Millisecond)
	c.BackoffMax = orDefault(c.BackoffMax, 10*time.Second)
	if c.Poll < 0 || c.BackoffMin < 0 || c.BackoffMax < c.BackoffMin {
		return fmt.Errorf("service: %s: the waits must be positive and BackoffMax at least BackoffMin", c.Name)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With(slog.String("service", c.Name))
	return nil
}

func orDefault(d, standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return d
}

// Loop calls RunOnce until it is stopped. Its methods are safe for concurrent use.
type Loop struct {
	cfg  Config
	wake chan struct{}
	good atomic.Int64 // when the last good round ended, or the loop began; Unix nanoseconds

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

// New makes a Loop that has not started.
func New(cfg Config) (*Loop, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Loop{cfg: cfg, wake: make(chan struct{}, 1)}, nil
}

// Start runs the loop in the background until Stop, or until ctx ends. It
// returns an error if the loop has been started before.
func (l *Loop) Start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done != nil {
		return fmt.Errorf("service: %s was started before", l.cfg.Name)
	}
	ctx, l.cancel = context.WithCancel(ctx)
	l.done = make(chan struct{})
	l.good.Store(time.Now().UnixNano())
	go l.run(ctx, admit(ctx, l))
	return nil
}

// Stop cancels the running round and waits for its end, no longer than ctx
// allows. Stopping what never started does nothing.
func (l *Loop) Stop(ctx context.Context) error {
	l.mu.Lock()
	cancel, done := l.cancel, l.done
	l.mu.Unlock()
	if done == nil {
		return nil
	}
	cancel()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("service: %s did not stop in time: %w", l.cfg.Name, ctx.Err())
	}
}

// Wake asks for a round now. It never blocks, and wake-ups that meet before
// the round begins are one.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Loop) run(ctx context.Context, discharge func()) {
	defer close(l.done)
	defer discharge()
	failures := health{cfg: l.cfg}
	for ctx.Err() == nil {
		more, err := l.round(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := failures.note(ctx, err)
		if err != nil {
			pause(ctx, nil, nil, wait)
			continue
		}
		l.good.Store(time.Now().UnixNano())
		if !more {
			pause(ctx, l.wake, l.cfg.Signal, jitter(l.cfg.Poll))
		}
	}
}

// round turns a panic into an error: one bad round must not take the process down.
func (l *Loop) round(ctx context.Context) (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			more, err = false, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return l.cfg.RunOnce(ctx)
}

// health logs a loop's failures and says how long to wait after each. A
// database that is down is said once, and once more when it is back.
type health struct {
	cfg      Config
	failures int
	down     bool
}

func (h *health) note(ctx context.Context, err error) time.Duration {
	if err == nil {
		if h.down {
			h.cfg.Logger.InfoContext(ctx, "the database is back", slog.Int("attempt", h.failures))
		}
		h.failures, h.down = 0, false
		return 0
	}
	wait := h.cfg.BackoffMax
	if shift := min(h.failures, 30); h.cfg.BackoffMin<<shift < wait {
		wait = h.cfg.BackoffMin << shift
	}
	h.failures++
	down := store.IsUnavailable(err)
	if !down || !h.down {
		h.cfg.Logger.ErrorContext(ctx, "a round failed", slog.Int("attempt", h.failures),
			slog.Bool("database_down", down), slog.Any("error", err))
	}
	h.down = down
	return jitter(wait)
}

func pause(ctx context.Context, wake, signal <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-signal:
	case <-timer.C:
	}
}

// jitter spreads loops that would otherwise poll in step: d ± 20 %.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
