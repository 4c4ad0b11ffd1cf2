package configuration

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"throughline/models"
)

// rota is who of a team is on duty, as it is written.
type rota struct {
	TimeZone string           `yaml:"time_zone"` // of the shifts that name none
	Outside  string           `yaml:"outside"`
	Shifts   map[string]shift `yaml:"shifts"`
}

type shift struct {
	TimeZone string   `yaml:"time_zone"`
	Days     []string `yaml:"days"` // all of them where none is named
	Hours    string   `yaml:"hours"`
	OnDuty   []string `yaml:"on_duty"`
}

// shiftHours reads from when to when a shift lasts; 22:00-06:00 ends on the next day.
func shiftHours(s string) (from, to time.Duration, ok bool) {
	begins, ends, _ := strings.Cut(s, "-")
	from, okFrom := clock(begins)
	to, okTo := clock(ends)
	return from, to, okFrom && okTo && from != to && from < 24*time.Hour && to > 0
}

func (c *checker) checkRotas(rotas map[models.Team]rota) {
	for _, team := range sorted(rotas) {
		r, path := rotas[team], []string{"rota", string(team)}
		if !slices.Contains(teams, team) {
			c.faultf(path, noTeam, team)
		}
		c.checkCalled(append(path, "outside"), r.Outside)
		if len(r.Shifts) == 0 {
			c.faultf(path, "needs a shift")
		}
		for _, name := range sorted(r.Shifts) {
			c.checkShift(append(slices.Clone(path), "shifts", name), r.Shifts[name], r.TimeZone)
		}
	}
}

func (c *checker) checkShift(path []string, s shift, usual string) {
	at := func(key string) []string { return append(slices.Clone(path), key) }
	if zone := cmp.Or(s.TimeZone, usual); zone == "" || zone == "Local" || loads(zone) != nil {
		c.faultf(at("time_zone"), "is %q; it must be a time zone such as Europe/London, here or for all shifts", zone)
	}
	if _, _, ok := shiftHours(s.Hours); !ok {
		c.faultf(at("hours"), "is %q; the hours of a shift are written like 06:00-14:00, or 22:00-06:00 into the next day", s.Hours)
	}
	for _, day := range s.Days {
		if !slices.Contains(weekdays, day) {
			c.faultf(at("days"), "there is no day %q; the days are mon, tue, wed, thu, fri, sat and sun", day)
		}
	}
	if len(s.OnDuty) == 0 {
		c.faultf(at("on_duty"), "must name somebody")
	}
	for _, name := range s.OnDuty {
		if name == "" {
			c.faultf(at("on_duty"), "somebody without a name stands there")
		}
		c.checkCalled(at("on_duty"), name)
	}
}

func loads(zone string) error {
	_, err := time.LoadLocation(zone)
	return err
}

// checkCalled refuses a role that there is not, and notes where an account is named,
// since only the installation knows its accounts.
func (c *checker) checkCalled(path []string, name string) {
	role, isRole := models.CalledRole(name)
	switch {
	case isRole && !role.Valid():
		c.faultf(path, "there is no role %q; the roles are planner, procurement, it, executive and admin", string(role))
	case strings.Contains(name, ","):
		c.faultf(path, "is %q; each name stands by itself", name)
	case name != "" && !isRole:
		c.named(path, name)
	}
}

// rotas are the declared ones, of a file that was found right.
func (f *file) rotas() map[models.Team]models.Rota {
	all := map[models.Team]models.Rota{}
	for team, r := range f.Rota {
		rota := models.Rota{Outside: r.Outside}
		for _, name := range sorted(r.Shifts) {
			rota.Shifts = append(rota.Shifts, r.Shifts[name].shift(name, r.TimeZone))
		}
		all[team] = rota
	}
	return all
}

func (s shift) shift(name, usual string) models.Shift {
	shift := models.Shift{Name: name, OnDuty: s.OnDuty}
	shift.Zone, _ = time.LoadLocation(cmp.Or(s.TimeZone, usual))
	shift.From, shift.To, _ = shiftHours(s.Hours)
	for i, day := range weekdays {
		shift.Days[i] = len(s.Days) == 0 || slices.Contains(s.Days, day)
	}
	return shift
}

// Warnings are what the document allows and somebody may not have meant: when
// nobody of a team with a rota is on duty, in the week after an instant.
func (d *Document) Warnings(from time.Time) []string {
	var warnings []string
	for _, team := range sorted(d.Windows.Escalations.Rotas) {
		rota := d.Windows.Escalations.Rotas[team]
		for _, gap := range rota.Gaps(from) {
			zone := rota.Shifts[0].Zone
			warnings = append(warnings, "rota."+string(team)+": nobody is on duty from "+gap.From.In(zone).Format("Mon 2 Jan 15:04")+" to "+gap.To.In(zone).Format("Mon 2 Jan 15:04")+" "+zone.String()+".")
		}
	}
	return warnings
}
