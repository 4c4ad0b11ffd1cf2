// Package watch sees what is late, missing or wrong, and keeps the exceptions
// that say so. It reads only what has taken effect.
package watch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// Changes is the log of what took effect.
type Changes interface {
	Register(ctx context.Context, consumer string, fromNow bool) error
	Next(ctx context.Context, consumer string, limit int) ([]store.ShardChanges, error)
	Advance(ctx context.Context, tx store.Tx, consumer string, s store.ShardChanges) error
}

// Exceptions is where sweeps are reported.
type Exceptions interface {
	Report(ctx context.Context, r models.SweepReport) (models.SweepOutcome, error)
	Escalate(ctx context.Context, now time.Time, to models.Escalations) (int, error)
}

// Config says what a Watch works with.
type Config struct {
	DB         *store.DB
	Changes    Changes              // default store.NewChanges
	Exceptions Exceptions           // default store.NewExceptions
	Books      Books                // default store.NewBooks
	Clock      models.BusinessClock // default models.RealTime
	Thresholds models.Thresholds    // default models.DefaultThresholds
	Windows    Windows
	Teams      map[models.ExceptionCode]models.Team // that own a kind instead of its own team
	Every      time.Duration                        // real, between two sweeps; default 3 s
	SlowEvery  time.Duration                        // real, between two looks of the costly detectors; default 15 s
	AuditEvery time.Duration                        // real, between two recounts of the books; default 10 min
	Reported   func(...models.Topic)                // called after a sweep that changed something; default nothing
	Now        func() time.Time                     // default time.Now
	Logger     *slog.Logger                         // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.DB == nil {
		return errors.New("watch: a database is needed")
	}
	if c.Changes == nil {
		c.Changes = store.NewChanges(c.DB)
	}
	if c.Exceptions == nil {
		c.Exceptions = store.NewExceptions(c.DB)
	}
	if c.Books == nil {
		c.Books = store.NewBooks(c.DB)
	}
	if c.Clock.Day == 0 {
		c.Clock = models.RealTime()
	}
	if c.Thresholds == (models.Thresholds{}) {
		c.Thresholds = models.DefaultThresholds()
	}
	if c.Every == 0 {
		c.Every = 3 * time.Second
	}
	if c.SlowEvery == 0 {
		c.SlowEvery = 15 * time.Second
	}
	if c.AuditEvery == 0 {
		c.AuditEvery = 10 * time.Minute
	}
	if c.Every < 0 || c.SlowEvery < 0 || c.AuditEvery < 0 {
		return errors.New("watch: the waits must be positive")
	}
	if c.Reported == nil {
		c.Reported = func(...models.Topic) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return errors.Join(c.Thresholds.Validate(), c.Windows.Validate())
}

// Watch follows the change log for promises made and kept, and sweeps for what
// is late or wrong. Any number of processes may run one.
type Watch struct {
	cfg        Config
	milestones *store.Milestones
	audit      *auditor
	sight      *sight
	windows    atomic.Pointer[Windows] // the follower's copy of what a sweep reads from cfg
	detectors  []detection
	started    time.Time
	registered bool
	loops      service.Group
	follower   *service.Loop
	sweeping   sync.Mutex // a sweep asked for by hand waits for the one under way
}

// New makes a Watch that has not started.
func New(cfg Config) (*Watch, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	w := &Watch{cfg: cfg, milestones: store.NewMilestones(cfg.DB), started: cfg.Now()}
	audit := &auditor{books: cfg.Books, limit: cfg.AuditEvery}
	w.audit, w.sight = audit, &sight{failing: map[models.ExceptionCode][]models.ExceptionCode{}}
	w.detectors = detectors(cfg, w.sight)
	w.windows.Store(&cfg.Windows)
	follower, err := service.New(service.Config{Name: "watch.follow", Vital: true, RunOnce: w.follow, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	sweeper, err := service.New(service.Config{Name: "watch.sweep", Vital: true, RunOnce: w.sweepDue, Poll: cfg.Every, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	recounter, err := service.New(service.Config{
		Name: "watch.audit", RunOnce: audit.run, Poll: cfg.AuditEvery, BackoffMin: time.Minute, BackoffMax: cfg.AuditEvery, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	w.follower, w.loops = follower, service.Group{follower, sweeper, recounter}
	return w, nil
}

// Start begins to watch. What was late before is given its window anew.
func (w *Watch) Start(ctx context.Context) error {
	w.started = w.cfg.Now()
	return w.loops.Start(ctx)
}

// Stop ends it.
func (w *Watch) Stop(ctx context.Context) error { return w.loops.Stop(ctx) }

// Wake says that the change log has moved. It never blocks.
func (w *Watch) Wake() { w.follower.Wake() }
