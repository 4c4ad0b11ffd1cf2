// Package live keeps open pages current. A page subscribes to topics when it
// connects; a hint that a topic changed makes the hub draw its fragment once
// and send the same bytes to everyone who sees it. Topics without a shared
// fragment (personal or filtered lists) send a hint, and the page fetches its
// own part anew.
//
// The messages are those of htmx's hx-ws extension: a fragment is HTML whose
// elements carry hx-swap-oob, a hint is the JSON object {"hint": "<topic>"}.
package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"throughline/models"
)

// Hints tells what changed. The channel closes when ctx ends.
type Hints interface {
	Listen(ctx context.Context) <-chan models.Hint
}

// Kind is a family of topics: those whose name is it, or begins with it and a colon.
type Kind struct {
	// Allow says who may subscribe; nil means everyone who is signed in.
	Allow func(user models.User, topic models.Topic) bool
	// Draw makes the fragment that all viewers share; nil means that they get hints.
	Draw func(ctx context.Context, topic models.Topic) ([]byte, error)
	// Every draws the topic anew at least this often while somebody looks; 0 means on hints only.
	Every time.Duration
	// Follows are topics whose hints concern this kind too.
	Follows []models.Topic
}

// Config says what the hub sends and to whom.
type Config struct {
	Hints Hints
	Kinds map[string]Kind
	// Identify says who asks, at the connect and again while connected; an error
	// means that it cannot be said at the moment, which ends nobody's connection.
	Identify func(r *http.Request) (user models.User, known bool, err error)

	Interval    time.Duration // least time between two drawings of a topic, default 250 ms
	DrawTimeout time.Duration // default 3 s
	WriteLimit  time.Duration // a viewer that takes no message for so long is dropped, default 5 s
	Ping        time.Duration // default 20 s; a viewer silent for two and a half is gone
	Recheck     time.Duration // how often Identify is asked again, default 1 min
	MaxViewers  int           // default 5,000
	MaxTopics   int           // a viewer, default 16
	Log         *slog.Logger
}

// Validate fills in defaults and refuses what cannot work.
func (c *Config) Validate() error {
	if c.Hints == nil || c.Identify == nil {
		return errors.New("live: hints and a way to identify viewers are needed")
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&c.Interval, 250 * time.Millisecond},
		{&c.DrawTimeout, 3 * time.Second},
		{&c.WriteLimit, 5 * time.Second},
		{&c.Ping, 20 * time.Second},
		{&c.Recheck, time.Minute},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
		if *d.value < 0 {
			return errors.New("live: durations must be positive")
		}
	}
	if c.MaxViewers == 0 {
		c.MaxViewers = 5000
	}
	if c.MaxTopics == 0 {
		c.MaxTopics = 16
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Hub is safe for concurrent use.
type Hub struct {
	cfg      Config
	upgrader websocket.Upgrader
	wake     chan struct{} // somebody new waits for a snapshot

	mu      sync.Mutex
	rooms   map[models.Topic]*room
	viewers map[*viewer]struct{}
	closed  bool

	cancel context.CancelFunc
	done   chan struct{}  // the drawing loop ended
	wg     sync.WaitGroup // the viewers' goroutines

	sent, dropped atomic.Int64
}

// New makes a Hub that draws nothing yet.
func New(cfg Config) (*Hub, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Hub{
		cfg:      cfg,
		upgrader: websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{}},
		wake:     make(chan struct{}, 1),
		rooms:    make(map[models.Topic]*room),
		viewers:  make(map[*viewer]struct{}),
	}, nil
}

// Start begins to listen and draw until Stop, or until ctx ends.
func (h *Hub) Start(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.done != nil {
		return errors.New("live: the hub was started before")
	}
	ctx, h.cancel = context.WithCancel(ctx)
	h.done = make(chan struct{})
	go h.run(ctx)
	return nil
}

// Stop tells every viewer to come back (close code 1012) and waits until all
// are gone, no longer than ctx allows.
func (h *Hub) Stop(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	for v := range h.viewers {
		v.end(websocket.CloseServiceRestart, "the tower restarts")
	}
	cancel, done := h.cancel, h.done
	h.mu.Unlock()
	if done == nil {
		return nil
	}
	cancel()
	gone := make(chan struct{})
	go func() {
		<-done
		h.wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("live: viewers did not leave in time: %w", ctx.Err())
	}
}

// Stats are counts since the start, and of now.
type Stats struct {
	Viewers, Topics int
	Sent, Dropped   int64 // messages written; viewers dropped for being too slow
}

// Stats reads the counts.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{Viewers: len(h.viewers), Topics: len(h.rooms), Sent: h.sent.Load(), Dropped: h.dropped.Load()}
}

// kindOf is the family of a topic; false when there is none.
func (h *Hub) kindOf(topic models.Topic) (Kind, bool) {
	name, _, _ := strings.Cut(string(topic), ":")
	kind, ok := h.cfg.Kinds[name]
	return kind, ok
}

func (h *Hub) wakeUp() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}
