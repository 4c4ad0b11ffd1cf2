// Package retention makes the event log's daily partitions ahead, folds the latency
// of old minutes into hours, and takes what has been kept for long enough: the log
// behind every shard and every consumer of the change log, the other kinds row by row.
package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

const (
	ahead         = 3      // days for which a partition stands ready
	pruneBatch    = 10_000 // rows that go in one statement
	ensureTimeout = 30 * time.Second
	dropTimeout   = 5 * time.Minute // of the log, and of each other kind
	foldAfter     = 24 * time.Hour  // no minute is counted that late
)

// Config says how long each kind is kept.
type Config struct {
	DB     *store.DB
	Keep   models.Retention // what it leaves out has its default
	Every  time.Duration    // default 1 h
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Every == 0 {
		c.Every = time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.DB == nil || c.Every < 0 {
		return errors.New("retention: a database is needed, and a positive interval")
	}
	c.Keep = c.Keep.Filled()
	for _, k := range models.Keepings() {
		if fault := c.Keep.Fault(k); fault != "" {
			return fmt.Errorf("retention: %s %s", k.Kind, fault)
		}
	}
	return nil
}

// Service makes partitions and takes what is old. It is safe for concurrent use,
// and several processes may run one each.
type Service struct {
	cfg        Config
	partitions *store.Partitions
	kinds      *store.Retention
	books      *store.Books
	latency    *store.Latency
	loop       *service.Loop
}

// New makes the service; it does nothing before Start.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, partitions: store.NewPartitions(cfg.DB), kinds: store.NewRetention(cfg.DB, cfg.Keep), books: store.NewBooks(cfg.DB), latency: store.NewLatency(cfg.DB)}
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
	if frozen, err := s.frozen(ctx); frozen || err != nil {
		return false, err
	}
	now := s.cfg.Now()
	failures := []error{
		s.within(ctx, "fold the latency of old hours", func(ctx context.Context) error { return s.fold(ctx, now.Add(-foldAfter)) }),
		s.within(ctx, "drop old partitions", func(ctx context.Context) error {
			return errors.Join(s.drop(ctx, now.Add(-s.cfg.Keep[models.KeptLog])), s.dropStubs(ctx, now.Add(-s.cfg.Keep[models.KeptStubs])))
		}),
	}
	for _, k := range models.Keepings() {
		failures = append(failures, s.within(ctx, "prune old "+string(k.Kind), func(ctx context.Context) error {
			return s.prune(ctx, k.Kind, now.Add(-s.cfg.Keep[k.Kind]))
		}))
	}
	return false, errors.Join(failures...)
}

func (s *Service) within(ctx context.Context, what string, do func(context.Context) error) error {
	return service.Within(ctx, what, dropTimeout, do)
}

// frozen says that nothing may go: while the books do not balance, or a recount
// differs from them, what is there is what they are put right from.
func (s *Service) frozen(ctx context.Context) (frozen bool, err error) {
	err = service.Within(ctx, "look whether the books balance", ensureTimeout, func(ctx context.Context) error {
		books, err := s.books.Read(ctx)
		if err != nil {
			return err
		}
		for _, source := range books.Sources {
			if source.Missing() != 0 {
				frozen = true
				s.cfg.Logger.ErrorContext(ctx, "the books do not balance, so nothing is taken",
					slog.String("source", source.Source), slog.Int64("missing", source.Missing()))
			}
		}
		freezes, err := s.kinds.Frozen(ctx)
		for _, f := range freezes {
			frozen = true
			s.cfg.Logger.ErrorContext(ctx, "an exception about the books stands, so nothing is taken",
				slog.String("source", f.Source), slog.Int64("exception", f.Exception))
		}
		return err
	})
	return frozen, err
}

// fold folds the latency of the hours before an instant, the oldest first.
func (s *Service) fold(ctx context.Context, before time.Time) error {
	for {
		if folded, err := s.latency.FoldHour(ctx, before); !folded || err != nil {
			return err
		}
	}
}

// prune takes what a kind has from before an instant.
func (s *Service) prune(ctx context.Context, kind models.Kept, before time.Time) error {
	rows, err := s.kinds.Prune(ctx, kind, before, pruneBatch)
	if rows > 0 {
		s.cfg.Logger.InfoContext(ctx, "old rows were pruned", slog.String("kind", string(kind)), slog.Int64("rows", rows), slog.Time("before", before))
	}
	return err
}

func (s *Service) ensure(ctx context.Context) error {
	return service.Within(ctx, "make partitions ahead", ensureTimeout, func(ctx context.Context) error {
		return s.partitions.Ensure(ctx, s.cfg.Now(), ahead)
	})
}

// drop takes the days before a day out of the log, the oldest first, up to the
// first that is still needed.
func (s *Service) drop(ctx context.Context, before time.Time) error {
	days, err := s.partitions.Older(ctx, before)
	if err != nil || len(days) == 0 {
		return err
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
		dropped, err := s.partitions.DropStubs(ctx, before, pruneBatch)
		total += dropped
		if err != nil {
			return err
		}
		if dropped < pruneBatch {
			break
		}
	}
	if total > 0 {
		s.cfg.Logger.InfoContext(ctx, "old stubs were dropped", slog.Int64("stubs", total))
	}
	return nil
}
