package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"throughline/models"
	"throughline/web/live"
)

const patience = 20 * time.Second

// hints is a source of hints that a test feeds.
type hints chan models.Hint

func (h hints) Listen(context.Context) <-chan models.Hint { return h }

func (h hints) say(topics ...models.Topic) { h <- models.Hint{Topics: topics} }

type tower struct {
	*live.Hub
	url   string
	hints hints
}

// start runs a hub whose viewer is an IT user unless cfg says otherwise.
func start(t *testing.T, cfg live.Config) *tower {
	t.Helper()
	source := make(hints, 256)
	cfg.Hints = source
	if cfg.Identify == nil {
		cfg.Identify = func(*http.Request) (models.User, bool, error) { return models.User{Role: models.RoleIT}, true, nil }
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Millisecond
	}
	hub, err := live.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hub)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := hub.Stop(ctx); err != nil {
			t.Errorf("goroutines are left behind: %v", err)
		}
		server.Close()
	})
	return &tower{Hub: hub, url: "ws" + strings.TrimPrefix(server.URL, "http") + "/live", hints: source}
}

func (w *tower) dial(t *testing.T, topics ...string) *websocket.Conn {
	t.Helper()
	return w.dialWith(t, websocket.DefaultDialer, topics...)
}

func (w *tower) dialWith(t *testing.T, dialer *websocket.Dialer, topics ...string) *websocket.Conn {
	t.Helper()
	conn, res, err := dialer.DialContext(t.Context(), w.url+"?topic="+strings.Join(topics, "&topic="), nil)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func read(t *testing.T, conn *websocket.Conn) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, message, err := conn.ReadMessage()
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(message)
}

func wantClose(t *testing.T, conn *websocket.Conn, code int) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := conn.ReadMessage()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, code) {
			t.Fatalf("the connection ended with %v, want close code %d", err, code)
		}
		return
	}
}

// counter draws how often it was asked.
func counter(draws *atomic.Int64) func(context.Context, models.Topic) ([]byte, error) {
	return func(_ context.Context, topic models.Topic) ([]byte, error) {
		return fmt.Appendf(nil, "<p>%s %d</p>", topic, draws.Add(1)), nil
	}
}

func TestOneDrawingServesAllViewers(t *testing.T) {
	var draws atomic.Int64
	w := start(t, live.Config{Kinds: map[string]live.Kind{"overview": {Draw: counter(&draws)}}})
	var viewers []*websocket.Conn
	for range 40 {
		v := w.dial(t, "overview")
		if got := read(t, v); got != "<p>overview 1</p>" {
			t.Fatalf("the snapshot is %q", got)
		}
		viewers = append(viewers, v)
	}
	w.hints.say("overview")
	for _, v := range viewers {
		if got := read(t, v); got != "<p>overview 2</p>" {
			t.Fatalf("the change is %q", got)
		}
	}
}

func TestHintsWhileDrawingBecomeOneDrawing(t *testing.T) {
	var draws atomic.Int64
	began, release := make(chan struct{}, 3), make(chan struct{})
	w := start(t, live.Config{Kinds: map[string]live.Kind{"overview": {Draw: func(ctx context.Context, topic models.Topic) ([]byte, error) {
		began <- struct{}{}
		<-release
		return counter(&draws)(ctx, topic)
	}}}})
	v := w.dial(t, "overview")
	<-began
	for range 200 {
		w.hints.say("overview")
	}
	close(release)
	got := read(t, v)
	if got == "<p>overview 1</p>" { // a viewer that is slow gets the newest alone
		got = read(t, v)
	}
	if got != "<p>overview 2</p>" {
		t.Fatalf("after 200 hints: %q", got)
	}
	w.hints.say("overview")
	if got := read(t, v); got != "<p>overview 3</p>" {
		t.Fatalf("200 hints were drawn more than once: %q", got)
	}
}

func TestSameFragmentIsNotSentAgain(t *testing.T) {
	var draws atomic.Int64
	w := start(t, live.Config{Kinds: map[string]live.Kind{
		"overview": {Draw: func(context.Context, models.Topic) ([]byte, error) { draws.Add(1); return []byte("<p>same</p>"), nil }},
		"clock":    {},
	}})
	v := w.dial(t, "overview")
	read(t, v)
	w.hints.say("overview")
	second := w.dial(t, "clock", "overview")
	if a, b := read(t, second), read(t, second); a == b {
		t.Fatalf("the second viewer read %q twice", a)
	}
	w.hints.say("clock", "overview")
	if got := read(t, second); got != `{"hint":"clock"}` {
		t.Fatalf("an unchanged fragment was sent again: %q", got)
	}
}

func TestHintsReachThoseWhomTheyConcern(t *testing.T) {
	w := start(t, live.Config{Kinds: map[string]live.Kind{
		"dc": {}, "chain": {}, "nav": {Follows: []models.Topic{models.TopicExceptions}},
	}})
	dc, chain, nav := w.dial(t, "dc:LON"), w.dial(t, "chain:I1|LON"), w.dial(t, "nav:it")
	want := map[*websocket.Conn]string{dc: `{"hint":"dc:LON"}`, chain: `{"hint":"chain:I1|LON"}`, nav: `{"hint":"nav:it"}`}
	for conn, hint := range want {
		if got := read(t, conn); got != hint {
			t.Fatalf("the first hint is %q, want %q", got, hint)
		}
	}
	for _, step := range []struct {
		hint models.Hint
		to   []*websocket.Conn
	}{
		{models.Hint{Topics: []models.Topic{"dc:LON"}}, []*websocket.Conn{dc}},
		{models.Hint{Topics: []models.Topic{models.TopicChains}}, []*websocket.Conn{chain}},
		{models.Hint{Topics: []models.Topic{models.TopicExceptions, "dc:PAR"}}, []*websocket.Conn{nav}},
		{models.Hint{Resync: true}, []*websocket.Conn{dc, chain, nav}},
	} {
		w.hints <- step.hint
		for _, conn := range step.to {
			if got := read(t, conn); got != want[conn] {
				t.Fatalf("after %v: %q", step.hint, got)
			}
		}
	}
}

func TestWhoMayNotSeeATopicIsToldToStop(t *testing.T) {
	kinds := map[string]live.Kind{"nav": {Allow: func(u models.User, topic models.Topic) bool {
		return topic == models.Topic("nav:"+string(u.Role))
	}}}
	w := start(t, live.Config{Kinds: kinds})
	read(t, w.dial(t, "nav:it"))
	wantClose(t, w.dial(t, "nav:executive"), websocket.ClosePolicyViolation)
	wantClose(t, w.dial(t, "nav:it", "unknown"), websocket.ClosePolicyViolation)
	stranger := start(t, live.Config{Kinds: kinds, Identify: func(*http.Request) (models.User, bool, error) { return models.User{}, false, nil }})
	wantClose(t, stranger.dial(t, "nav:it"), websocket.ClosePolicyViolation)
}

func TestWhoSignsOutIsDisconnected(t *testing.T) {
	var out atomic.Bool
	w := start(t, live.Config{
		Kinds: map[string]live.Kind{"clock": {}}, Recheck: 10 * time.Millisecond,
		Identify: func(*http.Request) (models.User, bool, error) {
			return models.User{Role: models.RoleIT}, !out.Load(), nil
		},
	})
	v := w.dial(t, "clock")
	read(t, v)
	out.Store(true)
	wantClose(t, v, websocket.ClosePolicyViolation)
}

func TestNobodyIsDisconnectedWhileSessionsCannotBeRead(t *testing.T) {
	var down atomic.Bool
	asked := make(chan struct{}, 1000)
	w := start(t, live.Config{
		Kinds: map[string]live.Kind{"clock": {}}, Recheck: 10 * time.Millisecond,
		Identify: func(*http.Request) (models.User, bool, error) {
			if down.Load() {
				asked <- struct{}{}
				return models.User{}, false, errors.New("the database is down")
			}
			return models.User{Role: models.RoleIT}, true, nil
		},
	})
	v := w.dial(t, "clock")
	read(t, v)
	down.Store(true)
	for range 3 {
		<-asked
	}
	wantClose(t, w.dial(t, "clock"), websocket.CloseTryAgainLater)
	down.Store(false)
	w.hints.say("clock")
	read(t, v)
}

func TestFullHubAndStoppingHubAskToComeBack(t *testing.T) {
	w := start(t, live.Config{Kinds: map[string]live.Kind{"clock": {}}, MaxViewers: 1})
	first := w.dial(t, "clock")
	read(t, first)
	wantClose(t, w.dial(t, "clock"), websocket.CloseTryAgainLater)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- w.Stop(ctx) }()
	wantClose(t, first, websocket.CloseServiceRestart)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if s := w.Stats(); s.Viewers != 0 || s.Topics != 0 {
		t.Fatalf("left behind: %+v", s)
	}
	wantClose(t, w.dial(t, "clock"), websocket.CloseServiceRestart)
}

func TestStalledViewerIsDroppedAndHurtsNobody(t *testing.T) {
	var draws atomic.Int64
	filler := bytes.Repeat([]byte("x"), 1<<20)
	w := start(t, live.Config{
		WriteLimit: time.Second,
		Kinds: map[string]live.Kind{"overview": {Draw: func(context.Context, models.Topic) ([]byte, error) {
			return fmt.Appendf(nil, "%d %s", draws.Add(1), filler), nil
		}}},
	})
	w.dialWith(t, &websocket.Dialer{NetDialContext: smallBuffer}, "overview") // never reads
	healthy := w.dial(t, "overview")
	read(t, healthy)
	for deadline := time.Now().Add(patience); w.Stats().Dropped == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the stalled viewer is still there")
		}
		w.hints.say("overview")
		read(t, healthy)
	}
	w.hints.say("overview")
	read(t, healthy)
	if s := w.Stats(); s.Dropped != 1 || s.Viewers != 1 {
		t.Fatalf("want one dropped and one viewer, got %+v", s)
	}
}

func smallBuffer(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = errors.Join(err, tcp.SetReadBuffer(4096))
	}
	return conn, err
}

func TestFailedDrawingIsTriedAgain(t *testing.T) {
	var draws atomic.Int64
	w := start(t, live.Config{Kinds: map[string]live.Kind{"overview": {Draw: func(context.Context, models.Topic) ([]byte, error) {
		switch draws.Add(1) {
		case 1:
			return nil, errors.New("the database is away")
		case 2:
			panic("a fault in a page")
		}
		return []byte("<p>here</p>"), nil
	}}}})
	if got := read(t, w.dial(t, "overview")); got != "<p>here</p>" {
		t.Fatalf("got %q", got)
	}
}

func TestTopicThatAgesIsDrawnByItself(t *testing.T) {
	var draws atomic.Int64
	w := start(t, live.Config{Kinds: map[string]live.Kind{"clock": {Draw: counter(&draws), Every: time.Second}}})
	v := w.dial(t, "clock")
	for want := range 3 {
		if got := read(t, v); got != fmt.Sprintf("<p>clock %d</p>", want+1) {
			t.Fatalf("got %q", got)
		}
	}
}

func TestAnotherSiteCannotConnect(t *testing.T) {
	w := start(t, live.Config{Kinds: map[string]live.Kind{"clock": {}}})
	_, res, err := websocket.DefaultDialer.DialContext(t.Context(), w.url+"?topic=clock", http.Header{"Origin": {"https://elsewhere.example"}})
	if err == nil || res.StatusCode != http.StatusForbidden {
		t.Fatalf("another site's page connected: %v", err)
	}
	_ = res.Body.Close()
}

func TestTalkativeViewerIsClosed(t *testing.T) {
	w := start(t, live.Config{Kinds: map[string]live.Kind{"clock": {}}})
	v := w.dial(t, "clock")
	read(t, v)
	if err := v.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 4096)); err != nil {
		t.Fatal(err)
	}
	wantClose(t, v, websocket.CloseMessageTooBig)
}
