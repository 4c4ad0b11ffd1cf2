package ui

import (
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Waterfall is the way of one event, write or delivery: its stages as bars on
// one time axis.
type Waterfall struct {
	// Total is the length of the axis; the end of the last stage if zero.
	Total  time.Duration
	Stages []Stage
}

// Stage is one bar. Start counts from the beginning of the axis.
type Stage struct {
	Name  string
	Start time.Duration
	Took  time.Duration
	State StageState
	// Note stands after the bar: "attempt 3 of 8".
	Note string
	// Open shows what went in and out; for the failed stage.
	Open *StageDetail
}

// StageState is how a stage ended.
type StageState string

// The states.
const (
	StageDone    StageState = "done"
	StageFailed  StageState = "failed"
	StageWaiting StageState = "waiting" // under way, or held
	StageSkipped StageState = "skipped" // never reached
)

// StageDetail is an opened stage: input, error in plain words, output, and
// what to do next.
type StageDetail struct {
	Error  string
	Code   string
	Input  string // payload as text
	Output string
	// OutputTitle replaces "Output", such as "Answer of the ERP".
	OutputTitle string
	Next        string
	Actions     []templ.Component
}

func (w Waterfall) total() time.Duration {
	total := w.Total
	for _, s := range w.Stages {
		total = max(total, s.Start+s.Took)
	}
	return max(total, 1)
}

// share writes a duration as a percentage of the axis, for an SVG attribute.
func (w Waterfall) share(d time.Duration) string {
	return strconv.FormatFloat(100*float64(d)/float64(w.total()), 'f', 2, 64) + "%"
}

// ticks are the marks of the axis: its quarters.
func (w Waterfall) ticks() []axisTick {
	anchors := []string{"start", "middle", "middle", "middle", "end"}
	ticks := make([]axisTick, 0, len(anchors))
	for i, anchor := range anchors {
		at := w.total() * time.Duration(i) / time.Duration(len(anchors)-1)
		label := Took(at)
		if i == 0 {
			label = "0"
		}
		ticks = append(ticks, axisTick{w.share(at), anchor, label})
	}
	return ticks
}

type axisTick struct{ x, anchor, label string }

func (s Stage) class() string {
	switch s.State {
	case StageFailed:
		return "fall-row fall-failed"
	case StageSkipped:
		return "fall-row fall-skipped"
	default:
		return "fall-row"
	}
}

func (s Stage) took() string {
	switch s.State {
	case StageSkipped:
		return "not reached"
	case StageWaiting:
		return Took(s.Took) + " so far"
	default:
		return Took(s.Took)
	}
}

func (d StageDetail) outputTitle() string {
	if d.OutputTitle != "" {
		return d.OutputTitle
	}
	return "Output"
}
