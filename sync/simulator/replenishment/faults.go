package replenishment

import (
	"time"

	"throughline/sync/simulator/fault"
)

const (
	// stuckFor is the real time that the faults last by themselves.
	stuckFor = 3 * time.Minute
	// busyPause is what a busy engine asks for.
	busyPause = 10 * time.Second
)

func (e *Engine) registerFaults() {
	e.cfg.Board.Register(
		fault.Fault{Name: fault.StuckEngine, Duration: stuckFor,
			Description: "Replenishment takes everything in and evaluates nothing for three minutes."},
		fault.Fault{Name: fault.RefusedDeliveries, Duration: stuckFor,
			Description: "Replenishment refuses every delivery for three minutes."},
		fault.Fault{Name: fault.BusyTarget, Duration: stuckFor,
			Description: "Replenishment asks for a pause of ten seconds at every delivery, for three minutes."},
	)
}
