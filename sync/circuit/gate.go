// Package circuit keeps calls away from a target that fails, lets one of them
// see whether it is back, and then lets what waited out at a capped rate.
package circuit

import (
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"throughline/models"
)

// Config says when a Gate opens and closes. All has defaults.
type Config struct {
	Failures   int              // in a row that open the circuit; default 5
	PauseMin   time.Duration    // before the first probe; default 5 s
	PauseMax   time.Duration    // the pause doubles with each failed probe up to this, ± 20 %; default 1 min
	DrainRate  float64          // calls a second while it recovers; default 20
	DrainFor   time.Duration    // without a failure, after which the rate is free again; default 1 min
	AskedLimit time.Duration    // the longest pause that a target may ask for; default 10 min
	Now        func() time.Time // default time.Now
}

func (c Config) withDefaults() Config {
	if c.Failures <= 0 {
		c.Failures = 5
	}
	for value, standard := range map[*time.Duration]time.Duration{
		&c.PauseMin: 5 * time.Second, &c.PauseMax: time.Minute, &c.DrainFor: time.Minute, &c.AskedLimit: 10 * time.Minute,
	} {
		if *value <= 0 {
			*value = standard
		}
	}
	if c.DrainRate <= 0 {
		c.DrainRate = 20
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Gate is the circuit of one target. It is safe for concurrent use.
type Gate struct {
	cfg    Config
	target string

	mu        sync.Mutex
	state     models.CircuitState
	since     time.Time
	failures  int       // in a row
	opened    int       // times since it was last closed
	notBefore time.Time // of the next probe, or of what the target asked for
	drain     *rate.Limiter
	turn      uint64        // grows with each change of state
	changed   chan struct{} // closed at each
}

// NewGate makes a closed Gate.
func NewGate(target string, cfg Config) *Gate {
	cfg = cfg.withDefaults()
	return &Gate{cfg: cfg, target: target, state: models.CircuitClosed, since: cfg.Now(), changed: make(chan struct{})}
}

// Pass is the leave to make one call; Done or Drop ends it.
type Pass struct {
	gate *Gate
	turn uint64
}

// Enter asks for a call. Without a pass nobody may call for wait, or until
// changed is closed; with one, the call is made after wait.
func (g *Gate) Enter() (pass *Pass, wait time.Duration, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.cfg.Now()
	if wait := g.notBefore.Sub(now); wait > 0 {
		return nil, wait, g.changed
	}
	switch g.state {
	case models.CircuitOpen:
		g.become(models.CircuitHalfOpen, now)
	case models.CircuitHalfOpen:
		return nil, g.cfg.PauseMin, g.changed
	case models.CircuitRecovering:
		if !g.recovered(now) {
			wait = g.drain.ReserveN(now, 1).DelayFrom(now)
		}
	case models.CircuitClosed:
	}
	return &Pass{g, g.turn}, wait, g.changed
}

// Done tells how the call went. asked is the pause that the target asked for;
// it holds for every call to it.
func (p *Pass) Done(transient bool, asked time.Duration) {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.turn != g.turn {
		return // it says nothing about how the target is now
	}
	now := g.cfg.Now()
	if transient && asked > 0 {
		g.notBefore = now.Add(min(asked, g.cfg.AskedLimit))
	}
	if !transient {
		g.failures = 0
		if g.state == models.CircuitHalfOpen {
			g.drain = rate.NewLimiter(rate.Limit(g.cfg.DrainRate), 1)
			g.become(models.CircuitRecovering, now)
		}
		return
	}
	g.failures++
	if g.state == models.CircuitHalfOpen || g.failures >= g.cfg.Failures {
		g.open(now)
	}
}

// Drop gives a pass back that was not used, or whose call told nothing.
func (p *Pass) Drop() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.turn == g.turn && g.state == models.CircuitHalfOpen {
		g.become(models.CircuitOpen, g.cfg.Now())
	}
}

func (g *Gate) open(now time.Time) {
	pause := g.cfg.PauseMin << min(g.opened, 20)
	if pause <= 0 || pause > g.cfg.PauseMax {
		pause = g.cfg.PauseMax
	}
	pause += time.Duration((rand.Float64()*0.4 - 0.2) * float64(pause))
	if probe := now.Add(pause); probe.After(g.notBefore) {
		g.notBefore = probe
	}
	g.opened++
	g.become(models.CircuitOpen, now)
}

// recovered ends a recovery that has gone well for long enough.
func (g *Gate) recovered(now time.Time) bool {
	if now.Sub(g.since) < g.cfg.DrainFor {
		return false
	}
	g.close(now)
	return true
}

func (g *Gate) close(now time.Time) {
	g.opened = 0
	g.become(models.CircuitClosed, now)
}

func (g *Gate) become(state models.CircuitState, now time.Time) {
	outage := state == models.CircuitHalfOpen || g.state == models.CircuitHalfOpen && state == models.CircuitOpen
	if !outage {
		g.since = now // an outage runs through its probes
	}
	g.state = state
	g.turn++
	close(g.changed)
	g.changed = make(chan struct{})
}

// Hasten makes the next probe due now: a person asked for it.
func (g *Gate) Hasten() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.notBefore = time.Time{}
}

// CaughtUp ends recovery: nothing waits any more.
func (g *Gate) CaughtUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == models.CircuitRecovering {
		g.close(g.cfg.Now())
	}
}

// Changed is closed at the next change of state.
func (g *Gate) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

// Circuit is how the target fares now.
func (g *Gate) Circuit() models.Circuit {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == models.CircuitRecovering {
		g.recovered(g.cfg.Now())
	}
	c := models.Circuit{Target: g.target, State: g.state, Since: g.since, Failures: g.failures}
	if g.state == models.CircuitOpen {
		probe := g.notBefore
		if probe.IsZero() {
			probe = g.cfg.Now()
		}
		c.NextProbe = &probe
	}
	return c
}
