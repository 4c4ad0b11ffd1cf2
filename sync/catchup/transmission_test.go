package catchup_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store/storetest"
	"throughline/sync/connector/connectortest"
)

// newUnacknowledged is a tower that has an order of which nothing shows that the
// supplier has it.
func newUnacknowledged(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	sent := w.now.Add(-time.Hour)
	w.sql(`INSERT INTO orders (number, kind, reference, supplier, dc, state, currency, ordered_at, version, content_hash, seq, transmitted_at, applied_at)
		VALUES ('PO-1', 'purchase', '', 'S1', 'LON', 'open', 'GBP', $1, 1, gen_random_uuid(), 1, $1, $1)`, sent)
	w.sql(`UPDATE exceptions SET code = 'API-10', dedupe_key = 'API-10|PO-1', document = 'PO-1'`)
	w.erp.Transmitted("PO-1", sent)
	return w
}

// resent is how often the ERP transmitted the order again.
func (w *world) resent() int { return len(w.erp.Transmissions("PO-1")) - 1 }

// audited are the outcomes that the audit trail tells of.
func (w *world) audited() (outcomes []string) {
	w.Helper()
	if err := w.db.Pool.QueryRow(w.Context(), `SELECT coalesce(array_agg(after->>'outcome' ORDER BY id), '{}') FROM audit WHERE action = 'order.transmit' AND subject = 'order:PO-1'`).Scan(&outcomes); err != nil {
		w.Fatal(err)
	}
	return outcomes
}

func TestAnOrderThatNothingAcknowledgesIsTransmittedAgainOnce(t *testing.T) {
	w := newUnacknowledged(t)
	w.after(9 * time.Second)
	if w.resent() != 0 { // the acknowledgement may be on its way
		t.Fatalf("transmitted again %d times within ten seconds", w.resent())
	}
	w.after(time.Second)
	w.after(24 * time.Hour)
	w.sql(`DELETE FROM exception_notes`)
	w.sql(`DELETE FROM catch_ups`)
	w.sql(`DELETE FROM exceptions`)
	w.sql(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, source, document, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('API-10', 'procurement', 'api', 'API-10|PO-1', 'Again', 'Again.', 'new', true, 'P2', 'C2', 'because', 'erp', 'PO-1', $1, $1, $1, $1)`, w.now)
	w.after(24 * time.Hour)
	if w.resent() != 1 || w.asked.Load() != 1 {
		t.Errorf("transmitted again %d times in %d calls, also when its exception came again", w.resent(), w.asked.Load())
	}
	if got := w.audited(); !slices.Equal(got, []string{"asked", "done"}) {
		t.Errorf("the audit trail says %q", got)
	}
}

func TestTheHistorySaysWhenAnOrderWasTransmittedAgain(t *testing.T) {
	w := newUnacknowledged(t)
	w.after(10 * time.Second)
	want := "Asked the ERP to transmit PO-1 once more. erp transmitted it again at " + models.Instant(w.erp.Transmissions("PO-1")[1]) + "."
	if told := w.told(); len(told) != 1 || told[0] != want {
		t.Errorf("the history says %q", told)
	}
}

// A process that dies after the ERP was asked leaves the order to another, whose asking
// makes no second transmission.
func TestADeadProcessLeavesAnOrderThatIsTransmittedOnce(t *testing.T) {
	w := newUnacknowledged(t)
	w.erp.Break(connectortest.FaultLost, 1)
	w.now = w.now.Add(10 * time.Second)
	dies, kill := context.WithCancel(t.Context())
	died := make(chan error, 1)
	go func() { died <- w.services[0].RunOnce(dies) }()
	storetest.Eventually(t, "the order to be transmitted", func() bool { return w.resent() == 1 })
	kill()
	if err := <-died; !errors.Is(err, context.Canceled) {
		t.Fatalf("it ended with %v", err)
	}
	w.after(59 * time.Second)
	if n := w.asked.Load(); n != 1 {
		t.Errorf("asked %d times while the first may be alive", n)
	}
	w.after(time.Second)
	w.after(time.Hour)
	if w.resent() != 1 || w.asked.Load() != 2 || !slices.Equal(w.audited(), []string{"asked", "done"}) {
		t.Errorf("transmitted again %d times in %d calls; the audit trail says %q", w.resent(), w.asked.Load(), w.audited())
	}
}

func TestAnERPThatTransmitsNothingAgainIsAskedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(w *world)
		says   string
	}{
		"it offers none":    {func(w *world) { w.serves = http.NotFoundHandler() }, "erp cannot be asked to transmit an order again: it offers no such call."},
		"it has none":       {func(w *world) { w.serves = http.HandlerFunc(notImplemented) }, "erp cannot be asked to transmit an order again: it offers no such call."},
		"it does not do it": {func(w *world) { w.erp.Break(connectortest.FaultRefuse, 1) }, "erp did not transmit it again: The supplier is blocked."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newUnacknowledged(t)
			c.breaks(w)
			w.after(10 * time.Second)
			w.after(time.Hour)
			if told := w.told(); len(told) != 1 || !strings.HasSuffix(told[0], c.says) || w.asked.Load() != 1 || w.resent() != 0 {
				t.Errorf("asked %d times; the history says %q", w.asked.Load(), told)
			}
			if got := w.audited(); !slices.Equal(got, []string{"asked", "failed"}) {
				t.Errorf("the audit trail says %q", got)
			}
		})
	}
}

func notImplemented(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) }

func TestAFailureToTransmitIsTriedAgainByItsPolicy(t *testing.T) {
	w := newUnacknowledged(t)
	w.erp.Break(connectortest.FaultDown, 3)
	w.after(10 * time.Second)
	w.after(500 * time.Millisecond)
	if n := w.asked.Load(); n != 1 {
		t.Fatalf("asked %d times within the first wait", n)
	}
	for range 4 {
		w.after(time.Minute + 12*time.Second)
	}
	if told := w.told(); len(told) != 2 || !strings.HasSuffix(told[0], "erp cannot be asked: The ERP is down. It is asked again.") || w.resent() != 1 || w.asked.Load() != 4 {
		t.Errorf("transmitted again %d times in %d calls; the history says %q", w.resent(), w.asked.Load(), told)
	}
}

func TestNoOrderIsTransmittedAgainWhilePausedOrSilentNorOnceItIsResolved(t *testing.T) {
	w := newUnacknowledged(t)
	w.paused = errors.New("paused")
	w.after(time.Minute)
	w.paused = nil
	w.sql(`UPDATE exceptions SET state = 'resolved', resolved_at = now(), resolution = 'It was sent by mail.'`)
	w.after(time.Minute)
	w.silent()
	w.sql(`UPDATE exceptions SET state = 'new', resolved_at = NULL, resolution = ''`)
	w.after(time.Minute)
	if n := w.asked.Load(); n != 0 {
		t.Fatalf("asked %d times", n)
	}
	w.heard()
	w.after(time.Second)
	if w.resent() != 1 {
		t.Errorf("afterwards transmitted again %d times", w.resent())
	}
}

// silent has the watch say that the ERP sends nothing, until it is heard.
func (w *world) silent() {
	w.Helper()
	w.sql(`INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, source, opened_at, last_seen_at, ack_due_at, resolve_due_at)
		VALUES ('API-01', 'it', 'api', 'API-01|erp', 'It is silent', 'Nothing comes.', 'new', true, 'P2', 'C3', 'because', 'erp', $1, $1, $1, $1)`, w.now)
}

func (w *world) heard() {
	w.Helper()
	w.sql(`DELETE FROM exceptions WHERE code = 'API-01'`)
}
