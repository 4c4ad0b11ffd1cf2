package models

import "time"

// RunbookSection is one titled part of a runbook: what it means, how to
// confirm it, what to do.
type RunbookSection struct {
	Title string
	Lines []string
}

// StepPace is how long a step of a runbook usually takes: the median, in real
// time, from the step that was ticked before it, or from when somebody took the
// exception on, over the exceptions of a kind.
type StepPace struct {
	Step   string
	Median time.Duration
	Ticks  int64 // that it rests on
}

// RunbookActions is the title of the section whose lines are steps to take, in order.
const RunbookActions = "Safe actions, in order"

// RunbookTick says who has done a step of an exception's runbook, and when.
type RunbookTick struct {
	Step     string
	Actor    string
	TickedAt time.Time
}
