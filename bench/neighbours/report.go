package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// outcome is what was measured with one neighbour.
type outcome struct {
	name  string
	pairs []pair
	did   string
}

func report(out io.Writer, o options, all []outcome) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	p("# Neighbours\n")
	p("How much the events of one source feel of what others do. `make neighbours` writes this page anew: real program, real Postgres, "+
		"clients and server on one machine of %d processors. The source sends %d single balances a second. "+
		"Intervals of %s with the neighbour and of %s without it take turns, each order as often as the other; figures are medians of the intervals, and the ratio is the median of the pairs'.\n",
		runtime.NumCPU(), o.rate, o.interval, o.alone)
	p("| neighbour | pairs | answered, p95 alone | beside | ratio | in effect, p95 alone | beside | ratio |")
	p("|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, one := range all {
		answer := func(s spread) time.Duration { return s.answer }
		effect := func(s spread) time.Duration { return s.effect }
		p("| %s | %d | %s | %s | %.2f | %s | %s | %.2f |", one.name, len(one.pairs),
			took(one.alone(answer)), took(one.beside(answer)), one.ratio(answer), took(one.alone(effect)), took(one.beside(effect)), one.ratio(effect))
	}
	p("")
	for _, one := range all {
		if one.did != "" {
			p("- **%s.** %s", one.name, one.did)
		}
	}
	p("\nA p95 is that of an interval's events, from the moment at which the source wanted to send. On one machine the neighbour's own client takes processor time as well, which a ratio cannot tell from what the tower lets through. Where a neighbour stands *instead of* another, that other was there in the place of *alone*. The goal is a ratio of 1.1 at most.")
}

// besideFair sets what was measured beside the neighbour against the neighbour that
// does what it may.
func (o outcome) besideFair(fair string) outcome {
	against := outcome{name: o.name + ", instead of " + fair}
	for _, p := range o.pairs {
		against.pairs = append(against.pairs, pair{alone: p.fair, beside: p.beside})
	}
	return against
}

func (o outcome) alone(of func(spread) time.Duration) time.Duration {
	return median(o.pairs, func(p pair) time.Duration { return of(p.alone) })
}

func (o outcome) beside(of func(spread) time.Duration) time.Duration {
	return median(o.pairs, func(p pair) time.Duration { return of(p.beside) })
}

func (o outcome) ratio(of func(spread) time.Duration) float64 {
	return median(o.pairs, func(p pair) float64 { return of(p.beside).Seconds() / of(p.alone).Seconds() })
}

func median[V ~int64 | ~float64](pairs []pair, of func(pair) V) V {
	values := make([]V, len(pairs))
	for i, p := range pairs {
		values[i] = of(p)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func took(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }
