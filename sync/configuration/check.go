package configuration

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"throughline/models"
	router "throughline/sync/route"
)

var (
	// systemKinds are the classes of systems that the tower connects.
	systemKinds = []string{"erp", "forecasting", "replenishment", "wms", "oms", "tms", "supplier", "analytics", "other"}
	teams       = []models.Team{models.TeamPlanner, models.TeamProcurement, models.TeamIT}
	lanes       = []models.Lane{models.LaneRealtime, models.LaneBulk}

	validName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
)

// maxBatch bounds a lane's batch: one transaction holds all of it.
const maxBatch = 20000

func (c *checker) check(f *file) {
	c.checkSystems(f.Systems)
	c.checkRoutes(f.Routes)
	for _, name := range sorted(f.Lanes) {
		path := []string{"lanes", string(name), "batch"}
		if !slices.Contains(lanes, name) {
			c.faultf(path[:2], "there is no such lane; the lanes are realtime and bulk")
		} else if n := f.Lanes[name].Batch; n < 1 || n > maxBatch {
			c.faultf(path, "is %d events; it must be 1 to %d", n, maxBatch)
		}
	}
	c.checkWindows(&f.Windows)
	c.checkCalendars(f.Calendars)
	c.checkTargets(f)
	c.checkSignals(f)
	c.checkCalledByTeam("lead", f.Escalation.Lead)
	c.checkCalledByTeam("duty", f.Escalation.Duty)
	c.checkCalled([]string{"escalation", "executive"}, f.Escalation.Executive)
	c.checkCalendarOf([]string{"escalation", "calendar"}, f.Escalation.Calendar, f)
	for _, team := range sorted(f.Escalation.Calendars) {
		path := []string{"escalation", "calendars", string(team)}
		c.checkTeam(path, team)
		c.checkCalendarOf(path, f.Escalation.Calendars[team], f)
	}
	c.checkRotas(f.Rota)
	c.checkRetention(f.Retention)
	c.checkComparisons(f)
	c.checkRetries(f.Retries)
	for _, code := range sorted(f.Teams) {
		path := []string{"teams", string(code)}
		if _, known := code.Kind(); !known {
			c.faultf(path, "there is no exception of this code")
		} else if !slices.Contains(teams, f.Teams[code]) {
			c.faultf(path, noTeam, f.Teams[code])
		}
	}
}

const noTeam = "there is no team %q; the teams are planner, procurement and it"

func (c *checker) checkTeam(path []string, team models.Team) {
	if !slices.Contains(teams, team) {
		c.faultf(path, noTeam, team)
	}
}

// checkCalledByTeam checks whom a step of the escalation calls for each team.
func (c *checker) checkCalledByTeam(step string, names map[models.Team]string) {
	for _, team := range sorted(names) {
		path := []string{"escalation", step, string(team)}
		c.checkTeam(path, team)
		c.checkCalled(path, names[team])
	}
}

func (c *checker) checkSystems(systems map[string]system) {
	owners := map[string]string{}
	for _, name := range sorted(systems) {
		s, path := systems[name], []string{"systems", name}
		if !validName.MatchString(name) {
			c.faultf(path, "a name has small letters, digits, - and _, and begins with a letter")
		}
		if s.Kind != "" && !slices.Contains(systemKinds, s.Kind) {
			c.faultf(append(path, "kind"), "is %q; it must be one of %s", s.Kind, strings.Join(systemKinds, ", "))
		}
		c.checkPeriod(append(path, "interval"), s.Interval)
		if s.Late != models.FallbackNone && !slices.Contains(models.Fallbacks(), s.Late) {
			c.faultf(append(path, "late"), "is %q; it must be last_good, manual or hold", s.Late)
		}
		if s.Late != models.FallbackNone && s.Interval.duration() == 0 {
			c.faultf(append(path, "late"), "needs an interval: without one it is never late")
		}
		if err := s.Quota.limit().Validate(); err != nil {
			c.faultf(append(path, "quota"), "%s", err)
		}
		for _, entity := range s.Owns {
			switch other, taken := owners[entity]; {
			case !models.KnownEntity(entity):
				c.faultf(append(path, "owns"), "there is no entity %q", entity)
			case taken && other == name:
				c.faultf(append(path, "owns"), "%s stands there twice", entity)
			case taken:
				c.faultf(append(path, "owns"), "%s has an owner already, %s: an entity has one", entity, other)
			}
			owners[entity] = name
		}
	}
}

func (c *checker) checkRoutes(routes map[string]route) {
	for _, name := range sorted(routes) {
		r, path := routes[name], []string{"routes", name}
		if !validName.MatchString(name) {
			c.faultf(path, "a name has small letters, digits, - and _, and begins with a letter")
		}
		if !strings.HasPrefix(r.URL, "https://") && !strings.HasPrefix(r.URL, "http://") {
			c.faultf(append(path, "url"), "must be an http or https address")
		}
		if r.SecretEnv == "" {
			c.faultf(append(path, "secret_env"), "must name the environment variable that holds the signing secret")
		}
		if len(r.Types) == 0 {
			c.faultf(append(path, "types"), "must name at least one event type")
		}
		for _, t := range r.Types {
			if !t.Known() {
				c.faultf(append(path, "types"), "there is no event type %q", t)
			}
		}
		if slices.Contains(r.DCs, "") {
			c.faultf(append(path, "dcs"), "a DC without a name stands there")
		}
		if _, err := router.NewFilter(models.Subscription{Condition: r.Where}); err != nil {
			c.faultf(append(path, "where"), "%s", err)
		}
		c.checkPeriod(append(path, "secret_overlap"), r.Overlap)
	}
}

func (c *checker) checkWindows(w *windows) {
	for _, d := range []struct {
		name  string
		value period
	}{
		{"refused", w.Refused}, {"waiting", w.Waiting}, {"in_flight", w.InFlight}, {"gap", w.Gap}, {"backlog", w.Backlog}, {"turned_away", w.TurnedAway}, {"polled", w.Polled}, {"ordered", w.Ordered}, {"basis_age", w.BasisAge}, {"evaluated", w.Evaluated}, {"acknowledged", w.Acknowledged},
		{"confirmed", w.Confirmed}, {"received", w.Received}, {"duplicate", w.Duplicate}, {"soon", w.Soon}, {"clock_off", w.ClockOff},
	} {
		c.checkPeriod([]string{"windows", d.name}, d.value)
	}
	for _, n := range []struct {
		name  string
		value int
	}{
		{"silent_percent", w.SilentPercent}, {"late_days", w.LateDays}, {"route_failures", w.RouteFailures},
		{"write_attempts", w.WriteAttempts}, {"fold_above", w.FoldAbove}, {"disk_free", w.DiskFree}, {"replica_behind", w.ReplicaBehind},
	} {
		if n.value < 0 {
			c.faultf([]string{"windows", n.name}, "is %d; it must be positive", n.value)
		}
	}
	if w.DiskFree > 99 {
		c.faultf([]string{"windows", "disk_free"}, "is %d; it is percent of the disk, 99 at most", w.DiskFree)
	}
}

func (c *checker) checkPeriod(path []string, p period) {
	d, err := p.parse()
	switch {
	case err != nil:
		c.faultf(path, "is %q; a time is written like 90s, 10m or 24h", string(p))
	case d < 0 || d%time.Second != 0 || d > 366*24*time.Hour:
		c.faultf(path, "is %s; it must be whole seconds, positive, at most a year", d)
	}
}
