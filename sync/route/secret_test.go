package route_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"throughline/models"
	"throughline/sync/route"
)

const nextSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrs="

// TestASecretThatIsReplacedSignsForItsOverlap: a receiver that has either of
// the two takes what is sent until the overlap ends, and then only the new one.
func TestASecretThatIsReplacedSignsForItsOverlap(t *testing.T) {
	var signatures atomic.Value
	old, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	next, err := webhooks.NewWebhook(nextSecret)
	if err != nil {
		t.Fatal(err)
	}
	verified := map[string]*atomic.Int32{"old": {}, "next": {}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if old.Verify(body, r.Header) == nil {
			verified["old"].Add(1)
		}
		if next.Verify(body, r.Header) == nil {
			verified["next"].Add(1)
		}
		signatures.Store(r.Header.Get("webhook-signature"))
	}))
	t.Cleanup(server.Close)
	w := newWorld(t)
	subscribe := func(secret string, overlap time.Duration) {
		t.Helper()
		if err := w.router.Ensure(t.Context(), models.Subscription{
			Name: "planning", URL: server.URL, Secret: secret, Types: []models.EventType{models.TypeBalance}, Overlap: overlap,
		}); err != nil {
			t.Fatal(err)
		}
	}
	subscribe(secret, time.Hour)
	subscribe(nextSecret, time.Hour)
	w.apply(3, 1)
	w.settle()
	if n := len(strings.Fields(signatures.Load().(string))); n != 2 || verified["old"].Load() != 1 || verified["next"].Load() != 1 {
		t.Errorf("%d signatures in the overlap; the old secret verifies %d times, the new one %d", n, verified["old"].Load(), verified["next"].Load())
	}
	subscribe(nextSecret, time.Hour) // again: nothing is replaced
	later := w.process(func(c *route.Config) { c.Now = func() time.Time { return time.Now().Add(61 * time.Minute) } })
	w.router.Release()
	w.router = later
	w.apply(3, 2)
	w.settle()
	if n := len(strings.Fields(signatures.Load().(string))); n != 1 {
		t.Errorf("%d signatures after the overlap", n)
	}
	if kept := w.text(`SELECT old_secret FROM subscriptions`); kept != "" {
		t.Error("a secret whose overlap is over is kept")
	}
}
