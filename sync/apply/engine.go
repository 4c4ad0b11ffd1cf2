// Package apply takes accepted events from the log into the state, exactly
// once and in the order of their keys: each shard has one worker, each batch one
// transaction, with the ledger, the books, the change log and the cursors in it.
package apply

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
	"throughline/sync/eventlog"
	"throughline/sync/service"
	"throughline/sync/tracing"
)

// Config says what the engine works on.
type Config struct {
	DB           *store.DB
	Now          func() time.Time // default time.Now
	Logger       *slog.Logger     // default slog.Default
	Signal       *eventlog.Signal // says which shards have grown; nil leaves it to Poll
	Workers      int              // that share the shards of a lane; default one for four processors, at least one
	Poll         time.Duration    // of each worker when nothing signals; default 500 ms
	Sweep        time.Duration    // how often what waits is looked at; default 2 s
	Fold         time.Duration    // how often marks are folded into the rollups; default 250 ms
	BatchTimeout time.Duration    // of one batch; default 30 s
	BatchLimit   int              // events of a batch at most, about, reached only by a backlog; default 8,000
	BulkLimit    int              // the same in the bulk lane, whose events carry a series each; default 100

	// Applied is called after each commit that took events into effect, on the
	// worker's goroutine: it must not block. Wake consumers of the change log here.
	Applied func(shard int16, events int)

	// Batch is called after each commit with what was in it, effects or not, and
	// how long it took; like Applied, it must not block. Default: nobody is told.
	Batch func(lane models.Lane, events int, took time.Duration)

	// Targets are those that hold now: by them an event that took effect is late.
	// Default: none is declared.
	Targets func() models.Targets

	// Paused reports whether a lane has to leave what it took in without effect,
	// until it says no. Default: none has.
	Paused func(models.Lane) bool

	// Traffic is told of the real-time lane's work, and the bulk lane gives way to
	// it. Default: it does not.
	Traffic *service.Traffic

	Tracer *tracing.Tracer // is told what became of each event; nil tells nobody

	Contracts *contract.Registry // explains what an edited payload violates; default the built-in ones

	onStep func(step string) // tests stop the process at a step
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.DB == nil {
		return errors.New("apply: no database")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Poll == 0 {
		c.Poll = 500 * time.Millisecond
	}
	if c.Sweep == 0 {
		c.Sweep = 2 * time.Second
	}
	if c.Fold == 0 {
		c.Fold = 250 * time.Millisecond
	}
	if c.BatchTimeout == 0 {
		c.BatchTimeout = 30 * time.Second
	}
	if c.BatchLimit == 0 {
		c.BatchLimit = 8000
	}
	if c.BulkLimit == 0 {
		c.BulkLimit = 100
	}
	if c.Batch == nil {
		c.Batch = func(models.Lane, int, time.Duration) {}
	}
	if c.Paused == nil {
		c.Paused = func(models.Lane) bool { return false }
	}
	if c.Workers == 0 {
		c.Workers = max(runtime.GOMAXPROCS(0)/4, 1)
	}
	if c.Workers < 0 || c.BatchLimit < 0 || c.BulkLimit < 0 || c.BatchTimeout < 0 || c.Sweep < 0 || c.Fold < 0 {
		return errors.New("apply: limits and times must be positive")
	}
	return nil
}

func (c *Config) appended(shards []int16) <-chan struct{} {
	if c.Signal == nil {
		return nil
	}
	return c.Signal.C(shards...)
}

func (c *Config) step(name string) {
	if c.onStep != nil {
		c.onStep(name)
	}
}

// Engine applies all shards. Its methods are safe for concurrent use; several
// processes may run one each on the same database.
type Engine struct {
	cfg     Config
	store   *store.Apply
	log     *store.Log
	shards  models.Shards
	workers []*worker
	sweeper *service.Loop
	folder  *service.Loop
	all     service.Group
}

// New reads the shards from the database and shares them out among workers.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	en := &Engine{cfg: cfg, store: store.NewApply(cfg.DB), log: store.NewLog(cfg.DB)}
	shards, err := en.log.Shards(ctx)
	if err != nil {
		return nil, err
	}
	en.shards = shards
	if en.cfg.Contracts == nil {
		if en.cfg.Contracts, err = contract.NewRegistry(); err != nil {
			return nil, err
		}
	}
	lanes := map[models.Lane][]int16{}
	for shard := range int16(shards.Total()) {
		lane := shards.Lane(shard)
		lanes[lane] = append(lanes[lane], shard)
	}
	for _, lane := range []models.Lane{models.LaneRealtime, models.LaneBulk} {
		if err := en.addWorkers(lane, lanes[lane]); err != nil {
			return nil, err
		}
	}
	return en, en.addHelpers()
}

func (en *Engine) addWorkers(lane models.Lane, shards []int16) error {
	limit := en.cfg.BatchLimit
	if lane == models.LaneBulk {
		limit = en.cfg.BulkLimit
	}
	size := (len(shards) + en.cfg.Workers - 1) / en.cfg.Workers
	for part := range slices.Chunk(shards, size) {
		w := &worker{en: en, lane: lane, shards: part, limit: limit, allowed: limit, busy: len(part)}
		loop, err := service.New(service.Config{
			Name: fmt.Sprintf("apply shards %v", part), Vital: true, RunOnce: w.runOnce, Signal: en.cfg.appended(part), Poll: en.cfg.Poll, Logger: en.cfg.Logger,
		})
		if err != nil {
			return err
		}
		en.workers = append(en.workers, w)
		en.all = append(en.all, loop)
	}
	return nil
}

func (en *Engine) addHelpers() (err error) {
	en.sweeper, err = service.New(service.Config{
		Name: "apply sweep", Vital: true, RunOnce: en.sweepOnce, Poll: en.cfg.Sweep, Logger: en.cfg.Logger,
	})
	if err != nil {
		return err
	}
	en.folder, err = service.New(service.Config{
		Name: "apply fold", Vital: true, RunOnce: newFolder(en.cfg.DB, en.cfg.Targets).runOnce, Poll: en.cfg.Fold, Logger: en.cfg.Logger,
	})
	if err != nil {
		return err
	}
	en.all = append(en.all, en.sweeper, en.folder)
	return nil
}

// Start runs every worker, the sweeper and the folder.
func (en *Engine) Start(ctx context.Context) error { return en.all.Start(ctx) }

// Stop lets the running batches end or roll back, no longer than ctx allows.
// Shutdown is not an attempt: nothing is recorded about it.
func (en *Engine) Stop(ctx context.Context) error { return en.all.StopTogether(ctx) }

// applied is called after each commit.
func (en *Engine) applied(parts []store.BatchChange, masters []string) {
	if len(masters) > 0 {
		en.sweeper.Wake()
	}
	for i := range parts {
		if en.cfg.Applied != nil && parts[i].Events > 0 {
			en.cfg.Applied(parts[i].Shard, parts[i].Events)
		}
	}
}
