package replenishment

import (
	"time"

	"throughline/sync/simulator/fault"
)

// stuckFor is the real time that the faults last by themselves.
const stuckFor = 3 * time.Minute

func (e *Engine) registerFaults() {
	e.cfg.Board.Register(
		fault.Fault{Name: fault.StuckEngine, Duration: stuckFor,
			Description: "Replenishment takes everything in and evaluates nothing for three minutes."},
		fault.Fault{Name: fault.RefusedDeliveries, Duration: stuckFor,
			Description: "Replenishment refuses every delivery for three minutes."},
	)
}
