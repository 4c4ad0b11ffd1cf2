package main

import (
	"math"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// laneWindow is the age above which the realtime lane makes the tower not ready.
const laneWindow = time.Minute

// spread is what a growing histogram counted between two looks at it.
type spread struct{ before, after models.Histogram }

func (s *spread) count() int64 { return int64(s.after.Count()) - int64(s.before.Count()) }

// longer is how many took longer than d, to within 1 % of d.
func (s *spread) longer(d time.Duration) int64 {
	return int64(s.after.Longer(d)) - int64(s.before.Longer(d))
}

// quantile is the duration that at least q of the events did not exceed, to
// within 2 %; 0 when there was none.
func (s *spread) quantile(q float64) time.Duration {
	above := s.count() - int64(math.Ceil(q*float64(s.count())))
	low, high := time.Duration(0), s.after.Max()
	for low < high {
		middle := (low + (high-low)/2).Truncate(time.Microsecond)
		if s.longer(middle) <= above {
			high = middle
		} else {
			low = middle + time.Microsecond
		}
	}
	return low
}

// sample is one look at the flow.
type sample struct {
	at      time.Duration // from the start of the interval
	hop     string        // that holds up the others; empty for none
	age     time.Duration // of the first that waits there
	before  string        // the same of the hops before the effect alone
	backlog int64         // events that are received and not in effect
	unsent  int64         // events that the systems have not sent yet
}

// step is how long one part of the way took.
type step struct {
	hop    string
	spread spread
}

// outcome is what was measured of a scenario.
type outcome struct {
	scenario
	took               time.Duration // real, without the wait for the last to take effect
	received, applied  int64         // events in that time; superseded ones count as applied
	total              spread        // from the source's commit to the effect
	steps              []step        // of the total, in the order of the way
	samples            []sample
	unfinished         int64 // received and not in effect when the wait was given up
	rounds             int   // of buttons
	pressed, refused   int
	balanced, recounts bool // the books at the end of the interval; their audit at the end of the demo
}

// late counts the events that took longer than a window; those that never
// took effect are late.
func (o *outcome) late(window time.Duration) models.LateShare {
	return models.LateShare{Events: o.total.count() + o.unfinished, Late: o.total.longer(window) + o.unfinished}
}

// held reports whether the window held for the share that models.Objective
// asks for. What saw no event proved nothing.
func (o *outcome) held(window time.Duration) bool {
	share := o.late(window)
	return share.Events > 0 && !share.Burn(models.Objective).GreaterThan(decimal.NewFromInt(1))
}

// verdict says that a window held or which hop broke first.
func (o *outcome) verdict(window time.Duration) string {
	if o.total.count()+o.unfinished == 0 {
		return "no event came"
	}
	if o.held(window) {
		return "held"
	}
	return "broke first: " + o.first()
}

// first is the hop before the effect that was first seen holding up the others,
// or, when none was seen, the one in which events spent the longest time. What
// comes after the effect cannot have made an event late.
func (o *outcome) first() string {
	for _, s := range o.samples {
		if s.before != "" {
			return s.before
		}
	}
	slowest, longest := "none was seen", time.Duration(0)
	for i := range o.steps {
		if p99 := o.steps[i].spread.quantile(0.99); p99 > longest {
			slowest, longest = o.steps[i].hop, p99
		}
	}
	return slowest
}

// worst is the sample with the largest of what value gives.
func (o *outcome) worst(value func(sample) int64) sample {
	var found sample
	for _, s := range o.samples {
		if value(s) > value(found) {
			found = s
		}
	}
	return found
}

// longestWait is the sample in which a hop held up the others for longest.
func (o *outcome) longestWait() sample {
	return o.worst(func(s sample) int64 { return int64(s.age) })
}

// perSecond is a rate over the interval.
func (o *outcome) perSecond(events int64) float64 {
	if o.took <= 0 {
		return 0
	}
	return float64(events) / o.took.Seconds()
}
