package main

import (
	"errors"
	"fmt"
	"slices"
)

// ratio compares two measurements round by round, so that what disturbed a round
// disturbs both sides.
type ratio struct {
	name   string
	values []float64
	least  float64 // its mark; 0 when it has none
	most   float64 // the same for a ratio that is to stay low
}

func ratioOf(name string, over, under []float64) ratio {
	r := ratio{name: name, values: make([]float64, min(len(over), len(under)))}
	for i := range r.values {
		r.values[i] = over[i] / under[i]
	}
	return r
}

func (r ratio) mark() string {
	switch {
	case r.least > 0:
		return fmt.Sprintf("at least %.1f", r.least)
	case r.most > 0:
		return fmt.Sprintf("at most %.1f", r.most)
	}
	return ""
}

// misses tells a ratio that is on the wrong side of its mark, or was not measured.
func (r ratio) misses() error {
	value := median(r.values)
	if len(r.values) > 0 && value >= r.least && (r.most == 0 || value <= r.most) {
		return nil
	}
	return fmt.Errorf("%s is %.2f, its mark is %s", r.name, value, r.mark())
}

// judge fails when a ratio with a mark misses it.
func judge(ratios []ratio) error {
	var missed []error
	for _, r := range ratios {
		if r.mark() != "" {
			missed = append(missed, r.misses())
		}
	}
	return errors.Join(missed...)
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
