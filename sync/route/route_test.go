package route_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/route"
)

func TestEventsArriveInOrderThroughFailures(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t, 500, 204, 503, 302)
	w.subscribe("planning", url)
	w.apply(3, 1, 2, 3)
	w.settle()
	w.apply(3, 4)
	w.apply(3, 5, 6)
	w.settle()
	if want := []int{1, 2, 3, 4, 5, 6}; !slices.Equal(target.versions, want) {
		t.Errorf("versions arrived as %v, want %v", target.versions, want)
	}
	if target.messages[0] != target.messages[1] {
		t.Error("a repeated message has another id")
	}
	if got := w.text(`SELECT count(*) FILTER (WHERE outcome = 'failed') || ' failed, ' || sum(events) FILTER (WHERE outcome = 'delivered') || ' events delivered' FROM deliveries`); !strings.HasSuffix(got, " failed, 6 events delivered") || strings.HasPrefix(got, "0") {
		t.Errorf("deliveries on record: %s", got)
	}
	if got := w.text(`SELECT string_agg(DISTINCT c.type || ' ' || c.dc, ', ') || ' ' || sum(c.events)
		FROM deliveries d, jsonb_to_recordset(d.carried) AS c (type text, dc text, events int) WHERE outcome = 'delivered'`); got != "throughline.inventory.balance.v1 LEE 6" {
		t.Errorf("the messages say that they carried %q", got)
	}
	if got := w.text(`SELECT entity || ' ' || version FROM delivered_versions`); got != "inventory 6" {
		t.Errorf("the target holds %q, want inventory 6", got)
	}
	if got := w.text(`SELECT sum(count)::text FROM latency_rollups WHERE stage = 'deliver' AND entity = 'inventory' AND dc = 'LEE'`); got != "6" {
		t.Errorf("latency counts %s events, want 6", got)
	}
}

func TestAnEventLooksAsItWasAccepted(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(0, 7)
	w.settle()
	if len(target.events) != 1 {
		t.Fatalf("%d events arrived", len(target.events))
	}
	for name, want := range map[string]any{
		"specversion": "1.0", "id": "e1", "source": "erp", "type": string(models.TypeBalance), "subject": "A/LEE",
		"item": "A", "dc": "LEE", "traceparent": "00-1-2-01", "throughlineseq": "1",
	} {
		if got := target.events[0][name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestOnlyTheTypesAskedFor(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url, models.TypeForecastRevision)
	w.apply(0, 1, 2)
	w.settle()
	if len(target.messages) != 0 {
		t.Errorf("%d messages arrived, want none", len(target.messages))
	}
	if got := w.text(`SELECT count(*) FROM consumer_cursors c WHERE consumer = 'route:planning'
		AND pos < coalesce((SELECT max(pos) FROM changes ch WHERE ch.shard = c.shard), 0)`); got != "0" {
		t.Errorf("%s shards are behind", got)
	}
}

func TestABigBatchGoesInSeveralMessages(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	var versions []int
	for v := range 450 {
		versions = append(versions, v+1)
	}
	w.apply(1, versions...)
	w.settle()
	if len(target.messages) != 3 || !slices.Equal(target.versions, versions) {
		t.Errorf("%d messages with %d events, want 3 with 450 in order", len(target.messages), len(target.versions))
	}
}

func TestGoneDisables(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t, http.StatusGone)
	w.subscribe("planning", url)
	w.apply(0, 1)
	w.settle()
	w.settle()
	if got := w.text(`SELECT state || ': ' || disabled_why FROM subscriptions`); got != "disabled: The target answered 410 Gone." {
		t.Errorf("the subscription is %q", got)
	}
	if len(target.messages) != 1 {
		t.Errorf("%d deliveries to a target that is gone, want 1", len(target.messages))
	}
	w.subscribe("planning", url)
	if got := w.text(`SELECT state FROM subscriptions`); got != "disabled" {
		t.Errorf("the same address again makes it %s, want disabled", got)
	}
	healed, elsewhere := newReceiver(t)
	w.subscribe("planning", elsewhere)
	w.settle()
	if !slices.Equal(healed.versions, []int{1}) {
		t.Errorf("the new address got %v, want what the old one never took", healed.versions)
	}
}

func TestASlowTargetDelaysOnlyItself(t *testing.T) {
	w := newWorld(t)
	release, entered := make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		once.Do(func() { close(entered) })
		<-release
	}))
	defer slow.Close()
	fast, url := newReceiver(t)
	w.subscribe("a-slow", slow.URL)
	w.subscribe("b-fast", url)
	w.apply(2, 1, 2)
	if _, err := w.router.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-entered
	deadline := time.Now().Add(20 * time.Second)
	for w.text(`SELECT count(*) FROM deliveries WHERE subscription = 'b-fast'`) == "0" && time.Now().Before(deadline) {
		if _, err := w.router.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fast.mu.Lock()
	got := slices.Clone(fast.versions)
	fast.mu.Unlock()
	close(release)
	w.router.Wait()
	if !slices.Equal(got, []int{1, 2}) {
		t.Errorf("while the other hung, the fast one got %v", got)
	}
}

func TestARestartRepeatsNothingElse(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	w.subscribe("planning", url)
	w.apply(0, 1, 2)
	w.settle()
	w.router.Release()
	again := w.process()
	if _, err := again.RunOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	again.Wait()
	if len(target.messages) != 1 {
		t.Errorf("%d messages, want 1", len(target.messages))
	}
}

func TestAddressesInsideAreRefused(t *testing.T) {
	w := newWorld(t)
	strict, err := route.New(route.Config{Store: store.NewRoutes(w.db)})
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{
		"http://127.0.0.1:9/", "http://10.1.2.3/", "http://192.168.0.1/", "http://169.254.169.254/latest/meta-data",
		"http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[fd00::1]/", "http://[fe80::1]/", "http://100.64.0.1/", "http://0.0.0.0/",
		"ftp://example.org/", "http://user:secret@example.org/", "http:///", "no address",
	} {
		s := models.Subscription{Name: "inside", URL: url, Secret: secret, Types: []models.EventType{models.TypeBalance}}
		if err := strict.Ensure(t.Context(), s); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%s: %v, want invalid", url, err)
		}
	}
}

func TestANameThatResolvesInsideIsNotReached(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	strict := w.process(func(c *route.Config) { c.Allow, c.Retries = nil, retries(time.Minute, time.Minute) })
	s := models.Subscription{
		Name: "inside", URL: strings.Replace(url, "127.0.0.1", "localhost", 1), Secret: secret, Types: []models.EventType{models.TypeBalance},
	}
	if err := strict.Ensure(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.apply(0, 1)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := strict.RunOnce(ctx); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for w.text(`SELECT count(*) FROM deliveries`) == "0" && time.Now().Before(deadline) {
		if _, err := strict.RunOnce(ctx); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	strict.Wait()
	if got := w.text(`SELECT error FROM deliveries LIMIT 1`); !strings.Contains(got, "not allowed") {
		t.Errorf("the delivery failed with %q, want that it is not allowed", got)
	}
	if len(target.messages) != 0 {
		t.Error("the target inside was reached")
	}
}
