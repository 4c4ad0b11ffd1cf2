package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"throughline/models"
	"throughline/sync/simulator"
)

// report writes the document.
func report(out io.Writer, o options, all []*outcome) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	p("# Peaks, replayed\n")
	p("The demo's trade is replayed at ten times its recorded pace in four situations. This is whether the tower kept up. "+
		"`make peaks` writes this page anew: real program, real Postgres, simulated systems over HTTP, all on one machine of %d processors.\n", runtime.NumCPU())
	p("A business day, which as a rule lasts %s, lasts %s here: ten times by the pace alone, and what the situation adds comes on top. "+
		"Seed %d decides which articles the buttons draw.\n", seconds(simulator.DefaultDay), seconds(simulator.DefaultDay/pace), o.seed)
	summary(p, all)
	p("%s\n", result(all))
	p("Goal: 99 %% of the events in time. Two windows are judged: %s, within which an event has to take effect where no target says otherwise, and %s, above which the real-time lane makes `/readyz` fail.\n",
		seconds(models.LatencyTarget), seconds(laneWindow))
	p("## What waited\n")
	waits(p, all)
	p("## Where the time went\n")
	stages(p, all)
	p("## What was replayed\n")
	for _, one := range all {
		p("- **%s**: %s%s", one.title, one.what, presses(one))
	}
	method(p)
}

func summary(p func(string, ...any), all []*outcome) {
	p("| replay | received | times the usual | in effect | p50 | p95 | p99 | longest | within %s | within %s | books | %s window | %s window |",
		seconds(models.LatencyTarget), seconds(laneWindow), seconds(models.LatencyTarget), seconds(laneWindow))
	p("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|---|")
	for _, o := range all {
		p("| %s | %.0f /s | %s | %.0f /s | %s | %s | %s | %s | %s | %s | %s | %s | %s |", o.title,
			o.perSecond(o.received), times(all, o), o.perSecond(o.applied),
			took(o.total.quantile(0.5)), took(o.total.quantile(0.95)), took(o.total.quantile(0.99)), took(o.total.quantile(1)),
			inTime(o, models.LatencyTarget), inTime(o, laneWindow), books(o), o.verdict(models.LatencyTarget), o.verdict(laneWindow))
	}
	p("")
}

// times is the load as a multiple of the usual one, which may not have been run.
func times(all []*outcome, o *outcome) string {
	for _, floor := range all {
		if rate := floor.perSecond(floor.received); floor.name == usual().name && rate > 0 {
			return fmt.Sprintf("%.1f", o.perSecond(o.received)/rate)
		}
	}
	return ""
}

// result says in a sentence what the table comes to.
func result(all []*outcome) string {
	var broken []string
	for _, o := range all {
		for _, window := range []time.Duration{models.LatencyTarget, laneWindow} {
			if !o.held(window) {
				broken = append(broken, fmt.Sprintf("%s (%s): %s", o.title, seconds(window), o.verdict(window)))
			}
		}
	}
	text := "Both windows held in all of them."
	if len(broken) > 0 {
		text = "What did not hold: " + strings.Join(broken, "; ") + "."
	}
	var longest sample
	during := ""
	for _, o := range all {
		if s := o.longestWait(); s.age > longest.age {
			longest, during = s, o.title
		}
	}
	if during == "" {
		return text
	}
	return fmt.Sprintf("%s Nothing waited longer at a hop than at %s, %s, during %s.", text, longest.hop, took(longest.age), during)
}

func inTime(o *outcome, window time.Duration) string {
	share := o.late(window)
	if share.Events == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f %%", 100*float64(share.Events-share.Late)/float64(share.Events))
}

func books(o *outcome) string {
	if o.balanced && o.recounts {
		return "balance"
	}
	return "**do not balance**"
}

func waits(p func(string, ...any), all []*outcome) {
	p("Looked at once a second.\n")
	p("| replay | most events not sent | most events not in effect | seconds in which a hop held up the others | the first such hop | the longest wait at one |")
	p("|---|---:|---:|---:|---|---|")
	for _, o := range all {
		constrained, first := 0, ""
		for _, s := range o.samples {
			if s.hop == "" {
				continue
			}
			constrained++
			if first == "" {
				first = fmt.Sprintf("%s, after %s", s.hop, seconds(s.at))
			}
		}
		oldest, longest := o.longestWait(), ""
		if oldest.hop != "" {
			longest = fmt.Sprintf("%s at %s", took(oldest.age), oldest.hop)
		}
		p("| %s | %d | %d | %d of %d | %s | %s |", o.title, o.worst(func(s sample) int64 { return s.unsent }).unsent,
			o.worst(func(s sample) int64 { return s.backlog }).backlog, constrained, len(o.samples), first, longest)
	}
	p("\nA hop holds up the others when the first event that waits there has waited for more than two seconds, and longer than at any other. " +
		"Routes, workflow and ERP come after the effect: what waits there delays a subscriber or an order and no event's window.\n")
}

func stages(p func(string, ...any), all []*outcome) {
	p("99th percentile of each step, from the source's commit to the effect.\n")
	head, rule := "| replay |", "|---|"
	for _, stage := range measured() {
		head, rule = head+" "+string(stage)+" |", rule+"---:|"
	}
	p("%s", head)
	p("%s", rule)
	for _, o := range all {
		row := []string{o.title}
		for i := range o.steps {
			row = append(row, took(o.steps[i].spread.quantile(0.99)))
		}
		p("| %s |", strings.Join(row, " | "))
	}
	p("")
}

func presses(o *outcome) string {
	if o.pressed+o.refused == 0 {
		return ""
	}
	text := fmt.Sprintf(" Pressed %d times", o.pressed)
	if o.pressed == 1 {
		text = " Pressed once"
	}
	if o.refused > 0 {
		text += fmt.Sprintf(", %d more found nothing to hit", o.refused)
	}
	return text + "."
}

func method(p func(string, ...any)) {
	p("\n## How it is counted\n")
	p("- **Received** and **in effect** are the growth of the books over the interval; what was superseded counts as in effect.")
	p("- **Latency** runs from the source's own commit to the tower's effect, in real time, of all events of the real-time lane. It includes what an event waits in its source, which sends one request at a time, and the rest of the write that it belongs to. It is read from the tower's own measures after the interval, when what came in it has taken effect; what does not within %s counts as late.", seconds(drainWithin))
	p("- **Usual** is measured over one business day, one of the busier ones of its week; the others from Monday to Friday, %s of real time. Promotion, supplier disruption and multi-site transfer follow each other in one demo with a weekend between, season has its own.", seconds(tradingWeek*simulator.DefaultDay/pace))
	p("- **Broke first** is the hop before the effect that was first seen holding up the others or, when none was, the step in which events spent the longest time.")
	p("- **Books** balance when they did for each source at the end of the interval, and when the audit that recounts them from the effects agrees at the end of the demo.")
	p("- The systems, the tower and Postgres share the processors, so the load takes from the tower what it needs to be made. Where the machine has other work too, two runs differ.")
}

// took is a duration of a latency, to three figures or so.
func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }
