package models

import "time"

// LatencyStage is a part of an event's way whose time is measured.
type LatencyStage string

// The stages, in the order of the way. StageTotal is from the source's commit
// to the tower's effect; StageDeliver, after it, to the subscriber's answer.
const (
	LatencyAccept    LatencyStage = "accept"
	LatencyQueue     LatencyStage = "queue"
	LatencyTransform LatencyStage = "transform"
	LatencyReference LatencyStage = "reference"
	LatencyApply     LatencyStage = "apply"
	LatencyTotal     LatencyStage = "total"
	LatencyDeliver   LatencyStage = "deliver"
)

// LatencyStages lists the stages that add up to the total, in order, and the delivery.
func LatencyStages() []LatencyStage {
	return []LatencyStage{LatencyAccept, LatencyQueue, LatencyTransform, LatencyReference, LatencyApply, LatencyDeliver}
}

// LatencyTarget is the first form's window for every entity: p95 from the
// source's commit to the tower's effect, in real time.
const LatencyTarget = 5 * time.Second

// LatencyQuery asks for a cut; empty parts do not cut.
type LatencyQuery struct {
	Period Period
	DC     string // empty for all
	NoDC   bool   // only what belongs to no DC, such as items and suppliers
	Entity string
	Stages []LatencyStage
}

// DCs are those that the query cuts to; nil for all.
func (q LatencyQuery) DCs() []string {
	if q.DC == "" && !q.NoDC {
		return nil
	}
	return []string{q.DC}
}

// LatencyCell is the distribution of one DC, entity and stage over the period.
type LatencyCell struct {
	DC     string
	Entity string
	Stage  LatencyStage
	Spread Histogram
}

// LatencyPoint is the distribution of one step of time.
type LatencyPoint struct {
	At     time.Time
	Spread Histogram
}

// SlowEvent is an applied event with how long it took.
type SlowEvent struct {
	Seq        int64
	Source     string
	Item       string
	OccurredAt time.Time
	AppliedAt  time.Time
}

// Took is from the source's commit to the tower's effect, 0 for a clock that is ahead.
func (e SlowEvent) Took() time.Duration { return max(e.AppliedAt.Sub(e.OccurredAt), 0) }

// ClockLead is how often a source dated an event after its receipt, and by how
// much at most: latencies of such events count as nothing up to the log.
type ClockLead struct {
	Source string
	Events int64 // that were looked at
	Ahead  int64 // of them
	Most   time.Duration
}
