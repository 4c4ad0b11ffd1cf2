package main

import (
	"fmt"
	"io"
	"time"
)

// The first marks of the ratios; they are to rise, the page's is to fall.
const (
	markArrays  = 0.4
	markSingles = 1.5
	markParked  = 1.5
)

// figures are all that was measured.
type figures struct {
	machine machine
	rates   map[string][]float64 // events a second of each round, by measurement
	latency latency
	parked  parkedDesk
	memory  int64 // bytes at the peak
}

func (f *figures) ratios() []ratio {
	arrays := ratioOf("arrays of 500, applied ÷ unnest writer", f.rates[nameArrays], f.rates[nameUnnest])
	singles := ratioOf("single events, applied ÷ one transaction a request", f.rates[nameSingles], f.rates[nameOneTx])
	arrays.least, singles.least = markArrays, markSingles
	ratios := []ratio{arrays, singles, ratioOf("arrays of 500, applied ÷ COPY", f.rates[nameArrays], f.rates[nameCopy])}
	return append(ratios, f.parked.ratios()...)
}

func (f *figures) print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "Medians of %d rounds in turns; client, server and Postgres on one machine: %s.\n\n", len(f.rates[nameCopy]), f.machine)
	_, _ = fmt.Fprintln(out, "| measurement | events/s |\n| --- | ---: |")
	for _, m := range measurements() {
		_, _ = fmt.Fprintf(out, "| %s | %.0f |\n", m.name, median(f.rates[m.name]))
	}
	_, _ = fmt.Fprintf(out, "\nAt its peak the process of tower and client had %d MiB of memory.\n", f.memory>>20)
	_, _ = fmt.Fprintln(out, "\n| ratio | value | mark |\n| --- | ---: | ---: |")
	for _, r := range f.ratios() {
		_, _ = fmt.Fprintf(out, "| %s | %.2f | %s |\n", r.name, median(r.values), r.mark())
	}
	l := f.latency
	_, _ = fmt.Fprintf(out, "\n| latency of %d single events at a steady rate | p50 | p95 | p99 |\n| --- | ---: | ---: | ---: |\n", l.events)
	for _, row := range []struct {
		name string
		took spread
	}{{"POST to answer (durable)", l.answer}, {"POST to applied, known by the cursor", l.applied}, {"the floor: one transaction an event", l.floor}} {
		_, _ = fmt.Fprintf(out, "| %s | %s | %s | %s |\n", row.name, ms(row.took.p50), ms(row.took.p95), ms(row.took.p99))
	}
	printOver(out, "answer ÷ floor", l.answer, l.floor)
	printOver(out, "applied ÷ floor", l.applied, l.floor)
	f.parked.write(out)
}

func printOver(out io.Writer, name string, over, under spread) {
	_, _ = fmt.Fprintf(out, "| %s | %.1f | %.1f | %.1f |\n", name, over.p50.Seconds()/under.p50.Seconds(),
		over.p95.Seconds()/under.p95.Seconds(), over.p99.Seconds()/under.p99.Seconds())
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
