// Package apply takes accepted events from the log into the state, exactly
// once and in the order of their keys: one worker a shard, one transaction a
// batch, with the ledger, the books, the change log and the cursor in it.
package apply

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/eventlog"
	"throughline/sync/service"
)

// Config says what the engine works on.
type Config struct {
	DB           *store.DB
	Now          func() time.Time // default time.Now
	Logger       *slog.Logger     // default slog.Default
	Signal       *eventlog.Signal // says which shards have grown; nil leaves it to Wake and Poll
	Poll         time.Duration    // of each shard when nobody wakes it; default 500 ms
	Sweep        time.Duration    // how often what waits is looked at; default 2 s
	Fold         time.Duration    // how often marks are folded into the rollups; default 250 ms
	BatchTimeout time.Duration    // of one batch; default 30 s
	BatchLimit   int              // events of a batch; default 1,000, a tenth of it in the bulk lane

	// Applied is called after each commit that took events into effect, on the
	// worker's goroutine: it must not block. Wake consumers of the change log here.
	Applied func(shard int16, events int)

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
		c.BatchLimit = 1000
	}
	if c.BatchLimit < 0 || c.BatchTimeout < 0 || c.Sweep < 0 || c.Fold < 0 {
		return errors.New("apply: limits and times must be positive")
	}
	return nil
}

func (c *Config) appended(shard int16) <-chan struct{} {
	if c.Signal == nil {
		return nil
	}
	return c.Signal.C(shard)
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
	workers map[int16]*worker
	loops   map[int16]*service.Loop
	sweeper *service.Loop
	folder  *service.Loop
	all     service.Group
}

// New reads the shards from the database and makes a worker for each.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	en := &Engine{
		cfg: cfg, store: store.NewApply(cfg.DB), log: store.NewLog(cfg.DB),
		workers: make(map[int16]*worker), loops: make(map[int16]*service.Loop),
	}
	shards, err := en.log.Shards(ctx)
	if err != nil {
		return nil, err
	}
	for shard := range int16(shards.Total()) {
		if err := en.addShard(shards.Lane(shard), shard); err != nil {
			return nil, err
		}
	}
	return en, en.addHelpers()
}

func (en *Engine) addShard(lane models.Lane, shard int16) error {
	w := &worker{en: en, shard: shard, limit: en.cfg.BatchLimit}
	if lane == models.LaneBulk {
		w.limit = max(en.cfg.BatchLimit/10, 1) // an event of this lane carries a series
	}
	loop, err := service.New(service.Config{
		Name: fmt.Sprintf("apply shard %d", shard), RunOnce: w.runOnce, Signal: en.cfg.appended(shard), Poll: en.cfg.Poll, Logger: en.cfg.Logger,
	})
	if err != nil {
		return err
	}
	en.workers[shard], en.loops[shard] = w, loop
	en.all = append(en.all, loop)
	return nil
}

func (en *Engine) addHelpers() (err error) {
	en.sweeper, err = service.New(service.Config{
		Name: "apply sweep", RunOnce: en.sweepOnce, Poll: en.cfg.Sweep, Logger: en.cfg.Logger,
	})
	if err != nil {
		return err
	}
	en.folder, err = service.New(service.Config{
		Name: "apply fold", RunOnce: newFolder(en.cfg.DB).runOnce, Poll: en.cfg.Fold, Logger: en.cfg.Logger,
	})
	if err != nil {
		return err
	}
	en.all = append(en.all, en.sweeper, en.folder)
	return nil
}

// Start runs every shard's worker, the sweeper and the folder.
func (en *Engine) Start(ctx context.Context) error { return en.all.Start(ctx) }

// Stop lets the running batches end or roll back, no longer than ctx allows.
// Shutdown is not an attempt: nothing is recorded about it.
func (en *Engine) Stop(ctx context.Context) error { return en.all.Stop(ctx) }

// Wake tells the worker of a shard that there are new events.
func (en *Engine) Wake(shard int16) {
	if loop := en.loops[shard]; loop != nil {
		loop.Wake()
	}
}

// applied is called after each commit.
func (en *Engine) applied(shard int16, events int, masters []string) {
	if len(masters) > 0 {
		en.sweeper.Wake()
	}
	if en.cfg.Applied != nil && events > 0 {
		en.cfg.Applied(shard, events)
	}
}
