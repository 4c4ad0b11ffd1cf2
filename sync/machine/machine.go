// Package machine looks at the machine that a process of the tower runs on: how
// full its disk is and whether its clock can be trusted.
package machine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// Config says what a Sampler looks at.
type Config struct {
	DB        *store.DB
	Directory string           // the data directory
	Database  bool             // the private database lives in it
	Every     time.Duration    // default 10 s
	Now       func() time.Time // the clock on the wall; default time.Now
	Logger    *slog.Logger     // default slog.Default
}

// jumpNoted is from what jump on a clock was set: less is how clocks are kept right.
const jumpNoted = time.Second

// Sampler keeps what it finds for the watch, which may run in another process.
type Sampler struct {
	cfg      Config
	host     string
	machines *store.Machines
	loop     *service.Loop
	last     atomic.Pointer[models.Machine]

	began time.Time     // by the monotonic clock
	wall  time.Time     // of the last reading that was kept, by the clock on the wall
	ran   time.Duration // since began, at that reading
}

// New makes a Sampler that has not started.
func New(cfg Config) (*Sampler, error) {
	if cfg.DB == nil || cfg.Directory == "" || cfg.Every < 0 {
		return nil, errors.New("machine: a database and a directory are needed, and a time that is positive")
	}
	if cfg.Every == 0 {
		cfg.Every = 10 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("machine: %w", err)
	}
	s := &Sampler{cfg: cfg, host: host, machines: store.NewMachines(cfg.DB), began: time.Now(), wall: cfg.Now().Round(0)}
	s.loop, err = service.New(service.Config{Name: "machine", RunOnce: s.runOnce, Poll: cfg.Every, Logger: cfg.Logger})
	return s, err
}

// Start begins to look.
func (s *Sampler) Start(ctx context.Context) error { return s.loop.Start(ctx) }

// Stop ends it.
func (s *Sampler) Stop(ctx context.Context) error { return s.loop.Stop(ctx) }

// Last is what was found last, the zero value before the first look. It is safe
// for concurrent use.
func (s *Sampler) Last() models.Machine {
	if last := s.last.Load(); last != nil {
		return *last
	}
	return models.Machine{}
}

func (s *Sampler) runOnce(ctx context.Context) (more bool, err error) {
	found := models.Machine{Host: s.host, Directory: s.cfg.Directory, Database: s.cfg.Database}
	free, size, fault := disk(s.cfg.Directory)
	if found.Free, found.Size = free, size; fault != nil {
		found.DiskFault = fault.Error() // kept as well: without a word the disk would seem to be well again
	}
	if found.ClockAhead, err = s.clockAhead(ctx); err != nil {
		return false, err
	}
	wall, ran := s.cfg.Now().Round(0), time.Since(s.began)
	if jump := wall.Sub(s.wall) - (ran - s.ran); jump.Abs() >= jumpNoted {
		found.Jump = jump
	}
	if err := s.machines.Note(ctx, found); err != nil {
		return false, err // the next look still sees the jump
	}
	s.wall, s.ran = wall, ran
	s.last.Store(&found)
	return false, fault
}

// clockAhead is by how much the clock on the wall is ahead of the database's. What
// the question itself took may hide that much, and is no difference.
func (s *Sampler) clockAhead(ctx context.Context) (time.Duration, error) {
	asked := s.cfg.Now()
	there, err := s.machines.Clock(ctx)
	if err != nil {
		return 0, err
	}
	half := s.cfg.Now().Sub(asked) / 2
	if ahead := asked.Add(half).Sub(there); ahead.Abs() > half {
		return ahead, nil
	}
	return 0, nil
}
