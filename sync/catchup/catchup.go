// Package catchup asks a source for what did not come by itself, while the watch
// has an exception of it, and leaves the asking where everybody reads it.
package catchup

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
	"throughline/sync/service"
)

// Source is one that can be asked.
type Source struct {
	Replays connector.Replays
	// Transmissions has its orders transmitted again; nil where it makes none.
	Transmissions connector.Transmissions
	// Compare has its stock compared with ours as soon as that can be; nil where it owns none.
	Compare func() error
	// Poll reads what changed in its stock since an instant of its own clock, at one DC
	// or, for an empty dc, at all; nil where it cannot be polled. It says how many
	// balances came and up to when it has read.
	Poll func(ctx context.Context, dc string, since time.Time) (came int64, upto time.Time, err error)
	// Orders reads the orders that it made or changed since an instant of its own clock
	// and says how many it listed and how many of these came; nil where it has none.
	Orders func(ctx context.Context, since time.Time) (listed, came int, err error)
}

// Config says who is asked, and how often.
type Config struct {
	Sources  map[string]Source
	CatchUps *store.CatchUps
	Resends  *store.Resends
	Restores *store.Restores
	// Paused is why a source is not asked about an entity now, since a person has stopped it; nil never does.
	Paused func(source, entity string) error

	// Gaps is when a gap is asked for; default 10 s after it was found, for the
	// source may send by itself, then after 1 min, and 1 h at most. What a control
	// total lacks is asked for as soon, and once.
	Gaps store.Waits

	// Unacknowledged is for how long the exception of an order must have stood until the
	// order is transmitted again; default 10 s, for the acknowledgement may be on its way.
	Unacknowledged time.Duration
	Retries        models.RetryPolicies // of calls that failed; what it leaves out is as in models.OrderRetries

	PollEvery time.Duration // real, of a source while it is silent; four times as long after a failure; default 15 s

	Every  time.Duration    // real, between two looks; default 2 s
	Limit  time.Duration    // real, of one look; what hangs is given up, and asked for again by its own wait; default 5 min
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if len(c.Sources) == 0 || c.CatchUps == nil || c.Resends == nil || c.Restores == nil {
		return errors.New("catchup: a source that can be asked and its stores are needed")
	}
	if c.Paused == nil {
		c.Paused = func(string, string) error { return nil }
	}
	if c.Gaps == (store.Waits{}) {
		c.Gaps = store.Waits{After: 10 * time.Second, Between: time.Minute, Longest: time.Hour}
	}
	if c.Gaps.After < 0 || c.Gaps.Between <= 0 || c.Gaps.Longest < c.Gaps.Between || c.PollEvery < 0 || c.Every < 0 || c.Unacknowledged < 0 || c.Limit < 0 {
		return errors.New("catchup: the waits must be positive, and the longest at least the first")
	}
	if c.Unacknowledged == 0 {
		c.Unacknowledged = 10 * time.Second
	}
	c.Retries = c.Retries.Filled(models.OrderRetries())
	if c.PollEvery == 0 {
		c.PollEvery = 15 * time.Second
	}
	if c.Every == 0 {
		c.Every = 2 * time.Second
	}
	if c.Limit == 0 {
		c.Limit = 5 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Service asks. Any number of processes may run one.
type Service struct {
	cfg  Config
	loop *service.Loop

	caughtUp   bool      // nothing was restored, or the orders since were read
	ordersFrom time.Time // not before
	ordersCame int       // so far
}

// New makes a Service that has not started.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg}
	var err error
	s.loop, err = service.New(service.Config{Name: "catchup", RunOnce: s.runOnce, Poll: cfg.Every, Logger: cfg.Logger})
	return s, err
}

// Start begins to look.
func (s *Service) Start(ctx context.Context) error { return s.loop.Start(ctx) }

// Stop ends it.
func (s *Service) Stop(ctx context.Context) error { return s.loop.Stop(ctx) }

// runOnce is one look, within its limit.
func (s *Service) runOnce(ctx context.Context) (more bool, err error) {
	err = service.Within(ctx, "a look for what to catch up", s.cfg.Limit, func(ctx context.Context) error {
		more, err = s.look(ctx)
		return err
	})
	return more, err
}

// look asks for one gap, one time and one order and polls one silence at most.
func (s *Service) look(ctx context.Context) (more bool, err error) {
	if err := s.cfg.CatchUps.Settle(ctx, s.cfg.Now()); err != nil {
		return false, err
	}
	sources, err := s.askable(ctx)
	if err != nil {
		return false, err
	}
	if err := s.listOrders(ctx, sources); err != nil {
		return false, err
	}
	asked, err := s.askForGap(ctx, sources)
	if err != nil {
		return false, err
	}
	short, err := s.askForTotal(ctx)
	if err != nil {
		return false, err
	}
	sent, err := s.transmitAgain(ctx)
	if err != nil {
		return false, err
	}
	polled, err := s.pollSilent(ctx, sources)
	return asked || short || sent || polled, err
}

// askable are the sources whose stock nobody has paused; of the others it is noted why
// they are not polled.
func (s *Service) askable(ctx context.Context) (sources []string, err error) {
	for name := range s.cfg.Sources {
		why := s.cfg.Paused(name, models.TypeBalance.Entity())
		if why == nil {
			sources = append(sources, name)
			continue
		}
		if s.cfg.Sources[name].Poll == nil {
			continue
		}
		if err := s.cfg.CatchUps.Held(ctx, name, why.Error(), s.cfg.Now()); err != nil {
			return nil, err
		}
	}
	return sources, nil
}
