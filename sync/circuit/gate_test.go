package circuit_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/circuit"
	"throughline/sync/connector"
	"throughline/sync/connector/connectortest"
	"throughline/sync/connector/rest"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)} }

func call(t *testing.T, g *circuit.Gate, transient bool) {
	t.Helper()
	pass, wait, _ := g.Enter()
	if pass == nil {
		t.Fatalf("no call is let through; it is %s and asks for %s", g.Circuit().State, wait)
	}
	pass.Done(transient, 0)
}

func expect(t *testing.T, g *circuit.Gate, want models.CircuitState) models.Circuit {
	t.Helper()
	got := g.Circuit()
	if got.State != want {
		t.Fatalf("the circuit is %s, want %s", got.State, want)
	}
	return got
}

func TestTheWayOfACircuit(t *testing.T) {
	c := newClock()
	g := circuit.NewGate("erp", circuit.Config{Failures: 3, PauseMin: 10 * time.Second, DrainRate: 2, DrainFor: 30 * time.Second, Now: c.now})
	call(t, g, true)
	call(t, g, true)
	call(t, g, false) // not in a row
	call(t, g, true)
	call(t, g, true)
	expect(t, g, models.CircuitClosed)
	call(t, g, true)
	opened := expect(t, g, models.CircuitOpen)
	if pause := opened.NextProbe.Sub(c.at); pause < 8*time.Second || pause > 12*time.Second {
		t.Errorf("the first probe is due in %s", pause)
	}
	if pass, _, _ := g.Enter(); pass != nil {
		t.Fatal("an open circuit lets a call through")
	}
	c.at = *opened.NextProbe
	probe, _, _ := g.Enter()
	expect(t, g, models.CircuitHalfOpen)
	if second, _, _ := g.Enter(); probe == nil || second != nil {
		t.Fatal("not exactly one probe is let through")
	}
	c.at = c.at.Add(time.Second)
	probe.Done(true, 0)
	again := expect(t, g, models.CircuitOpen)
	if pause := again.NextProbe.Sub(c.at); pause < 16*time.Second || !again.Since.Equal(opened.Since) {
		t.Errorf("the second probe is due in %s, since %s", pause, again.Since)
	}
	c.at = *again.NextProbe
	call(t, g, false)
	expect(t, g, models.CircuitRecovering)
	if _, wait, _ := g.Enter(); wait != 0 {
		t.Errorf("the first call of the drain waits %s", wait)
	}
	for i := 1; i <= 3; i++ {
		if pass, wait, _ := g.Enter(); pass == nil || wait != time.Duration(i)*500*time.Millisecond {
			t.Errorf("call %d of the drain waits %s", i, wait)
		}
	}
	c.at = c.at.Add(30 * time.Second)
	expect(t, g, models.CircuitClosed)
}

func TestALateAnswerIsNoProbe(t *testing.T) {
	c := newClock()
	g := circuit.NewGate("erp", circuit.Config{Failures: 1, Now: c.now})
	slow, _, _ := g.Enter()
	call(t, g, true)
	c.at = *expect(t, g, models.CircuitOpen).NextProbe
	probe, _, _ := g.Enter()
	slow.Done(true, 0)
	expect(t, g, models.CircuitHalfOpen)
	probe.Drop()
	expect(t, g, models.CircuitOpen)
	call(t, g, false)
	expect(t, g, models.CircuitRecovering)
	g.CaughtUp()
	expect(t, g, models.CircuitClosed)
}

func TestATargetIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	c := newClock()
	g := circuit.NewGate("erp", circuit.Config{Now: c.now})
	pass, _, _ := g.Enter()
	pass.Done(true, 2*time.Minute)
	if pass, wait, _ := g.Enter(); pass != nil || wait != 2*time.Minute {
		t.Errorf("a call is let through or waits %s", wait)
	}
	g.Hasten()
	call(t, g, false)
}

// TestAnERPThatIsDownIsLeftAlone has the real client call a server that goes down and comes back.
func TestAnERPThatIsDownIsLeftAlone(t *testing.T) {
	var calls, down atomic.Int32
	stub := &connectortest.Stub{}
	handler := stub.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if down.Load() == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	defer server.Close()
	c := newClock()
	g := circuit.NewGate("erp", circuit.Config{Failures: 2, Now: c.now})
	erp, err := rest.NewERP(rest.Config{BaseURL: server.URL, Circuit: g})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() error { _, err := erp.FindOrders(t.Context(), "TL-1"); return err }
	down.Store(1)
	for range 5 {
		if err := ask(); err == nil {
			t.Fatal("an ERP that is down answers")
		}
	}
	if got := calls.Load(); got != 2 {
		t.Errorf("%d calls reached an ERP that is down, want 2", got)
	}
	failed := expect(t, g, models.CircuitOpen)
	if err := ask(); connector.ClassOf(err) != connector.ClassTransient {
		t.Errorf("a call that was not made is %v", err)
	}
	down.Store(0)
	c.at = *failed.NextProbe
	if err := ask(); err != nil {
		t.Errorf("the probe: %v", err)
	}
	expect(t, g, models.CircuitRecovering)
}
