// Package retention keeps the event log's daily partitions: made ahead, and
// dropped behind every shard and every consumer of the change log.
package retention

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"throughline/models/store"
	"throughline/sync/service"
)

const (
	ahead         = 3 // days for which a partition stands ready
	dedupeWindow  = 90 * 24 * time.Hour
	stubBatch     = 10_000 // that go in one statement
	ensureTimeout = 30 * time.Second
	dropTimeout   = 5 * time.Minute
)

// Config says how long the log is kept.
type Config struct {
	DB     *store.DB
	Keep   time.Duration    // default 30 days; at least 2, which the readers' partition bound needs
	Stubs  time.Duration    // how long the stubs of what took effect are kept; default 2 years, at least Keep
	Every  time.Duration    // default 1 h
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Keep == 0 {
		c.Keep = 30 * 24 * time.Hour
	}
	if c.Stubs == 0 {
		c.Stubs = 2 * 365 * 24 * time.Hour
	}
	if c.Every == 0 {
		c.Every = time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.DB == nil || c.Keep < 48*time.Hour || c.Every < 0 {
		return errors.New("retention: it needs a database, and the log is kept for two days at least")
	}
	if c.Stubs < c.Keep {
		return errors.New("retention: stubs are kept at least as long as the log")
	}
	return nil
}

// Service makes and drops partitions. It is safe for concurrent use, and
// several processes may run one each.
type Service struct {
	cfg        Config
	partitions *store.Partitions
	books      *store.Books
	loop       *service.Loop
}

// New makes the service; it does nothing before Start.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, partitions: store.NewPartitions(cfg.DB), books: store.NewBooks(cfg.DB)}
	var err error
	s.loop, err = service.New(service.Config{Name: "retention", RunOnce: s.runOnce, Poll: cfg.Every, Logger: cfg.Logger})
	return s, err
}

// Start makes the partitions that are missing before it returns, so that intake
// may begin, and goes on in the background.
func (s *Service) Start(ctx context.Context) error {
	if err := s.ensure(ctx); err != nil {
		return err
	}
	return s.loop.Start(ctx)
}

// Stop ends the background work, no longer than ctx allows.
func (s *Service) Stop(ctx context.Context) error { return s.loop.Stop(ctx) }

func (s *Service) runOnce(ctx context.Context) (more bool, err error) {
	if err := s.ensure(ctx); err != nil {
		return false, err
	}
	now := s.cfg.Now()
	return false, service.Within(ctx, "drop old partitions", dropTimeout, func(ctx context.Context) error {
		if err := s.drop(ctx, now.Add(-s.cfg.Keep)); err != nil {
			return err
		}
		if err := s.partitions.Prune(ctx, now.Add(-s.cfg.Keep), now.Add(-dedupeWindow)); err != nil {
			return err
		}
		return s.dropStubs(ctx, now.Add(-s.cfg.Stubs))
	})
}

func (s *Service) ensure(ctx context.Context) error {
	return service.Within(ctx, "make partitions ahead", ensureTimeout, func(ctx context.Context) error {
		return s.partitions.Ensure(ctx, s.cfg.Now(), ahead)
	})
}

// drop takes the days before a day out of the log, the oldest first, up to the
// first that is still needed. While the books do not balance nothing goes: the
// log is what they are put right from.
func (s *Service) drop(ctx context.Context, before time.Time) error {
	days, err := s.partitions.Older(ctx, before)
	if err != nil || len(days) == 0 {
		return err
	}
	books, err := s.books.Read(ctx)
	if err != nil {
		return err
	}
	for _, source := range books.Sources {
		if source.Missing() != 0 {
			s.cfg.Logger.ErrorContext(ctx, "the books do not balance, so no partition is dropped",
				slog.String("source", source.Source), slog.Int64("missing", source.Missing()))
			return nil
		}
	}
	for _, day := range days {
		dropped, err := s.partitions.Drop(ctx, day)
		if err != nil || !dropped {
			return err
		}
		s.cfg.Logger.InfoContext(ctx, "a partition was dropped", slog.String("day", day.Format(time.DateOnly)))
	}
	return nil
}

// dropStubs takes the stubs from before a day, some at a time, so that no
// statement holds up the readers for long.
func (s *Service) dropStubs(ctx context.Context, before time.Time) error {
	var total int64
	for {
		dropped, err := s.partitions.DropStubs(ctx, before, stubBatch)
		total += dropped
		if err != nil {
			return err
		}
		if dropped < stubBatch {
			break
		}
	}
	if total > 0 {
		s.cfg.Logger.InfoContext(ctx, "old stubs were dropped", slog.Int64("stubs", total))
	}
	return nil
}
