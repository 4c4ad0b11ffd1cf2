// Package notify tells every process which topics changed, after the commit and
// outside the transactions that changed them.
package notify

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/service"
)

// queryLimit bounds each round's statements.
const queryLimit = 5 * time.Second

// Config says how often topics are told.
type Config struct {
	Hints  *store.Hints
	Every  time.Duration // the least real time between two hints; default 250 ms
	Poll   time.Duration // how often the database is looked at without a wake-up; default 250 ms
	Logger *slog.Logger  // default slog.Default
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Hints == nil {
		return errors.New("notify: the notifier needs a way to send hints")
	}
	if c.Every == 0 {
		c.Every = 250 * time.Millisecond
	}
	if c.Poll == 0 {
		c.Poll = 250 * time.Millisecond
	}
	if c.Every < 0 || c.Poll < 0 {
		return errors.New("notify: the waits must be positive")
	}
	return nil
}

// Notifier gathers changed topics and tells them at most once every
// Config.Every, the first at once. It sees by itself what the change log, the
// workflow and the exceptions did, in whatever process; Wake only makes that
// quicker. Its methods are safe for concurrent use.
type Notifier struct {
	cfg   Config
	loop  *service.Loop
	marks *store.HintMarks // nil before the first round

	mu      sync.Mutex
	touched map[models.Topic]bool
}

// New makes a Notifier that has not started.
func New(cfg Config) (*Notifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	n := &Notifier{cfg: cfg, touched: map[models.Topic]bool{}}
	loop, err := service.New(service.Config{Name: "notify", Vital: true, RunOnce: n.round, Poll: cfg.Poll, Logger: cfg.Logger})
	n.loop = loop
	return n, err
}

// Start begins telling what changes from now on.
func (n *Notifier) Start(ctx context.Context) error { return n.loop.Start(ctx) }

// Stop ends it; what is not yet told is told by nobody, which a viewer's
// reconnection makes good.
func (n *Notifier) Stop(ctx context.Context) error { return n.loop.Stop(ctx) }

// Wake says that something was committed. It never blocks.
func (n *Notifier) Wake() { n.loop.Wake() }

// Touch says, after a commit, that topics changed. It never blocks.
func (n *Notifier) Touch(topics ...models.Topic) {
	n.mu.Lock()
	for _, t := range topics {
		n.touched[t] = true
	}
	n.mu.Unlock()
	n.loop.Wake()
}

func (n *Notifier) round(ctx context.Context) (bool, error) {
	sent, err := n.runOnce(ctx)
	if sent {
		pause(ctx, n.cfg.Every)
	}
	return false, err
}

// runOnce tells what changed since the last round; false when nothing did.
func (n *Notifier) runOnce(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, queryLimit)
	defer cancel()
	if n.marks == nil {
		now, err := n.cfg.Hints.Now(ctx)
		if err != nil {
			return false, err
		}
		n.marks = &now
	}
	moved, next, err := n.cfg.Hints.Moved(ctx, *n.marks)
	if err != nil {
		return false, err
	}
	topics := n.take(moved)
	if len(topics) == 0 {
		n.marks = &next
		return false, nil
	}
	if err := n.cfg.Hints.Send(ctx, topics); err != nil {
		n.Touch(topics...)
		return false, err
	}
	n.marks = &next
	return true, nil
}

// take is the touched topics with others, in order and once each.
func (n *Notifier) take(more []models.Topic) []models.Topic {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.touched
	n.touched = map[models.Topic]bool{}
	for _, t := range more {
		all[t] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
