package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"throughline/handlers"
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/apply"
	"throughline/sync/bulk"
	"throughline/sync/circuit"
	"throughline/sync/configuration"
	"throughline/sync/eventlog"
	"throughline/sync/notify"
	"throughline/sync/pause"
	"throughline/sync/reconcile"
	"throughline/sync/route"
	"throughline/sync/service"
	"throughline/sync/tracing"
	"throughline/sync/watch"
	"throughline/sync/workflow"
	"throughline/views/layout"
	"throughline/web"
	"throughline/web/authz"
	"throughline/web/live"
	"throughline/web/session"
)

// stopBudget is how long the parts have to stop. A Postgres that needs longer
// to tidy up is ended at once and recovers at its next start; with that a stop
// takes 5 s altogether.
const stopBudget = 4 * time.Second

// Program is one tower. Start and Stop are called once each, from one goroutine.
type Program struct {
	cfg     Config
	db      *store.DB
	policy  authz.Policy
	clock   atomic.Pointer[models.BusinessClock]
	metrics *metrics

	accounts       *accounts
	sessions       *session.Manager
	systems        systems
	circuits       *circuit.Set
	pauses         *pause.Board
	workflow       *workflow.Workflow
	apply          *apply.Engine
	bulk           *bulk.Service
	notifier       *notify.Notifier
	watcher        *watch.Watch
	runbooks       *watch.Runbooks
	money          *handlers.Currency
	shards         models.Shards
	tracer         *tracing.Tracer // nil unless the environment names a collector
	signal         *eventlog.Signal
	traffic        service.Traffic // of the real-time lane
	appender       *eventlog.Appender
	intake         intake
	reconciler     *reconcile.Reconciler
	uncompared     []models.UncomparedCopy
	router         *route.Router
	backlog        *route.Backlog
	followers      []func() // of the change log
	hub            *live.Hub
	server         *web.Server
	demoAccounts   []layout.Account       // of the demo, where everybody may know their password
	hint           string                 // how to sign in
	systemsProcess *child                 // the demo's
	control        atomic.Pointer[string] // base URL of the demo's control server
	subscriptions  []models.Subscription  // of the demo's systems
	declared       *configuration.Document
	declaredID     int64
	governing      atomic.Pointer[configuration.Document] // what of the declared holds now
	listener       net.Listener
	url            string
	dsn            string

	ward     service.Ward // over the parts of the engine
	steps    []step
	failOnce sync.Once
	failed   chan error
}

// step is a part that has started and how it stops.
type step struct {
	name string
	stop func(context.Context) error
}

// New makes a tower that has not started.
func New(cfg Config) (*Program, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Program{cfg: cfg, policy: authz.NewPolicy(), metrics: newMetrics(cfg.Version), failed: make(chan error, 1)}
	p.ward.Patience = cfg.WorkerPatience
	clock := models.RealTime()
	p.clock.Store(&clock)
	return p, nil
}

// URL is where the tower answers, once it has started.
func (p *Program) URL() string { return p.url }

// Server is the HTTP server, once it has started.
func (p *Program) Server() *web.Server { return p.server }

// Failed delivers the error of a part that cannot go on without the whole stopping.
func (p *Program) Failed() <-chan error { return p.failed }

// Run starts the tower, waits until ctx ends or a part fails, and stops it.
func Run(ctx context.Context, cfg Config) error {
	p, err := New(cfg)
	if err != nil {
		return err
	}
	err = p.Start(ctx)
	if err == nil {
		select {
		case <-ctx.Done():
			p.sayf("Stopping…")
		case err = <-p.Failed():
		}
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBudget)
	defer cancel()
	return errors.Join(err, p.Stop(stopping))
}

// Start brings every part up in order. After an error, Stop takes down what had started.
func (p *Program) Start(ctx context.Context) error {
	for _, start := range []func(context.Context) error{
		p.listen,
		p.startDatabase,
		p.startConfiguration,
		p.startMetrics,
		p.startTracing,
		p.startAccounts,
		p.startDemo,
		p.startPauses,
		p.connect,
		p.startEngine,
		p.startLive,
		p.startHTTP,
		p.startHeartbeat,
	} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	p.sayf("Throughline is ready: %s", p.told())
	if p.hint != "" {
		p.sayf("%s", p.hint)
	}
	return nil
}

// connect makes the clients of the systems that the tower calls.
func (p *Program) connect(ctx context.Context) (err error) {
	p.money = &handlers.Currency{Read: store.NewOverview(p.db), Log: p.cfg.Log}
	p.circuits = circuit.NewSet(store.NewCircuits(p.db))
	if p.systems, err = p.connectSystems(); err != nil {
		return err
	}
	service, err := circuit.NewService(p.circuits, p.cfg.Log)
	if err != nil {
		return err
	}
	return p.startService(ctx, "circuits", service)
}

// Stop takes every part down, the last started first, and leaves each a share
// of the time that ctx allows.
func (p *Program) Stop(ctx context.Context) error {
	if p.systemsProcess != nil {
		p.systemsProcess.begin() // it takes its time beside the others
	}
	var errs []error
	for i, s := range slices.Backward(p.steps) {
		began := time.Now()
		share, cancel := shareOf(ctx, i+1)
		if err := s.stop(share); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", s.name, err))
		}
		cancel()
		p.cfg.Log.Debug("stopped", "part", s.name, "duration_ms", time.Since(began).Milliseconds())
	}
	p.steps = nil
	return errors.Join(errs...)
}

// shareOf gives one of n remaining parts at most half of the time that is
// left, so that a part that hangs leaves the others their turn.
func shareOf(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok || n == 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

func (p *Program) started(name string, stop func(context.Context) error) {
	p.steps = append(p.steps, step{name, stop})
}

// startService starts a part that has the engine's skeleton. It runs until
// Stop, not until the context of the start ends.
func (p *Program) startService(ctx context.Context, name string, s service.Service) error {
	if err := s.Start(p.ward.Over(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p.started(name, s.Stop)
	return nil
}

// fail reports an error that the whole cannot go on with.
func (p *Program) fail(err error) {
	p.failOnce.Do(func() { p.failed <- err })
}

func (p *Program) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.cfg.Progress, format+"\n", args...)
}
