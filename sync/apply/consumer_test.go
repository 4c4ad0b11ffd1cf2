package apply_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

const (
	consumerName   = "planning"
	consumerSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
)

type arrival struct {
	seq  int64
	item string
}

// What a consumer may do with a message.
const (
	takes        = http.StatusNoContent
	refuses      = http.StatusServiceUnavailable
	losesAnswer  = 1 // it takes the message, and its answer never arrives
	routerIsGone = 2 // it takes the message, and the router dies before it hears of it
	neverArrives = 3 // the router dies while it sends
)

// consumer is a system that a route delivers to. It remembers what it got, and
// in which order it got each event first.
type consumer struct {
	db     *store.DB
	router *route.Router

	mu       sync.Mutex
	t        testing.TB
	behave   []int // with the next messages, then it takes them
	die      context.CancelFunc
	first    []arrival // of each event, in their order
	seen     map[int64]bool
	messages map[string]string // bodies by id
}

func newConsumer(t *testing.T, db *store.DB) *consumer {
	t.Helper()
	c := &consumer{t: t, db: db, seen: map[int64]bool{}, messages: map[string]string{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.restart()
	err := c.router.Ensure(t.Context(), models.Subscription{
		Name: consumerName, URL: server.URL, Secret: consumerSecret,
		Types: []models.EventType{models.TypeBalance, models.TypeMovement, models.TypeForecastRevision},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.router.Release() })
	return c
}

func (c *consumer) restart() {
	if c.router != nil {
		c.router.Release()
	}
	router, err := route.New(route.Config{
		Store: store.NewRoutes(c.db), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Retries: models.RetryPolicies{models.RetryTransient: {First: time.Millisecond, Cap: 4 * time.Millisecond}}, DrainRate: 10_000, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.router = router
}

func (c *consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the router died while it sent
	}
	verifier, err := webhooks.NewWebhook(consumerSecret)
	if err != nil || verifier.Verify(body, r.Header) != nil {
		c.t.Errorf("a message's signature does not verify")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	how := takes
	if len(c.behave) > 0 {
		how, c.behave = c.behave[0], c.behave[1:]
	}
	if how != refuses && how != neverArrives {
		c.take(r.Header.Get("webhook-id"), body)
	}
	switch how {
	case losesAnswer:
		panic(http.ErrAbortHandler)
	case routerIsGone, neverArrives:
		c.die()
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(how)
}

func (c *consumer) take(id string, body []byte) {
	if before, known := c.messages[id]; known && before != string(body) {
		c.t.Errorf("message %s came with another content", id)
	}
	c.messages[id] = string(body)
	var events []struct {
		Seq  string `json:"throughlineseq"`
		Item string `json:"item"`
	}
	if err := json.Unmarshal(body, &events); err != nil {
		c.t.Errorf("a message cannot be read: %v", err)
	}
	for _, e := range events {
		seq, err := strconv.ParseInt(e.Seq, 10, 64)
		if err != nil {
			c.t.Errorf("an event has the number %q", e.Seq)
		}
		if !c.seen[seq] {
			c.seen[seq] = true
			c.first = append(c.first, arrival{seq, e.Item})
		}
	}
}

// deliver brings the consumer up to date, if the route is not paused and nothing dies.
func (c *consumer) deliver(t testing.TB) {
	ctx, die := context.WithCancel(context.WithoutCancel(t.Context()))
	defer die()
	c.mu.Lock()
	c.die = die
	c.mu.Unlock()
	if _, err := c.router.RunOnce(ctx); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	c.router.Wait()
	if ctx.Err() != nil {
		c.restart()
	}
}

// deliverThrough delivers while the consumer misbehaves.
func (c *consumer) deliverThrough(rt *rapid.T) {
	behave := rapid.SliceOfN(rapid.SampledFrom([]int{takes, refuses, losesAnswer, routerIsGone, neverArrives}), 0, 4).Draw(rt, "consumer")
	c.mu.Lock()
	c.behave = behave
	c.mu.Unlock()
	c.deliver(c.t)
	c.mu.Lock()
	c.behave = nil
	c.mu.Unlock()
}

// pause pauses the route, or resumes it.
func (c *consumer) pause(rt *rapid.T) {
	to := "paused"
	if c.paused() {
		to = "active"
	}
	if err := store.NewFailures(c.db).SetRouteState(c.t.Context(), consumerName, to, "ida", "A drill."); err != nil {
		rt.Fatal(err)
	}
}

func (c *consumer) paused() bool {
	s, err := store.NewRoutes(c.db).Subscription(c.t.Context(), consumerName)
	if err != nil {
		c.t.Fatal(err)
	}
	return s.State != models.SubscriptionActive
}

func (c *consumer) resume(t testing.TB) {
	if c.paused() {
		if err := store.NewFailures(c.db).SetRouteState(t.Context(), consumerName, "active", "ida", "The drill is over."); err != nil {
			t.Fatal(err)
		}
	}
}

// rewind lets the last moments be delivered again.
func (c *consumer) rewind(rt *rapid.T) {
	since := time.Now().Add(-time.Duration(rapid.IntRange(1, 200).Draw(rt, "ms")) * time.Millisecond)
	err := store.NewFailures(c.db).RewindRoute(c.t.Context(), consumerName, models.RewindTo{Since: since}, "ida", "It lost its state.")
	if err != nil && models.CodeOf(err) != models.CodeConflict {
		rt.Fatal(err)
	}
}

// check holds what arrived against what took effect: each once at least, nothing
// else, and within a shard first in the order in which it took effect.
func (c *consumer) check(h *history) {
	rows, err := c.db.Pool.Query(c.t.Context(), `
		SELECT e.shard, e.seq FROM changes ch CROSS JOIN LATERAL (
			SELECT * FROM events e WHERE e.shard = ch.shard AND e.seq BETWEEN ch.from_seq AND ch.to_seq AND e.seq <> ALL (ch.left_out) OFFSET 0) e
		WHERE e.type = ANY ($1) AND e.item LIKE $2 ORDER BY ch.pos, e.seq`,
		[]models.EventType{models.TypeBalance, models.TypeMovement, models.TypeForecastRevision}, h.items)
	if err != nil {
		h.rt.Fatal(err)
	}
	defer rows.Close()
	tookEffect := map[int16][]int64{}
	shardOf := map[int64]int16{}
	for rows.Next() {
		var shard int16
		var seq int64
		if err := rows.Scan(&shard, &seq); err != nil {
			h.rt.Fatal(err)
		}
		tookEffect[shard] = append(tookEffect[shard], seq)
		shardOf[seq] = shard
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.first {
		if !strings.HasPrefix(a.item, strings.TrimSuffix(h.items, "%")) {
			continue // of a history that failed
		}
		seq := a.seq
		shard, known := shardOf[seq]
		if !known {
			h.rt.Fatalf("event %d was delivered and did not take effect", seq)
		}
		if len(tookEffect[shard]) == 0 || tookEffect[shard][0] != seq {
			h.rt.Fatalf("shard %d delivered %d out of its order; next was %v", shard, seq, tookEffect[shard][:min(3, len(tookEffect[shard]))])
		}
		tookEffect[shard] = tookEffect[shard][1:]
	}
	for shard, missing := range tookEffect {
		if len(missing) > 0 {
			h.rt.Fatalf("shard %d never delivered %v", shard, missing)
		}
	}
	c.first = nil
}
