// Package bulk works off bulk actions on events that did not pass: a canary
// first, no faster than asked, stopped by its failures, and after a crash from
// where it was.
package bulk

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/service"
)

// stepLimit bounds what one step takes, so that a stop rule or a cancellation
// comes between few events.
const stepLimit = 25

// Replayer takes the events of a step into effect with their outcomes.
type Replayer interface {
	Bulk(ctx context.Context, step apply.BulkStep) error
	TryBulk(ctx context.Context, action models.BulkAction, patch string, seqs []int64) ([]models.ReplayResult, error)
}

// Config says what the service works on.
type Config struct {
	DB      *store.DB
	Replay  Replayer
	Now     func() time.Time // default time.Now
	Poll    time.Duration    // default 1 s
	Lease   time.Duration    // after which another process may take over; default 15 s
	Timeout time.Duration    // of one step; default 10 s, less than the lease
	Logger  *slog.Logger     // default slog.Default
	Moved   func()           // called after each step, must not block; default: nobody is told
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Lease == 0 {
		c.Lease = 15 * time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Moved == nil {
		c.Moved = func() {}
	}
	if c.DB == nil || c.Replay == nil || c.Timeout >= c.Lease {
		return errors.New("bulk: it needs a database, an engine, and a lease longer than a step")
	}
	return nil
}

// Service works off bulk actions. Several processes may run one each.
type Service struct {
	cfg   Config
	store *store.Bulks
	owner uuid.UUID
	loop  *service.Loop
}

// New makes the service; it does nothing before Start.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, store: store.NewBulks(cfg.DB), owner: uuid.New()}
	var err error
	s.loop, err = service.New(service.Config{Name: "bulk actions", RunOnce: s.runOnce, Poll: cfg.Poll, Logger: cfg.Logger})
	return s, err
}

// Start runs the service until Stop.
func (s *Service) Start(ctx context.Context) error { return s.loop.Start(ctx) }

// Stop ends the running step, no longer than ctx allows.
func (s *Service) Stop(ctx context.Context) error { return s.loop.Stop(ctx) }

// Wake looks for work now.
func (s *Service) Wake() { s.loop.Wake() }

// runOnce does one step of the run whose turn it is. There is more while any run is at work.
func (s *Service) runOnce(ctx context.Context) (more bool, err error) {
	run, turn, ok, err := s.store.Claim(ctx, s.owner, s.cfg.Lease)
	if err != nil || !ok {
		return false, err
	}
	if err := s.await(ctx, turn); err != nil {
		return false, err
	}
	err = service.Within(ctx, "a step of a bulk action", s.cfg.Timeout, func(ctx context.Context) error { return s.step(ctx, run) })
	if errors.Is(err, store.ErrLeaseLost) {
		return true, nil
	}
	s.cfg.Moved()
	return err == nil, err
}

// step advances first: what a crash left undecided is decided before more is done.
func (s *Service) step(ctx context.Context, run models.BulkRun) error {
	began := s.cfg.Now()
	status, err := s.store.Advance(ctx, run.ID, s.owner, began)
	if err != nil || !status.AtWork() {
		return err
	}
	size := min(max(run.Rate/4, 1), stepLimit)
	if status == models.BulkCanary {
		size = min(size, run.Canary-run.Done)
	}
	left, err := s.store.Left(ctx, run.ID, size)
	if err != nil {
		return err
	}
	taken := 0
	for _, shard := range slices.Sorted(maps.Keys(left)) {
		taken += len(left[shard])
		if err := s.cfg.Replay.Bulk(ctx, apply.BulkStep{Run: run, Owner: s.owner, Shard: shard, Seqs: left[shard]}); err != nil {
			return err
		}
	}
	turn := began.Add(time.Duration(taken) * time.Second / time.Duration(run.Rate))
	_, err = s.store.Advance(ctx, run.ID, s.owner, turn)
	return err
}

// await keeps the rate: a turn is never more than the time of one step ahead.
func (s *Service) await(ctx context.Context, turn time.Time) error {
	wait := turn.Sub(s.cfg.Now())
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(min(wait, 2*time.Second))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
