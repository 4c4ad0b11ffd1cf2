// Package pause knows what people have stopped for a while, so that the door,
// the lanes and the writers need not ask the database each time.
package pause

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"throughline/models"
	"throughline/sync/service"
)

// Store reads what is paused at an instant: what is planned is not, until then.
type Store interface {
	Pauses(ctx context.Context, now time.Time) ([]models.Pause, error)
}

// Config says how a Board works.
type Config struct {
	Store  Store
	Every  time.Duration    // how late a planned pause, or one that another process made, may take hold; default 1 s
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default
}

// Board is what is paused now. It is safe for concurrent use.
type Board struct {
	cfg  Config
	loop *service.Loop

	mu     sync.RWMutex
	paused map[key]models.Pause
	flows  map[flow]models.Pause
}

// flow is what a source says of an entity; each event that comes asks for its own.
type flow struct{ source, entity string }

type key struct {
	kind models.PauseKind
	name string
}

// New makes a Board on which nothing is paused before Start.
func New(cfg Config) (*Board, error) {
	if cfg.Store == nil || cfg.Every < 0 {
		return nil, errors.New("pause: a store is needed, and a time that is positive")
	}
	if cfg.Every == 0 {
		cfg.Every = time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	b := &Board{cfg: cfg}
	var err error
	b.loop, err = service.New(service.Config{Name: "pauses", Vital: true, RunOnce: b.runOnce, Poll: cfg.Every, Logger: cfg.Logger})
	return b, err
}

// Start reads the pauses before it returns: what was stopped stays so over a restart.
func (b *Board) Start(ctx context.Context) error {
	if _, err := b.runOnce(ctx); err != nil {
		return err
	}
	return b.loop.Start(ctx)
}

// Stop ends the looking.
func (b *Board) Stop(ctx context.Context) error { return b.loop.Stop(ctx) }

// Look reads the pauses again at once.
func (b *Board) Look() { b.loop.Wake() }

func (b *Board) runOnce(ctx context.Context) (more bool, err error) {
	pauses, err := b.cfg.Store.Pauses(ctx, b.cfg.Now())
	if err != nil {
		return false, err
	}
	paused := make(map[key]models.Pause, len(pauses))
	flows := make(map[flow]models.Pause)
	for _, p := range pauses {
		paused[key{p.Kind, p.Name}] = p
		if p.Kind == models.PauseFlow {
			flows[flow{p.Source(), p.Entity()}] = p
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paused, b.flows = paused, flows
	return false, nil
}

// Of is the pause of something, if it is paused.
func (b *Board) Of(kind models.PauseKind, name string) (models.Pause, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	p, ok := b.paused[key{kind, name}]
	return p, ok && !p.Over(b.cfg.Now())
}

// Source is the pause of a source.
func (b *Board) Source(name string) (models.Pause, bool) { return b.Of(models.PauseSource, name) }

// Flow is the pause of what a source says of an entity.
func (b *Board) Flow(source, entity string) (models.Pause, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	p, ok := b.flows[flow{source, entity}]
	return p, ok && !p.Over(b.cfg.Now())
}

// Lane reports whether a lane is paused.
func (b *Board) Lane(lane models.Lane) bool {
	_, ok := b.Of(models.PauseLane, string(lane))
	return ok
}

// Target reports whether a target is paused.
func (b *Board) Target(name string) bool { return b.Call(name) != nil }

// Call refuses a call to a target that is paused, with CodePrecondition.
func (b *Board) Call(target string) error { return refusal(b.Of(models.PauseTarget, target)) }

// Take refuses what a source is asked to keep, be it all or this entity alone, with
// CodePrecondition.
func (b *Board) Take(source, entity string) error {
	if err := refusal(b.Source(source)); err != nil {
		return err
	}
	return refusal(b.Flow(source, entity))
}

func refusal(p models.Pause, paused bool) error {
	if !paused {
		return nil
	}
	return p.Refusal()
}
