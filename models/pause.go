package models

import (
	"fmt"
	"strings"
	"time"
)

// PauseKind is what a pause stops.
type PauseKind string

// The kinds. A paused source is asked to send again later, and so is a source for
// one entity, a flow; what a paused lane takes in stands in the log without
// effect; a paused target is not called, whoever asks.
const (
	PauseSource PauseKind = "source"
	PauseFlow   PauseKind = "flow"
	PauseLane   PauseKind = "lane"
	PauseTarget PauseKind = "target"
)

// The targets: the systems that the tower calls.
const (
	TargetERP           = "erp"
	TargetReplenishment = "replenishment"
	TargetForecasting   = "forecasting"
)

const (
	// MaxPause keeps a pause that nobody thinks of from lasting for ever.
	MaxPause = 7 * 24 * time.Hour
	// MaxPauseAhead is how far ahead a pause may be planned.
	MaxPauseAhead = 30 * 24 * time.Hour
)

// Pausable is what may be stopped for a while.
type Pausable struct {
	Kind PauseKind
	Name string
}

// FlowName is the name of what a source says of an entity.
func FlowName(source, entity string) string { return source + ":" + entity }

// Pause is what a person has stopped or plans to stop, why, and until when.
// Times are real.
type Pause struct {
	ID     int64
	Kind   PauseKind
	Name   string
	Reason string
	Actor  string
	Since  time.Time
	Ends   *time.Time // nil: until somebody resumes it, which nobody can plan
}

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

// Planned reports whether a pause has yet to begin.
func (p Pause) Planned(at time.Time) bool { return at.Before(p.Since) }

// Over reports whether a pause has come to its end.
func (p Pause) Over(at time.Time) bool { return p.Ends != nil && !at.Before(*p.Ends) }

// Lasts is for how long it is meant; 0 when it has no end.
func (p Pause) Lasts() time.Duration {
	if p.Ends == nil {
		return 0
	}
	return p.Ends.Sub(p.Since)
}

// Words say who paused it, until when and why, as the end of a sentence.
func (p Pause) Words() string {
	until := "until somebody resumes it"
	if p.Ends != nil {
		until = "until " + p.Ends.UTC().Format("2 Jan 15:04 UTC")
	}
	return fmt.Sprintf("paused by %s %s: %s.", p.Actor, until, strings.TrimRight(p.Reason, "."))
}

// Refusal answers a person who asks for what the pause stops. Nothing was done.
func (p Pause) Refusal() *Error {
	return Errorf(CodePrecondition, "%s Nothing was done: ask again when the pause is over, or have it resumed under Pauses.", p.Sentence())
}

// Sentence says what is paused, by whom, until when and why.
func (p Pause) Sentence() string {
	what := p.Name + " is"
	switch p.Kind {
	case PauseTarget:
		what = "Calls to " + p.Name + " are"
	case PauseFlow:
		what = p.Entity() + " of " + p.Source() + " is"
	case PauseSource, PauseLane:
	}
	return what + " " + p.Words()
}

// Validate refuses, at the time at which it is asked for, a pause without a
// reason, a plan without an end, and what lasts too long or lies too far ahead.
func (p Pause) Validate(now time.Time) error {
	switch {
	case p.Actor == "" || strings.TrimSpace(p.Reason) == "":
		return Errorf(CodeInvalid, "Say why: the reason is kept with the pause.")
	case p.Ends == nil && p.Planned(now):
		return Errorf(CodeInvalid, "Say until when: what is planned ends by itself.")
	case p.Ends != nil && (p.Lasts() < time.Minute || p.Lasts() > MaxPause):
		return Errorf(CodeInvalid, "A pause with an end lasts from 1m to %dh.", int(MaxPause.Hours()))
	case p.Since.Sub(now) > MaxPauseAhead:
		return Errorf(CodeInvalid, "A pause is planned at most %d days ahead.", int(MaxPauseAhead.Hours()/24))
	}
	return nil
}
