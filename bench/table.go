package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// The first marks of the ratios; they are to rise.
const (
	markArrays  = 0.4
	markSingles = 1.5
)

func printTable(out io.Writer, results map[string][]float64, l quantiles, cores int) {
	_, _ = fmt.Fprintf(out, "Medians of %d rounds in turns; client, server and Postgres on %d cores.\n\n", len(results[nameCopy]), cores)
	_, _ = fmt.Fprintln(out, "| measurement | events/s |\n| --- | ---: |")
	for _, m := range measurements() {
		_, _ = fmt.Fprintf(out, "| %s | %.0f |\n", m.name, median(results[m.name]))
	}
	_, _ = fmt.Fprintln(out, "\n| ratio | value | mark |\n| --- | ---: | ---: |")
	printRatio(out, "arrays of 500, applied ÷ unnest writer", results[nameArrays], results[nameUnnest], markArrays)
	printRatio(out, "single events, applied ÷ one transaction a request", results[nameSingles], results[nameOneTx], markSingles)
	printRatio(out, "arrays of 500, applied ÷ COPY", results[nameArrays], results[nameCopy], 0)
	_, _ = fmt.Fprintf(out, "\n| latency of %d single events at a steady rate | p50 | p99 |\n| --- | ---: | ---: |\n", l.events)
	_, _ = fmt.Fprintf(out, "| POST to answer (durable) | %s | %s |\n", ms(l.answerP50), ms(l.answerP99))
	_, _ = fmt.Fprintf(out, "| POST to applied, known by the cursor | %s | %s |\n", ms(l.applP50), ms(l.applP99))
	_, _ = fmt.Fprintf(out, "| the floor: one transaction an event | %s | %s |\n", ms(l.floorP50), ms(l.floorP99))
	_, _ = fmt.Fprintf(out, "| answer ÷ floor | %.1f | %.1f |\n", l.answerP50.Seconds()/l.floorP50.Seconds(), l.answerP99.Seconds()/l.floorP99.Seconds())
	_, _ = fmt.Fprintf(out, "| applied ÷ floor | %.1f | %.1f |\n", l.applP50.Seconds()/l.floorP50.Seconds(), l.applP99.Seconds()/l.floorP99.Seconds())
}

// printRatio compares round by round, so that what disturbed a round disturbs both sides.
func printRatio(out io.Writer, name string, over, under []float64, mark float64) {
	ratios := make([]float64, min(len(over), len(under)))
	for i := range ratios {
		ratios[i] = over[i] / under[i]
	}
	marked := ""
	if mark > 0 {
		marked = fmt.Sprintf("%.1f", mark)
	}
	_, _ = fmt.Fprintf(out, "| %s | %.2f | %s |\n", name, median(ratios), marked)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
