package route

import (
	"throughline/models"
	"throughline/models/store"
	"throughline/sync/circuit"
)

func (r *Router) newTarget(name string) *target {
	retries := r.cfg.Retries[models.RetryTransient]
	return &target{
		client: r.guard.client(r.cfg.Timeout, r.cfg.Concurrency), slots: make(chan struct{}, r.cfg.Concurrency),
		gate: r.cfg.Circuits.Gate(models.Subscription{Name: name}.Consumer(), circuit.Config{
			Failures: r.cfg.CircuitAfter, PauseMin: retries.First << 4, PauseMax: retries.Cap, DrainRate: r.cfg.DrainRate,
			AskedLimit: r.cfg.RetryAfterMax, Now: r.cfg.Now,
		}),
	}
}

// caughtUp frees the targets that have nothing more to come.
func (r *Router) caughtUp(behind []store.RouteShard) {
	waits := map[string]bool{}
	for _, shard := range behind {
		waits[shard.Subscription] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, to := range r.targets {
		if !waits[name] {
			to.gate.CaughtUp()
		}
	}
}
