// Command neighbours measures how much the events of one source feel of what
// others do: a file of a million rows, a sender far above its quota, a target
// that is down. Each interval with the neighbour stands beside one without. It
// runs the real program and prints docs/NEIGHBOURS.md.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"throughline/bench/program"
)

// options are the flags.
type options struct {
	binary   string
	out      string
	only     string
	interval time.Duration
	alone    time.Duration
	rounds   int
	rate     int
	rows     int
}

func main() {
	var o options
	flag.StringVar(&o.binary, "program", "./throughline", "the binary to load")
	flag.StringVar(&o.out, "out", "docs/NEIGHBOURS.md", "file for the report; - for the standard output")
	flag.StringVar(&o.only, "only", "", "names of the neighbours, with commas; all when empty")
	flag.DurationVar(&o.interval, "interval", 10*time.Second, "how long the neighbour is there or away at a time; 30m for a long outage")
	flag.DurationVar(&o.alone, "alone", 0, "how long it is away, where that is not as long as it is there")
	flag.IntVar(&o.rounds, "rounds", 6, "how often both")
	flag.IntVar(&o.rate, "rate", 100, "events a second of the source that is measured")
	flag.IntVar(&o.rows, "rows", 1_000_000, "rows of the file")
	flag.Parse()
	o.alone = cmp.Or(o.alone, o.interval)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "neighbours:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	var all []outcome
	for _, n := range []neighbour{&file{rows: o.rows}, &greedy{}, &outage{}} {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), n.name()) {
			continue
		}
		measured, err := measure(ctx, o, n)
		if err != nil {
			return fmt.Errorf("%s: %w", n.name(), err)
		}
		all = append(all, measured)
		if f, is := n.(fairNeighbour); is {
			all = append(all, measured.besideFair(f.fair()))
		}
	}
	return program.Publish(o.out, func(out io.Writer) { report(out, o, all) })
}

// measure gives a neighbour a tower of its own, so that none finds what another left.
func measure(ctx context.Context, o options, n neighbour) (_ outcome, err error) {
	tower, err := program.Start(ctx, o.binary, nil, "serve", "--allow-private", "127.0.0.0/8")
	if err != nil {
		return outcome{}, err
	}
	defer func() { err = errors.Join(err, tower.Stop()) }()
	p, err := newProbe(ctx, tower, o.rate)
	if err != nil {
		return outcome{}, err
	}
	if err := n.move(ctx, tower); err != nil {
		return outcome{}, err
	}
	result := outcome{name: n.title()}
	for round := range o.rounds {
		pair, err := p.pair(ctx, o, n, round%2 == 1)
		if err != nil {
			return outcome{}, err
		}
		result.pairs = append(result.pairs, pair)
		fmt.Fprintf(os.Stderr, "%s, round %d: in effect p95 %s alone, %s beside\n", n.name(), round+1, took(pair.alone.effect), took(pair.beside.effect))
	}
	result.did, err = n.leave(ctx)
	return result, err
}
