package configuration

import (
	"slices"

	"throughline/models"
)

// checkSignals refuses what would flow without anybody noticing that it stops:
// each entity that a system owns, or that a route carries, needs a freshness
// signal. Latency and errors need no declaration: each entity has a target of 5 s
// until another is declared, and what fails opens an exception wherever it comes from.
func (c *checker) checkSignals(f *file) {
	for _, name := range sorted(f.Systems) {
		for _, entity := range f.Systems[name].Owns {
			if models.KnownEntity(entity) && !f.heard(entity, nil) {
				c.faultf([]string{"systems", name, "owns"}, "%s has no freshness signal: give the system an interval, or the entity a target at every DC", entity)
			}
		}
	}
	for _, name := range sorted(f.Routes) {
		r := f.Routes[name]
		for _, entity := range models.Entities(r.Types...) {
			if models.KnownEntity(entity) && !f.heard(entity, r.DCs) {
				c.faultf([]string{"routes", name, "types"}, "%s has no freshness signal: declare its owner with an interval, or a target for it at every DC of the route", entity)
			}
		}
	}
}

// heard tells whether the silence of an entity at given DCs, at all for none,
// would be noticed: by its owner's interval or by targets.
func (f *file) heard(entity string, dcs []string) bool {
	for _, s := range f.Systems {
		if s.Interval.duration() > 0 && slices.Contains(s.Owns, entity) {
			return true
		}
	}
	if f.targeted(entity, "") {
		return true
	}
	return len(dcs) > 0 && !slices.ContainsFunc(dcs, func(dc string) bool { return !f.targeted(entity, dc) })
}

// targeted tells of a target for an entity, or for all, at a DC or at all.
func (f *file) targeted(entity, dc string) bool {
	for _, t := range f.Targets {
		if (t.Entity == "" || t.Entity == entity) && (t.DC == "" || t.DC == dc) {
			return true
		}
	}
	return false
}
