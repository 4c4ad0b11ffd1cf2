package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"throughline/models"
	"throughline/web/live"
)

// liveHub is the tower's own, fed with a hint a fragment.
type liveHub struct {
	*live.Hub
	hints   chan models.Hint
	current atomic.Pointer[[]byte]
}

func newLive(o options) (hub, error) {
	h := &liveHub{hints: make(chan models.Hint, 64)}
	h.current.Store(new([]byte))
	var err error
	h.Hub, err = live.New(live.Config{
		Hints: h, MaxViewers: o.viewers + 1,
		// The tower draws four times a second at most; here every hint is to be drawn.
		Interval: time.Second / time.Duration(4*o.rate),
		Identify: func(*http.Request) (models.User, bool, error) { return models.User{Role: models.RoleIT}, true, nil },
		Kinds: map[string]live.Kind{"bench": {Draw: func(context.Context, models.Topic) ([]byte, error) {
			return *h.current.Load(), nil
		}}},
	})
	if err != nil {
		return nil, err
	}
	return h, h.Start(context.Background())
}

func (h *liveHub) Listen(context.Context) <-chan models.Hint { return h.hints }

func (h *liveHub) send(fragment []byte) {
	h.current.Store(&fragment)
	h.hints <- models.Hint{Topics: []models.Topic{"bench"}}
}

func (h *liveHub) viewers() int { return h.Stats().Viewers }

func (h *liveHub) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = h.Stop(ctx)
}

// bareHub is the least that fans out: a channel and a writer a viewer, each
// message framed anew for each viewer. No authorisation, no pings, no snapshot.
type bareHub struct {
	upgrader websocket.Upgrader

	mu   sync.Mutex
	all  map[chan []byte]struct{}
	work sync.WaitGroup
}

func newBare(options) (hub, error) {
	return &bareHub{all: make(map[chan []byte]struct{})}, nil
}

func (h *bareHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	queue := make(chan []byte, 16)
	h.mu.Lock()
	h.all[queue] = struct{}{}
	h.mu.Unlock()
	h.work.Go(func() {
		defer func() { _ = conn.Close() }()
		for fragment := range queue {
			if conn.WriteMessage(websocket.TextMessage, fragment) != nil {
				return
			}
		}
	})
	h.work.Go(func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	})
}

func (h *bareHub) send(fragment []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for queue := range h.all {
		select {
		case queue <- fragment:
		default: // a viewer that is too slow misses it
		}
	}
}

func (h *bareHub) viewers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

func (h *bareHub) stop() {
	h.mu.Lock()
	for queue := range h.all {
		close(queue)
	}
	clear(h.all)
	h.mu.Unlock()
	h.work.Wait()
}
