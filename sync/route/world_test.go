package route_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
	"throughline/sync/route"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// world is a database with a change log that the test writes, and a router.
type world struct {
	t      *testing.T
	db     *store.DB
	router *route.Router
	next   int64
	pos    map[int16]int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, storetest.New(t))
}

func newWorldOn(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, pos: map[int16]int64{}}
	w.exec(`CREATE TABLE events_test PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2100-01-01')`)
	w.router = w.process()
	return w
}

// retries wait so long whatever the failure is.
func retries(first, longest time.Duration) models.RetryPolicies {
	policy := models.RetryPolicy{First: first, Cap: longest}
	refused := policy
	refused.Least = 1 // whoever refuses is taken at its word
	return models.RetryPolicies{models.RetryTransient: policy, models.RetryRateLimited: policy, models.RetryRefused: refused}
}

// process is a router as a process of its own would have it.
func (w *world) process(options ...func(*route.Config)) *route.Router {
	w.t.Helper()
	cfg := route.Config{
		Store: store.NewRoutes(w.db), Allow: loopback, Timeout: 5 * time.Second,
		Retries: retries(time.Millisecond, 20*time.Millisecond),
	}
	for _, option := range options {
		option(&cfg)
	}
	router, err := route.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(router.Release)
	return router
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) text(sql string, args ...any) string {
	w.t.Helper()
	var value any
	if err := w.db.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&value); err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprint(value)
}

// apply writes one batch of balances to the log of a shard as if it took effect.
func (w *world) apply(shard int16, versions ...int) {
	w.t.Helper()
	from, at := w.next+1, time.Now().UTC().Truncate(time.Microsecond)
	for _, version := range versions {
		w.next++
		data, err := json.Marshal(map[string]any{"item": "A", "dc": "LEE", "on_hand": "1", "version": version})
		if err != nil {
			w.t.Fatal(err)
		}
		w.exec(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, extensions, data)
			VALUES ($1, $2, $3, $3, 'erp', $4, $5, 'A/LEE', 'inventory:A|LEE', 'A', 'LEE', '{"traceparent":"00-1-2-01"}', $6)`,
			w.next, shard, at, fmt.Sprint("e", w.next), models.TypeBalance, string(data))
	}
	w.exec(`INSERT INTO changes (shard, kind, from_seq, to_seq, events, first_received, last_received, started_at,
			transform_us, reference_us, apply_us, applied_at)
		VALUES ($1, 'batch', $2, $3, $4, $5, $5, $5, 0, 0, 0, $5)`, shard, from, w.next, len(versions), at)
}

func (w *world) subscribe(name, url string, types ...models.EventType) {
	w.t.Helper()
	if len(types) == 0 {
		types = []models.EventType{models.TypeBalance}
	}
	err := w.router.Ensure(w.t.Context(), models.Subscription{Name: name, URL: url, Secret: secret, Types: types})
	if err != nil {
		w.t.Fatal(err)
	}
}

// settle delivers what there is, however often it has to try.
func (w *world) settle() {
	w.t.Helper()
	if _, err := w.router.RunOnce(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.router.Wait()
}

// receiver takes deliveries, refuses what it is told to, and remembers the versions in order.
type receiver struct {
	t *testing.T

	mu       sync.Mutex
	answers  []int // statuses of the next deliveries, then 204
	versions []int
	messages []string
	events   []map[string]any
}

func newReceiver(t *testing.T, answers ...int) (*receiver, string) {
	t.Helper()
	r := &receiver{t: t, answers: answers}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		r.t.Error(err)
	}
	verifier, err := webhooks.NewWebhook(secret)
	if err != nil {
		r.t.Error(err)
	}
	if err := verifier.Verify(body, request.Header); err != nil {
		r.t.Errorf("the signature does not verify: %v", err)
	}
	r.messages = append(r.messages, request.Header.Get("webhook-id"))
	if len(r.answers) > 0 {
		status := r.answers[0]
		r.answers = r.answers[1:]
		if status != http.StatusNoContent {
			w.WriteHeader(status)
			return
		}
	}
	var events []map[string]any
	if err := json.Unmarshal(body, &events); err != nil {
		r.t.Error(err)
	}
	for _, e := range events {
		r.versions = append(r.versions, int(e["data"].(map[string]any)["version"].(float64)))
	}
	r.events = append(r.events, events...)
	w.WriteHeader(http.StatusNoContent)
}
