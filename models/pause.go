package models

import "time"

// PauseKind is what a pause stops.
type PauseKind string

// The kinds. A paused source is asked to send again later; what a paused lane
// takes in stands in the log without effect; a paused target is not called.
const (
	PauseSource PauseKind = "source"
	PauseLane   PauseKind = "lane"
	PauseTarget PauseKind = "target"
)

// TargetERP is the name of the ERP among the targets.
const TargetERP = "erp"

// Pause is what a person has stopped, why, and until when.
type Pause struct {
	Kind   PauseKind
	Name   string
	Reason string
	Actor  string
	Since  time.Time
	Ends   *time.Time // nil: until somebody resumes it
}

// Over reports whether a pause has come to its end.
func (p Pause) Over(at time.Time) bool { return p.Ends != nil && !at.Before(*p.Ends) }
