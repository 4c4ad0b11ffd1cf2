package live

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"throughline/models"
)

const (
	readLimit  = 512 // bytes; a page has nothing to say but pongs
	closeLimit = 500 * time.Millisecond
	sendBuffer = 128 << 10 // bytes; left alone the kernel keeps megabytes for a viewer who does not read
)

// viewer is one open page. Its queue holds the newest message of each topic,
// so that it is bounded by what the page subscribed to.
type viewer struct {
	hub    *Hub
	conn   *websocket.Conn
	asked  *http.Request
	topics []models.Topic

	mu      sync.Mutex
	order   []models.Topic
	pending map[models.Topic]*websocket.PreparedMessage
	ready   chan struct{}

	endOnce sync.Once
	ended   chan struct{}
	code    int
	reason  string
}

// put queues a message; an older one of the topic that still waits gives way.
func (v *viewer) put(topic models.Topic, message *websocket.PreparedMessage) {
	v.mu.Lock()
	if _, waits := v.pending[topic]; !waits {
		v.order = append(v.order, topic)
	}
	v.pending[topic] = message
	v.mu.Unlock()
	select {
	case v.ready <- struct{}{}:
	default:
	}
}

func (v *viewer) next() *websocket.PreparedMessage {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.order) == 0 {
		return nil
	}
	topic := v.order[0]
	v.order = append(v.order[:0], v.order[1:]...)
	message := v.pending[topic]
	delete(v.pending, topic)
	return message
}

// end makes the writer close the connection with a code: 1012 and 1013 make the
// page come back, 1008 makes it stop.
func (v *viewer) end(code int, reason string) {
	v.endOnce.Do(func() {
		v.code, v.reason = code, reason
		close(v.ended)
		_ = v.conn.NetConn().SetWriteDeadline(time.Now().Add(closeLimit)) // frees a writer that is stuck
	})
}

// read answers pongs and notices when the page has gone.
func (v *viewer) read() {
	defer v.hub.wg.Done()
	silence := v.hub.cfg.Ping * 5 / 2
	v.conn.SetReadLimit(readLimit)
	heard := func(string) error { return v.conn.SetReadDeadline(time.Now().Add(silence)) }
	_ = heard("")
	v.conn.SetPongHandler(heard)
	for {
		if _, _, err := v.conn.NextReader(); err != nil {
			v.end(websocket.CloseNormalClosure, "")
			return
		}
	}
}

// write is the only goroutine that writes, and the one that takes the viewer down.
func (v *viewer) write() {
	defer v.hub.wg.Done()
	defer v.leave()
	ping := time.NewTicker(v.hub.cfg.Ping)
	defer ping.Stop()
	recheck := time.NewTicker(v.hub.cfg.Recheck + rand.N(v.hub.cfg.Recheck/4+1))
	defer recheck.Stop()
	for {
		var err error
		select {
		case <-v.ended:
			return
		case <-v.ready:
			err = v.flush()
		case <-ping.C:
			err = v.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(v.hub.cfg.WriteLimit))
		case <-recheck.C:
			if !v.hub.mayStay(v) {
				v.end(websocket.ClosePolicyViolation, "signed out")
			}
		}
		switch {
		case timedOut(err):
			v.hub.dropped.Add(1)
			v.end(websocket.CloseTryAgainLater, "too slow")
			return
		case err != nil:
			v.end(websocket.CloseNormalClosure, "")
			return
		}
	}
}

// timedOut is by Timeout, since gorilla hides what it wraps.
func timedOut(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

func (v *viewer) flush() error {
	for message := v.next(); message != nil; message = v.next() {
		if err := v.conn.SetWriteDeadline(time.Now().Add(v.hub.cfg.WriteLimit)); err != nil {
			return err
		}
		if err := v.conn.WritePreparedMessage(message); err != nil {
			return err
		}
		v.hub.sent.Add(1)
	}
	return nil
}

// leave forgets the viewer, says why, and closes the connection, which ends the reader.
func (v *viewer) leave() {
	v.hub.remove(v)
	if v.code != websocket.CloseNormalClosure {
		_ = v.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(v.code, v.reason), time.Now().Add(closeLimit))
	}
	_ = v.conn.Close()
}

// ServeHTTP connects a page that names its topics: /live?topic=a&topic=b. What
// it may not see closes the connection with 1008, which pages do not retry; a
// full hub, or one that cannot say who asks, with 1013, which they do.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, known, unsure := h.cfg.Identify(r)
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	if tcp, ok := conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // without it a slow viewer is only noticed later
	}
	v := &viewer{
		hub: h, conn: conn, asked: detached(r), ready: make(chan struct{}, 1), ended: make(chan struct{}),
		pending: make(map[models.Topic]*websocket.PreparedMessage),
	}
	if unsure != nil {
		refuse(conn, websocket.CloseTryAgainLater, "who asks cannot be said at the moment")
		return
	}
	err = errors.New("not signed in")
	if known {
		v.topics, err = h.topicsOf(user, r)
	}
	if err != nil {
		refuse(conn, websocket.ClosePolicyViolation, err.Error())
		return
	}
	if code, reason := h.admit(v); code != 0 {
		refuse(conn, code, reason)
		return
	}
	go v.read()
	go v.write()
}

// detached keeps of a request what identifies its sender, and not its context,
// which ends with the handler.
func detached(r *http.Request) *http.Request {
	return (&http.Request{Method: r.Method, URL: r.URL, Header: r.Header, Host: r.Host, RemoteAddr: r.RemoteAddr}).
		WithContext(context.Background())
}

func refuse(conn *websocket.Conn, code int, reason string) {
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(closeLimit))
	_ = conn.Close()
}

func (h *Hub) topicsOf(user models.User, r *http.Request) ([]models.Topic, error) {
	names := r.URL.Query()["topic"]
	if len(names) == 0 || len(names) > h.cfg.MaxTopics {
		return nil, errors.New("no topics, or too many")
	}
	topics := make([]models.Topic, 0, len(names))
	for _, name := range names {
		topic := models.Topic(name)
		if !h.mayView(user, topic) {
			return nil, errors.New("a topic is unknown or not for you")
		}
		topics = append(topics, topic)
	}
	return topics, nil
}

func (h *Hub) mayView(user models.User, topic models.Topic) bool {
	kind, ok := h.kindOf(topic)
	return ok && (kind.Allow == nil || kind.Allow(user, topic))
}

// mayStay asks again who the viewer is and what it may see.
func (h *Hub) mayStay(v *viewer) bool {
	ctx, cancel := context.WithTimeout(v.asked.Context(), h.cfg.DrawTimeout)
	defer cancel()
	user, known, err := h.cfg.Identify(v.asked.WithContext(ctx))
	switch {
	case err != nil:
		return true // until it can be said again
	case !known:
		return false
	}
	for _, topic := range v.topics {
		if !h.mayView(user, topic) {
			return false
		}
	}
	return true
}

// admit enters a viewer into its rooms, or says with which code it is refused.
func (h *Hub) admit(v *viewer) (code int, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || h.done == nil:
		return websocket.CloseServiceRestart, "the tower restarts"
	case len(h.viewers) >= h.cfg.MaxViewers:
		h.cfg.Log.Warn("a live viewer was refused: too many", slog.Int("viewers", len(h.viewers)))
		return websocket.CloseTryAgainLater, "too many viewers"
	}
	h.viewers[v] = struct{}{}
	for _, topic := range v.topics {
		r := h.rooms[topic]
		if r == nil {
			kind, _ := h.kindOf(topic)
			r = &room{kind: kind, viewers: make(map[*viewer]struct{}), newcomers: make(map[*viewer]struct{})}
			h.rooms[topic] = r
		}
		r.viewers[v], r.newcomers[v] = struct{}{}, struct{}{}
	}
	h.wg.Add(2)
	h.wakeUp()
	return 0, ""
}

// remove takes a viewer out of its rooms; an empty room forgets what it showed,
// since nobody keeps it current.
func (h *Hub) remove(v *viewer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.viewers, v)
	for _, topic := range v.topics {
		if r := h.rooms[topic]; r != nil {
			delete(r.viewers, v)
			delete(r.newcomers, v)
			if len(r.viewers) == 0 {
				delete(h.rooms, topic)
			}
		}
	}
}
