// Command peaks replays the demo's trade at ten times its recorded pace in four
// situations, beside the usual pace, and judges whether the tower's windows
// hold. It runs the real program and prints docs/PEAKS.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"throughline/bench/demo"
	"throughline/bench/program"
	"throughline/sync/simulator"
)

// pace is how many times as fast as recorded the peaks are replayed.
const pace = 10

// options are the flags.
type options struct {
	program string
	out     string
	seed    uint64
	only    string
	verbose bool
}

func main() {
	var o options
	flag.StringVar(&o.program, "program", "./throughline", "the binary to load")
	flag.StringVar(&o.out, "out", "docs/PEAKS.md", "file for the report; - for the standard output")
	flag.Uint64Var(&o.seed, "seed", 1, "of what the buttons draw")
	flag.StringVar(&o.only, "only", "", "names of the replays to run, with commas; all when empty")
	flag.BoolVar(&o.verbose, "v", false, "tell each look")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peaks:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	var all []*outcome
	for _, r := range replays() {
		r.keep(o.only)
		if len(r.scenarios) == 0 {
			continue
		}
		measured, err := r.run(ctx, o)
		if err != nil {
			return err
		}
		all = append(all, measured...)
	}
	return program.Publish(o.out, func(out io.Writer) { report(out, o, all) })
}

// replay is one demo of its own and what is measured in it, one after the other.
type replay struct {
	day       time.Duration // real length of a business day
	start     time.Time     // business time
	scenarios []scenario
}

// replays at ten times the pace begin four business days before the Monday that
// is measured first, which leaves the demo time to take in its first state. The
// usual day is one of the busier ones of the promotion's week, so that no
// multiple of it flatters.
func replays() []*replay {
	fast := simulator.DefaultDay / pace
	return []*replay{
		{day: simulator.DefaultDay, start: morning(time.June, 16), scenarios: []scenario{usual()}},
		{day: fast, start: morning(time.December, 3), scenarios: []scenario{season()}},
		{day: fast, start: morning(time.June, 11), scenarios: []scenario{promotion(), disruption(), transfers()}},
	}
}

func morning(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 5, 0, 0, 0, time.UTC)
}

// keep leaves only the scenarios that names list; empty names all.
func (r *replay) keep(names string) {
	if names == "" {
		return
	}
	wanted := strings.Split(names, ",")
	r.scenarios = slices.DeleteFunc(r.scenarios, func(s scenario) bool { return !slices.Contains(wanted, s.name) })
}

func (r *replay) run(ctx context.Context, o options) (all []*outcome, err error) {
	t, err := demo.Start(ctx, o.program, "--day", r.day.String(), "--start", r.start.Format("2006-01-02T15:04"),
		"--seed", strconv.FormatUint(o.seed, 10))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Stop()) }()
	w, err := newWitness(ctx, t, o.verbose)
	if err != nil {
		return nil, err
	}
	for _, s := range r.scenarios {
		if err := w.settle(ctx, s); err != nil {
			return nil, fmt.Errorf("before %s: %w", s.name, err)
		}
		measured, err := w.measure(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		all = append(all, measured)
	}
	return all, w.audit(ctx, all)
}
