// Command detection breaks the demo's systems on purpose, in a seeded series,
// and scores what the tower finds against what the systems themselves say was
// broken. It runs the real program and prints docs/DETECTION.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"throughline/bench/program"
)

// options are the flags.
type options struct {
	program string
	out     string
	seed    uint64
	day     time.Duration
	verbose bool
}

func main() {
	var o options
	flag.StringVar(&o.program, "program", "./throughline", "the binary to score")
	flag.StringVar(&o.out, "out", "docs/DETECTION.md", "file for the report; - for the standard output")
	flag.Uint64Var(&o.seed, "seed", 1, "of the series: what is broken when, and what it hits")
	flag.DurationVar(&o.day, "day", 20*time.Second, "real length of a business day")
	flag.BoolVar(&o.verbose, "v", false, "tell each alarm and what it was taken for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "detection:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	t, err := startTower(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Stop()) }()
	clock, err := t.Clock(ctx)
	if err != nil {
		return err
	}
	w := newWitness(t, clock)
	if err := w.settle(ctx); err != nil {
		return err
	}
	if err := breakAll(ctx, w, newSeries(o.seed)); err != nil {
		return err
	}
	if err := w.finish(ctx); err != nil {
		return err
	}
	truth, err := t.faults(ctx)
	if err != nil {
		return err
	}
	version, err := t.Say(ctx, "version")
	if err != nil {
		return err
	}
	s := judge(w, truth, o.day)
	if o.verbose {
		s.tell(os.Stderr)
	}
	err = program.Publish(o.out, func(out io.Writer) { report(out, o, strings.TrimSpace(version), s, truth) })
	return errors.Join(err, s.reached())
}
