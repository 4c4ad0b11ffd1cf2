package models

import (
	"strings"
	"time"
)

// PauseKind is what a pause stops.
type PauseKind string

// The kinds. A paused source is asked to send again later, and so is a source for
// one entity, a flow; what a paused lane takes in stands in the log without
// effect; a paused target is not called.
const (
	PauseSource PauseKind = "source"
	PauseFlow   PauseKind = "flow"
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

// FlowName is the name of what a source says of an entity.
func FlowName(source, entity string) string { return source + ":" + entity }

// Source is whose events a pause of a source or of a flow keeps out.
func (p Pause) Source() string {
	source, _, _ := strings.Cut(p.Name, ":")
	return source
}

// Entity is what a paused flow is of; empty for other kinds.
func (p Pause) Entity() string {
	_, entity, _ := strings.Cut(p.Name, ":")
	return entity
}

// Over reports whether a pause has come to its end.
func (p Pause) Over(at time.Time) bool { return p.Ends != nil && !at.Before(*p.Ends) }
