package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
)

const window = 5 * time.Second

func counted(fast, slow uint64) models.Histogram {
	var h models.Histogram
	h.AddN(100*time.Millisecond, fast)
	h.AddN(20*time.Second, slow)
	return h
}

// outcomeOf saw so many fast and slow events after others that say nothing.
func outcomeOf(fast, slow uint64) *outcome {
	return &outcome{total: spread{before: counted(1000, 500), after: counted(1000+fast, 500+slow)}}
}

func TestWindowHoldsWithOneInAHundredLate(t *testing.T) {
	if o := outcomeOf(990, 10); o.verdict(window) != "held" {
		t.Errorf("1 %% late: %s", o.verdict(window))
	}
	if o := outcomeOf(9890, 110); o.verdict(window) == "held" {
		t.Error("1.1 % late and it held")
	}
}

func TestWhatNeverTookEffectIsLate(t *testing.T) {
	o := outcomeOf(1000, 0)
	o.unfinished = 11
	if o.verdict(window) == "held" || o.late(window) != (models.LateShare{Events: 1011, Late: 11}) {
		t.Errorf("%s with %+v", o.verdict(window), o.late(window))
	}
}

func TestNothingProvesNothing(t *testing.T) {
	if o := outcomeOf(0, 0); o.held(window) || o.verdict(window) != "no event came" {
		t.Errorf("without an event: %s", o.verdict(window))
	}
}

func TestFirstHopThatHeldUpTheOthersIsNamed(t *testing.T) {
	o := outcomeOf(10, 90)
	o.samples = []sample{{hop: "workflow", age: time.Minute}, {hop: "workflow", before: "apply"}, {hop: "source", before: "source"}}
	if got := o.verdict(window); got != "broke first: apply" {
		t.Error(got)
	}
}

func TestSlowestStepIsNamedWhenNoHopWasSeen(t *testing.T) {
	o := outcomeOf(10, 90)
	o.steps = []step{
		{hop: "source", spread: spread{after: counted(10, 90)}},
		{hop: "apply", spread: spread{after: counted(100, 0)}},
	}
	if got := o.verdict(window); !strings.HasSuffix(got, ": source") {
		t.Error(got)
	}
}

func TestQuantilesAreOfTheIntervalAlone(t *testing.T) {
	o := outcomeOf(96, 4)
	for q, want := range map[float64]time.Duration{0.5: 100 * time.Millisecond, 0.95: 100 * time.Millisecond, 0.99: 20 * time.Second, 1: 20 * time.Second} {
		if got := o.total.quantile(q); got < want*97/100 || got > want*103/100 {
			t.Errorf("quantile %g is %s, want about %s", q, got, want)
		}
	}
	if got := outcomeOf(0, 0).total.quantile(0.99); got != 0 {
		t.Errorf("of nothing %s", got)
	}
}

func TestWeekBeginsOnMondayMorning(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 6, day, hour, 0, 0, 0, time.UTC) }
	if !monday(at(15, 3), at(15, 5)) || monday(at(15, 2), at(15, 4)) || monday(at(15, 5), at(15, 7)) || monday(at(16, 3), at(16, 6)) {
		t.Error("a Monday at five is not what begins a week")
	}
}

func TestOnlyWhatWasAskedForIsReplayed(t *testing.T) {
	var names []string
	for _, r := range replays() {
		r.keep("season,usual")
		for _, s := range r.scenarios {
			names = append(names, s.name)
		}
	}
	if !slices.Equal(names, []string{"usual", "season"}) {
		t.Errorf("kept %q", names)
	}
}
