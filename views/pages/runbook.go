package pages

import (
	"strconv"
	"time"

	"throughline/views/ui"
)

// Runbook is what to do about an exception: its steps, and the parts around them.
type Runbook struct {
	Steps   []RunbookStep
	Parts   []RunbookPart
	MayTick bool
}

// RunbookStep is one safe action, and who did it when.
type RunbookStep struct {
	Text string
	URL  string
	Done bool
	By   string
	At   time.Time

	Usual time.Duration // the median from the step before it
	Ticks int64         // that it rests on; 0 when there are too few
}

// RunbookPart is one titled part of the runbook beside its steps.
type RunbookPart struct {
	Title string
	Lines []string
}

// progress is how many of the steps are done.
func (r Runbook) progress() string {
	done := 0
	for _, s := range r.Steps {
		if s.Done {
			done++
		}
	}
	return strconv.Itoa(done) + " of " + strconv.Itoa(len(r.Steps)) + " steps done"
}

// opposite is what a click on the step makes of it.
func (s RunbookStep) opposite() string {
	if s.Done {
		return "no"
	}
	return "yes"
}

func (s RunbookStep) mark() string {
	if s.Done {
		return "✓"
	}
	return ""
}

// pace is how long the step usually takes, and how many times that was seen.
func (s RunbookStep) pace() string {
	return "median " + ui.Took(s.Usual) + ", of " + ui.Count(s.Ticks) + " times it was done"
}
