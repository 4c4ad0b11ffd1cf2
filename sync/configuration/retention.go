package configuration

import (
	"slices"
	"strings"

	"throughline/models"
)

// retention is how long each kind of data is kept, as far as the file says.
type retention map[models.Kept]period

func (r retention) times() models.Retention {
	times := models.Retention{}
	for kind, p := range r {
		times[kind] = p.duration()
	}
	return times
}

func (c *checker) checkRetention(r retention) {
	kinds := models.Keepings()
	for _, kind := range sorted(r) {
		path := []string{"retention", string(kind)}
		if !slices.ContainsFunc(kinds, func(k models.Keeping) bool { return k.Kind == kind }) {
			c.faultf(path, "there is no such kind; the kinds are %s", kindNames(kinds))
		} else if d, err := r[kind].parse(); err != nil || d == 0 {
			c.faultf(path, "is %q; a time is written in hours, like 720h", string(r[kind]))
		}
	}
	for _, k := range kinds {
		fault := r.times().Fault(k)
		named, subject := k.Kind, "it"
		if _, said := r[k.Kind]; !said { // only a longer log makes a default too short
			named, subject = models.KeptLog, string(k.Kind)
		}
		if fault != "" {
			c.faultf([]string{"retention", string(named)}, "is %q; %s %s", string(r[named]), subject, fault)
		}
	}
}

func kindNames(kinds []models.Keeping) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k.Kind)
	}
	return strings.Join(names, ", ")
}
