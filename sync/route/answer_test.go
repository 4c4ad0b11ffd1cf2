package route_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"throughline/models"
	"throughline/models/store"
)

// TestWhatARefusalSaysIsKept has a target that refuses at length and in bytes
// that no text may have.
func TestWhatARefusalSaysIsKept(t *testing.T) {
	w := newWorld(t)
	var calls atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			rw.WriteHeader(http.StatusServiceUnavailable)
			_, _ = rw.Write([]byte("nightly \x00\xff job " + strings.Repeat("x", 5000)))
		case 2:
			rw.WriteHeader(http.StatusConflict)
		default:
			_, _ = rw.Write([]byte("thank you"))
		}
	}))
	t.Cleanup(target.Close)
	w.subscribe("planning", target.URL)
	w.apply(0, 1)
	w.settle()
	page, err := store.NewFailures(w.db).Deliveries(t.Context(), models.DeliveryQuery{Subscription: "planning", Limit: 10})
	if err != nil || len(page.Rows) != 3 {
		t.Fatalf("%d attempts are on record (%v)", len(page.Rows), err)
	}
	refused, silent, taken := page.Rows[2].Answer, page.Rows[1].Answer, page.Rows[0].Answer
	if !strings.HasPrefix(refused, "nightly \uFFFD job xxx") || len(refused) > 1100 {
		t.Errorf("of the refusal %d bytes are kept: %.40q", len(refused), refused)
	}
	if silent != "" || taken != "" {
		t.Errorf("kept are %q of a silent refusal and %q of a message that was taken", silent, taken)
	}
}
