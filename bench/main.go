// Command bench measures the way from POST to applied, beside its floors in
// the same run: client, server and Postgres share this machine, and what else
// it does hits all of them alike. It prints the table of docs/PERFORMANCE.md and
// fails when a ratio misses its mark.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	duration time.Duration
	rounds   int
	rate     int
	profile  string
	only     string
	program  string
}

func main() {
	debug.SetGCPercent(300) // as the program does
	var o options
	flag.DurationVar(&o.duration, "duration", 8*time.Second, "how long each measurement sends")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each is repeated, in turns; the median counts")
	flag.IntVar(&o.rate, "rate", 500, "events a second of the latency measurement")
	flag.StringVar(&o.profile, "cpuprofile", "", "file for a CPU profile of the tower's measurements")
	flag.StringVar(&o.only, "only", "", "name of the one measurement to run, or parked")
	flag.StringVar(&o.program, "program", "./throughline", "the binary whose pages of parked events are read")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measurement is one line of the table. Run returns events a second.
type measurement struct {
	name  string
	tower bool // of the tower, and not a floor
	run   func(ctx context.Context, b *bench) (float64, error)
}

// Names of the measurements that the ratios need.
const (
	nameCopy    = "COPY of the same rows, 1 connection"
	nameUnnest  = "unnest writer of log and position, 4 connections, 500 rows a transaction"
	nameOneTx   = "one transaction a request, 16 connections"
	nameArrays  = "tower: arrays of 500, 8 connections, applied"
	nameSingles = "tower: single events, 64 connections, applied"
	nameParked  = "parked"
)

func measurements() []measurement {
	return []measurement{
		{name: nameCopy, run: copyFloor},
		{name: nameUnnest, run: unnestFloor},
		{name: nameArrays, tower: true, run: arraysApplied},
		{name: nameOneTx, run: oneTransactionFloor},
		{name: nameSingles, tower: true, run: singlesApplied},
	}
}

func run(ctx context.Context, o options) (err error) {
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	f := figures{rates: map[string][]float64{}}
	if f.machine, err = b.machine(ctx); err != nil {
		return err
	}
	for round := range o.rounds {
		for _, m := range measurements() {
			if o.only != "" && o.only != m.name {
				continue
			}
			rate, err := b.measure(ctx, m)
			if err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			f.rates[m.name] = append(f.rates[m.name], rate)
			fmt.Fprintf(os.Stderr, "round %d: %s: %.0f events/s\n", round+1, m.name, rate)
		}
	}
	if o.only == nameParked {
		if f.parked, err = measureParked(ctx, b); err != nil {
			return fmt.Errorf("parked events: %w", err)
		}
		f.parked.write(os.Stdout)
		return judge(f.parked.ratios())
	}
	if o.only != "" {
		return nil
	}
	if f.latency, err = measureLatency(ctx, b); err != nil {
		return fmt.Errorf("latency: %w", err)
	}
	if err := f.latency.measureFloor(ctx, b); err != nil {
		return fmt.Errorf("latency floor: %w", err)
	}
	if f.memory, err = peakMemory(); err != nil {
		return err
	}
	if f.parked, err = measureParked(ctx, b); err != nil {
		return fmt.Errorf("parked events: %w", err)
	}
	f.print(os.Stdout)
	return judge(f.ratios())
}

func (b *bench) measure(ctx context.Context, m measurement) (float64, error) {
	runtime.GC()
	if m.tower && b.options.profile != "" {
		file, err := os.Create(b.options.profile)
		if err != nil {
			return 0, err
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			return 0, err
		}
		defer pprof.StopCPUProfile()
	}
	return m.run(ctx, b)
}
