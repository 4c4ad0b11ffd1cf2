// Command exchange runs the demo once live and once with nightly files, over the
// same business days, and sets the cadence and the age of what is decided on
// side by side. It runs the real program and prints docs/BEFORE-AND-AFTER.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"throughline/bench/demo"
	"throughline/bench/program"
	"throughline/models"
	"throughline/sync/simulator"
)

const (
	businessDay = 24 * time.Hour
	tradingWeek = 5 // from Monday to Friday; nothing sells on a Saturday
	lookEvery   = 100 * time.Millisecond
	// lastNight is how long after the week the file with its last day is loaded
	// and imported by all.
	lastNight = 28 * time.Hour
)

// begins is a Friday morning: two nights fill the tower before the Monday that
// is measured first.
func begins() time.Time { return time.Date(2026, time.June, 12, 5, 0, 0, 0, time.UTC) }

func monday() time.Time { return begins().AddDate(0, 0, 3) }

// options are the flags.
type options struct {
	program string
	out     string
	seed    uint64
	day     time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.program, "program", "./throughline", "the binary to run")
	flag.StringVar(&o.out, "out", "docs/BEFORE-AND-AFTER.md", "file for the report; - for the standard output")
	flag.Uint64Var(&o.seed, "seed", 1, "of the demo")
	flag.DurationVar(&o.day, "day", 20*time.Second, "real length of a business day")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "exchange:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	both := make([]*outcome, 0, 2)
	for _, exchange := range []simulator.Exchange{simulator.ExchangeLive, simulator.ExchangeNightly} {
		one, err := week(ctx, o, exchange)
		if err != nil {
			return fmt.Errorf("%s: %w", exchange, err)
		}
		both = append(both, one)
	}
	return program.Publish(o.out, func(out io.Writer) { report(out, o, both[0], both[1]) })
}

// week runs a demo from its beginning to the night after the measured week.
func week(ctx context.Context, o options, exchange simulator.Exchange) (_ *outcome, err error) {
	t, err := demo.Start(ctx, o.program, "--day", o.day.String(), "--start", begins().Format("2006-01-02T15:04"),
		"--seed", strconv.FormatUint(o.seed, 10), "--exchange", string(exchange))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Stop()) }()
	clock, err := t.Clock(ctx)
	if err != nil {
		return nil, err
	}
	people, err := newDesk(t.DB, clock)
	if err != nil {
		return nil, err
	}
	end := monday().AddDate(0, 0, tradingWeek)
	if err := until(ctx, t, clock, end.Add(lastNight), people.look); err != nil {
		return nil, err
	}
	m := measure{db: t.DB.Pool, clock: clock, from: realOf(clock, monday()), to: realOf(clock, end)}
	return m.all(ctx)
}

// until looks on until a business time has come.
func until(ctx context.Context, t *demo.Demo, clock models.BusinessClock, end time.Time, look func(context.Context, time.Time) error) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.Ended():
			return program.ErrEnded
		case <-tick.C:
		}
		business := clock.At(time.Now())
		if !business.Before(end) {
			return nil
		}
		if err := look(ctx, business); err != nil {
			return err
		}
	}
}

// realOf is the real instant of a business time.
func realOf(clock models.BusinessClock, business time.Time) time.Time {
	return clock.Real.Add(clock.Duration(business.Sub(clock.Business)))
}
