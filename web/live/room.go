package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"throughline/models"
)

// drawers is how many topics are drawn at a time.
const drawers = 4

// room is one topic that somebody looks at. The hub's lock guards it.
type room struct {
	kind      Kind
	viewers   map[*viewer]struct{}
	newcomers map[*viewer]struct{} // have not seen the topic yet
	changed   bool                 // since it was drawn
	drawnAt   time.Time
	bytes     []byte
	message   *websocket.PreparedMessage
}

// run draws what changed, at most every Interval, until ctx ends.
func (h *Hub) run(ctx context.Context) {
	defer close(h.done)
	hints := h.cfg.Hints.Listen(ctx)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case hint, ok := <-hints:
			if !ok {
				return
			}
			h.mark(hint)
			h.markWaiting(hints)
		case <-h.wake:
		case now := <-tick.C:
			h.markDue(now)
		}
		rest := time.NewTimer(h.cfg.Interval)
		h.publish(ctx)
		select {
		case <-ctx.Done():
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}

// markWaiting takes the hints that came meanwhile.
func (h *Hub) markWaiting(hints <-chan models.Hint) {
	for {
		select {
		case hint, ok := <-hints:
			if !ok {
				return
			}
			h.mark(hint)
		default:
			return
		}
	}
}

func (h *Hub) mark(hint models.Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for topic, r := range h.rooms {
		if hint.Resync || slices.ContainsFunc(hint.Topics, func(t models.Topic) bool { return r.concerns(topic, t) }) {
			r.changed = true
		}
	}
}

// concerns tells whether a hint about t changes the room of topic. "kind:*" is
// about every topic of the kind.
func (r *room) concerns(topic, t models.Topic) bool {
	if t == topic || slices.Contains(r.kind.Follows, t) {
		return true
	}
	family, all := strings.CutSuffix(string(t), "*")
	return all && strings.HasPrefix(string(topic), family)
}

func (h *Hub) markDue(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		// Half a tick of slack, or a topic of one second is drawn every two.
		if r.kind.Every > 0 && now.Sub(r.drawnAt) >= r.kind.Every-500*time.Millisecond {
			r.changed = true
		}
	}
}

// job is one topic to be drawn, or to be sent as it was drawn last.
type job struct {
	topic   models.Topic
	kind    Kind
	message *websocket.PreparedMessage // to newcomers as it is
}

// publish draws every changed topic once and hands it to its viewers' queues.
func (h *Hub) publish(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(drawers)
	for _, j := range h.jobs() {
		if j.message != nil {
			h.deliver(j.topic, nil, j.message)
			continue
		}
		group.Go(func() error {
			drawn, err := h.draw(ctx, j)
			if err == nil {
				var message *websocket.PreparedMessage
				if message, err = websocket.NewPreparedMessage(websocket.TextMessage, drawn); err == nil {
					h.deliver(j.topic, drawn, message)
					return nil
				}
			}
			if ctx.Err() == nil {
				h.cfg.Log.ErrorContext(ctx, "a live topic could not be drawn",
					slog.String("topic", string(j.topic)), slog.Any("error", err))
			}
			h.again(j.topic)
			return nil
		})
	}
	_ = group.Wait() // every failure was logged and is tried again
}

func (h *Hub) jobs() []job {
	h.mu.Lock()
	defer h.mu.Unlock()
	var jobs []job
	for topic, r := range h.rooms {
		switch {
		case r.changed || len(r.newcomers) > 0 && r.message == nil:
			r.changed = false
			r.drawnAt = time.Now()
			jobs = append(jobs, job{topic: topic, kind: r.kind})
		case len(r.newcomers) > 0:
			jobs = append(jobs, job{topic: topic, kind: r.kind, message: r.message})
		}
	}
	return jobs
}

// draw turns a panic into an error: one page's fault must not stop all others.
func (h *Hub) draw(ctx context.Context, j job) (drawn []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			drawn, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if j.kind.Draw == nil {
		return json.Marshal(map[string]models.Topic{"hint": j.topic})
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.DrawTimeout)
	defer cancel()
	return j.kind.Draw(ctx, j.topic)
}

// deliver queues a message: to all when it is freshly drawn and differs from
// what they saw last, else to newcomers.
func (h *Hub) deliver(topic models.Topic, drawn []byte, message *websocket.PreparedMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[topic]
	if r == nil {
		return
	}
	to := r.newcomers
	if drawn != nil && (r.kind.Draw == nil || !bytes.Equal(drawn, r.bytes)) {
		to = r.viewers
		r.bytes, r.message = drawn, message
	}
	for v := range to {
		v.put(topic, r.message)
	}
	clear(r.newcomers)
}

// again makes a topic that failed due at the next second.
func (h *Hub) again(topic models.Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.rooms[topic]; r != nil {
		r.changed = true
	}
}
