package models

import "time"

// CircuitState is whether calls to a target go through.
type CircuitState string

// The states of a circuit.
const (
	CircuitClosed     CircuitState = "closed"     // calls go through
	CircuitOpen       CircuitState = "open"       // no calls until the next probe
	CircuitHalfOpen   CircuitState = "half-open"  // one call sees whether the target is back
	CircuitRecovering CircuitState = "recovering" // it is; what waited follows at a capped rate
)

// Circuit is how calls to a target fare. Target is route:NAME for the
// subscription NAME, or a system that is called.
type Circuit struct {
	Target    string
	State     CircuitState
	Since     time.Time
	NextProbe *time.Time // of an open circuit
	Failures  int        // in a row
}

// CircuitStates lists the states.
func CircuitStates() []CircuitState {
	return []CircuitState{CircuitClosed, CircuitOpen, CircuitHalfOpen, CircuitRecovering}
}
