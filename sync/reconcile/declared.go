package reconcile

import (
	"fmt"
	"slices"

	"throughline/models"
)

// validateComparisons fills in the comparison that holds where none is declared,
// and refuses copies that nobody can compare.
func (c *Config) validateComparisons() error {
	if len(c.Comparisons) == 0 {
		all := models.Comparison{Name: "stock", Owner: c.Source, Copies: []string{models.CopyHere}}
		for _, held := range c.Copies {
			all.Copies = append(all.Copies, held.System)
		}
		c.Comparisons = []models.Comparison{all}
	}
	c.Comparisons = slices.Clone(c.Comparisons)
	for i := range c.Comparisons {
		of := &c.Comparisons[i]
		if of.Every == 0 {
			of.Every = c.Every
		}
		for _, name := range of.Copies {
			connected := slices.ContainsFunc(c.Copies, func(held Copy) bool { return held.System == name })
			if of.Owner != c.Source || name != models.CopyHere && !connected {
				return fmt.Errorf("reconcile: nothing is connected to compare %s with %s", name, of.Owner)
			}
		}
	}
	return nil
}

// sources are what the runs of a comparison are about: the owner for our own
// copy, else the system that holds one.
func (c *Config) sources(of models.Comparison) []string {
	sources := make([]string, len(of.Copies))
	for i, name := range of.Copies {
		sources[i] = name
		if name == models.CopyHere {
			sources[i] = c.Source
		}
	}
	return sources
}

func (c *Config) comparisonOf(source string) (models.Comparison, bool) {
	i := slices.IndexFunc(c.Comparisons, func(of models.Comparison) bool { return slices.Contains(c.sources(of), source) })
	if i < 0 {
		return models.Comparison{}, false
	}
	return c.Comparisons[i], true
}
