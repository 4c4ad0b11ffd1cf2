// Package heartbeat tells a watcher outside that the tower is well. Its silence
// is the alarm: it reaches people also when the tower, its database or its
// network can no longer tell anybody anything.
package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"throughline/sync/service"
)

// checkTimeout bounds the look at the tower's own health.
const checkTimeout = 10 * time.Second

// Config says who is told, and what being well means.
type Config struct {
	URL     string                          // called with GET; it often holds a key, so it is never logged
	Every   time.Duration                   // default 1 min
	Healthy func(ctx context.Context) error // nil while the tower does its work
	Client  *http.Client
	Now     func() time.Time // default time.Now
	Logger  *slog.Logger     // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.URL == "" || c.Healthy == nil || c.Client == nil {
		return errors.New("heartbeat: an address, a client and a way to look at the tower's health are needed")
	}
	if c.Every == 0 {
		c.Every = time.Minute
	}
	if c.Every < time.Second {
		return errors.New("heartbeat: the interval must be a second at least")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Heart beats while the tower is well. It is safe for concurrent use.
type Heart struct {
	cfg  Config
	loop *service.Loop
	last atomic.Int64 // Unix seconds of the last beat that arrived
}

// New makes a Heart that does not beat yet.
func New(cfg Config) (*Heart, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	h := &Heart{cfg: cfg}
	var err error
	h.loop, err = service.New(service.Config{Name: "heartbeat", RunOnce: h.beat, Poll: cfg.Every, BackoffMax: cfg.Every, Logger: cfg.Logger})
	return h, err
}

// Start begins with a beat.
func (h *Heart) Start(ctx context.Context) error { return h.loop.Start(ctx) }

// Stop ends the beats.
func (h *Heart) Stop(ctx context.Context) error { return h.loop.Stop(ctx) }

// Last is when a beat arrived last; the zero time before the first.
func (h *Heart) Last() time.Time {
	if at := h.last.Load(); at > 0 {
		return time.Unix(at, 0)
	}
	return time.Time{}
}

// beat says nothing while the tower is not well.
func (h *Heart) beat(ctx context.Context) (more bool, err error) {
	err = service.Within(ctx, "look at the tower's health", checkTimeout, h.cfg.Healthy)
	if err != nil {
		return false, fmt.Errorf("no heartbeat is sent, since the tower is not well: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.cfg.URL, nil)
	if err != nil {
		return false, errors.New("the heartbeat's address cannot be read")
	}
	response, err := h.cfg.Client.Do(request)
	if err != nil {
		return false, fmt.Errorf("the heartbeat did not arrive: %w", withoutAddress(err))
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	if response.StatusCode/100 != 2 {
		return false, fmt.Errorf("the heartbeat was answered %s", response.Status)
	}
	h.last.Store(h.cfg.Now().Unix())
	return false, nil
}

// withoutAddress takes off what the client puts in front of its errors.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}
