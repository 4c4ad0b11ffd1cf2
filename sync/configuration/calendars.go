package configuration

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// calendar is when a place or a system works, as it is written.
type calendar struct {
	TimeZone string            `yaml:"time_zone"`
	Days     []string          `yaml:"days"`
	Hours    string            `yaml:"hours"`
	Holidays []string          `yaml:"holidays"`
	CutOffs  map[string]cutOff `yaml:"cut_offs"`
}

type cutOff struct {
	At    string `yaml:"at"`
	Ahead period `yaml:"ahead"`
	Fresh period `yaml:"fresh"`
}

// criticality is what holds for all targets of one, where they say nothing else.
type criticality struct {
	Freshness period   `yaml:"freshness"`
	Latency   period   `yaml:"latency"`
	Followed  period   `yaml:"followed"`  // of a forecast and an approval
	Objective *float64 `yaml:"objective"` // percent

	Acknowledged period `yaml:"acknowledged"`
	Confirmed    period `yaml:"confirmed"`
	Received     period `yaml:"received"`
}

// followed is within what time what is promised of an entity is kept.
func (c criticality) followed(entity string) period {
	switch entity {
	case models.PromiseAcknowledged.Entity:
		return c.Acknowledged
	case models.PromiseConfirmed.Entity:
		return c.Confirmed
	case models.PromiseReceived.Entity:
		return c.Received
	}
	if promises(entity) {
		return c.Followed
	}
	return ""
}

type target struct {
	Entity      string   `yaml:"entity"`
	DC          string   `yaml:"dc"`
	Criticality string   `yaml:"criticality"`
	Freshness   period   `yaml:"freshness"`
	Latency     period   `yaml:"latency"`
	Followed    period   `yaml:"followed"`
	Objective   *float64 `yaml:"objective"`
	Calendar    string   `yaml:"calendar"`
}

// maxFreshness bounds a target: its working time is counted day by day.
const maxFreshness = 31 * 24 * time.Hour

var (
	weekdays  = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts
	clockTime = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

// clock reads a time of day such as 08:30; 24:00 is its end.
func clock(s string) (time.Duration, bool) {
	if s == "24:00" {
		return 24 * time.Hour, true
	}
	if !clockTime.MatchString(s) {
		return 0, false
	}
	at, err := time.Parse("15:04", s)
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, err == nil
}

// hours reads what a day's work is, the whole day when nothing is written.
func hours(s string) (opens, closes time.Duration, ok bool) {
	if s == "" {
		return 0, 24 * time.Hour, true
	}
	from, to, _ := strings.Cut(s, "-")
	opens, ok = clock(from)
	closes, upTo := clock(to)
	return opens, closes, ok && upTo && opens < closes
}

func (c *checker) checkCalendars(calendars map[string]calendar) {
	for _, name := range sorted(calendars) {
		k, path := calendars[name], []string{"calendars", name}
		if !validName.MatchString(name) {
			c.faultf(path, "a name has small letters, digits, - and _, and begins with a letter")
		}
		if _, err := time.LoadLocation(k.TimeZone); err != nil || k.TimeZone == "" || k.TimeZone == "Local" {
			c.faultf(append(path, "time_zone"), "is %q; it must be a time zone such as Europe/London", k.TimeZone)
		}
		for _, day := range k.Days {
			if !slices.Contains(weekdays, day) {
				c.faultf(append(path, "days"), "there is no day %q; the days are mon, tue, wed, thu, fri, sat and sun", day)
			}
		}
		if _, _, ok := hours(k.Hours); !ok {
			c.faultf(append(path, "hours"), "is %q; hours are written like 08:00-18:00", k.Hours)
		}
		for _, day := range k.Holidays {
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				c.faultf(append(path, "holidays"), "is %q; a day is written like 2026-12-25", day)
			}
		}
		for _, cut := range sorted(k.CutOffs) {
			c.checkCutOff(append(path, "cut_offs", cut), k.CutOffs[cut])
		}
	}
}

func (c *checker) checkCutOff(path []string, cut cutOff) {
	at := func(key string) []string { return append(slices.Clone(path), key) }
	clockAt, ok := clock(cut.At)
	if !ok {
		c.faultf(at("at"), "is %q; a time of day is written like 16:00", cut.At)
	}
	c.checkPeriod(at("ahead"), cut.Ahead)
	if ok && cut.Ahead.duration() > clockAt {
		c.faultf(at("ahead"), "is longer than the day is old at %s", cut.At)
	}
	c.checkPeriod(at("fresh"), cut.Fresh)
	if cut.Fresh.duration() == 0 {
		c.faultf(at("fresh"), "must say how old a figure may be at the cut-off")
	}
}

// governing is a target with what its criticality says where it is silent.
func (f *file) governing(t target) target {
	class := f.Criticality[t.Criticality]
	t.Freshness, t.Latency, t.Objective = cmp.Or(t.Freshness, class.Freshness), cmp.Or(t.Latency, class.Latency), cmp.Or(t.Objective, class.Objective)
	t.Followed = cmp.Or(t.Followed, class.followed(t.Entity))
	return t
}

// promises reports whether something has to follow from what is said of an entity,
// or of every entity.
func promises(entity string) bool {
	return entity == "" || slices.ContainsFunc(models.TargetPromises(), func(p models.Promise) bool { return p.Entity == entity })
}

func (c *checker) checkCriticality(classes map[string]criticality) {
	for _, name := range sorted(classes) {
		path := []string{"criticality", name}
		if !validName.MatchString(name) {
			c.faultf(path, "a name has small letters, digits, - and _, and begins with a letter")
		}
		c.checkPeriod(append(path, "freshness"), classes[name].Freshness)
		c.checkPeriod(append(path, "latency"), classes[name].Latency)
		c.checkFollowed(append(path, "followed"), classes[name].Followed)
		c.checkFollowed(append(path, "acknowledged"), classes[name].Acknowledged)
		c.checkFollowed(append(path, "confirmed"), classes[name].Confirmed)
		c.checkFollowed(append(path, "received"), classes[name].Received)
		c.checkObjective(append(path, "objective"), classes[name].Objective)
	}
}

// checkObjective refuses what leaves nothing that may be late, or next to nothing
// that may not.
func (c *checker) checkObjective(path []string, percent *float64) {
	if percent != nil && (*percent < 50 || *percent > 99.999) {
		c.faultf(path, "is %v; it is percent, 50 at least and 99.999 at most", *percent)
	}
}

// checkFollowed refuses what is no period, and one whose working time would have to
// be counted over too many days.
func (c *checker) checkFollowed(path []string, p period) {
	c.checkPeriod(path, p)
	if p.duration() > maxFreshness {
		c.faultf(path, "is %s; 31 days (744h) at most", p)
	}
}

// maxThroughput is in events a minute, more than one database takes.
const maxThroughput = 10_000_000

func (c *checker) checkTargets(f *file) {
	c.checkCriticality(f.Criticality)
	if n := f.Throughput; n != nil && !(*n > 0 && *n <= maxThroughput) {
		c.faultf([]string{"throughput"}, "is %v; it is events a minute, more than 0 and %d at most", *n, maxThroughput)
	}
	taken := map[[2]string]string{}
	for _, name := range sorted(f.Targets) {
		t, path := f.Targets[name], []string{"targets", name}
		if t.Entity != "" && !models.KnownEntity(t.Entity) {
			c.faultf(append(path, "entity"), "there is no entity %q", t.Entity)
		}
		if other, is := taken[[2]string{t.Entity, t.DC}]; is {
			c.faultf(path, "is for the same entity and DC as %s", other)
		}
		taken[[2]string{t.Entity, t.DC}] = name
		if _, is := f.Criticality[t.Criticality]; !is && t.Criticality != "" {
			c.faultf(append(path, "criticality"), "there is no criticality %q", t.Criticality)
		}
		c.checkPeriod(append(path, "freshness"), t.Freshness)
		if d := f.governing(t).Freshness.duration(); d == 0 || d > maxFreshness {
			c.faultf(append(path, "freshness"), "must be given, here or by its criticality, 31 days (744h) at most")
		}
		c.checkPeriod(append(path, "latency"), t.Latency)
		c.checkFollowed(append(path, "followed"), t.Followed)
		if t.Followed != "" && !promises(t.Entity) {
			c.faultf(append(path, "followed"), "nothing is promised of %s; it may be given for forecast, replenishment, purchase_order, confirmation and receipt", t.Entity)
		}
		c.checkObjective(append(path, "objective"), t.Objective)
		c.checkCalendarOf(append(path, "calendar"), t.Calendar, f)
	}
	for _, name := range sorted(f.Systems) {
		c.checkCalendarOf([]string{"systems", name, "calendar"}, f.Systems[name].Calendar, f)
	}
}

func (c *checker) checkCalendarOf(path []string, name string, f *file) {
	if _, is := f.Calendars[name]; !is && name != "" {
		c.faultf(path, "there is no calendar %q", name)
	}
}

// calendars are the declared ones by name, of a file that was found right.
func (f *file) calendars() map[string]*models.Calendar {
	all := map[string]*models.Calendar{}
	for name, k := range f.Calendars {
		all[name] = k.calendar(name)
	}
	return all
}

func (k calendar) calendar(name string) *models.Calendar {
	c := &models.Calendar{Name: name, Holidays: map[string]bool{}}
	c.Zone, _ = time.LoadLocation(k.TimeZone)
	c.Opens, c.Closes, _ = hours(k.Hours)
	for i, day := range weekdays {
		c.Days[i] = len(k.Days) == 0 || slices.Contains(k.Days, day)
	}
	for _, day := range k.Holidays {
		c.Holidays[day] = true
	}
	for _, name := range sorted(k.CutOffs) {
		cut := k.CutOffs[name]
		at, _ := clock(cut.At)
		c.CutOffs = append(c.CutOffs, models.DayCutOff{At: at, Ahead: cut.Ahead.duration(), Fresh: cut.Fresh.duration()})
	}
	return c
}

// share is what a percentage is of one, zero for none.
func share(percent *float64) decimal.Decimal {
	if percent == nil {
		return decimal.Zero
	}
	return decimal.NewFromFloat(*percent).Shift(-2)
}

// targets are the declared ones, and calendars those of the systems by name.
func (f *file) targets() (targets models.Targets, systems map[string]*models.Calendar) {
	calendars, systems := f.calendars(), map[string]*models.Calendar{}
	for _, name := range sorted(f.Targets) {
		t := f.governing(f.Targets[name])
		targets = append(targets, models.Target{
			Name: name, Entity: t.Entity, DC: t.DC, Criticality: t.Criticality, Freshness: t.Freshness.duration(), Latency: t.Latency.duration(), Followed: t.Followed.duration(),
			Calendar: calendars[t.Calendar], Objective: share(t.Objective),
		})
	}
	for name, s := range f.Systems {
		if s.Calendar != "" {
			systems[name] = calendars[s.Calendar]
		}
	}
	return targets, systems
}
