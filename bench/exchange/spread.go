package main

import (
	"fmt"
	"slices"
	"time"

	"throughline/models"
)

// spread is a set of durations.
type spread struct{ all []time.Duration }

func (s *spread) add(d time.Duration) { s.all = append(s.all, d) }

// quantile is the smallest duration that a share q of all does not exceed; 0 of none.
func (s *spread) quantile(q float64) time.Duration {
	if len(s.all) == 0 {
		return 0
	}
	slices.Sort(s.all)
	return s.all[max(0, min(len(s.all)-1, int(q*float64(len(s.all)))))]
}

// text is the median and the 95th percentile.
func (s *spread) text() string {
	if len(s.all) == 0 {
		return "none"
	}
	return hours(s.quantile(0.5)) + " / " + hours(s.quantile(0.95))
}

func hours(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

// verdicts counts what a basis was worth.
type verdicts map[models.Verdict]int

func (v verdicts) text() string {
	n := 0
	for _, count := range v {
		n += count
	}
	if n == 0 {
		return "none"
	}
	share := func(of models.Verdict) float64 { return 100 * float64(v[of]) / float64(n) }
	text := fmt.Sprintf("%.0f %% / %.0f %% / %.0f %%", share(models.VerdictCurrent), share(models.VerdictAged), share(models.VerdictSuperseded))
	if v[models.VerdictUnknown] > 0 {
		text += fmt.Sprintf(", %.0f %% UNKNOWN", share(models.VerdictUnknown))
	}
	return fmt.Sprintf("%s of %d", text, n)
}

func percent(part, whole int) string {
	if whole == 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f %% of %d", 100*float64(part)/float64(whole), whole)
}
