package configuration

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// comparison is whose stock is compared with which copies, as it is written.
type comparison struct {
	Owner     string    `yaml:"owner"`
	Copies    []string  `yaml:"copies"`
	Every     period    `yaml:"every"`
	Tolerance tolerance `yaml:"tolerance"`
	Calendar  string    `yaml:"calendar"`
}

type tolerance struct {
	Units   string `yaml:"units"`
	Percent string `yaml:"percent"`
}

// shortestEvery leaves a comparison the time to be made.
const shortestEvery = 10 * time.Second

// number is 0 where the file says nothing, or nothing that could be read.
func number(s string) decimal.Decimal {
	d, err := decimal.NewFromString(s)
	if err != nil {
		return decimal.Zero
	}
	return d
}

func (f *file) comparisons() []models.Comparison {
	calendars := f.calendars()
	all := make([]models.Comparison, 0, len(f.Reconciliation))
	for name, c := range f.Reconciliation {
		all = append(all, models.Comparison{
			Name: name, Owner: c.Owner, Copies: c.Copies, Every: c.Every.duration(), Calendar: calendars[c.Calendar],
			Tolerance: models.DriftTolerance{Units: number(c.Tolerance.Units), Percent: number(c.Tolerance.Percent)},
		})
	}
	slices.SortFunc(all, func(a, b models.Comparison) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (c *checker) checkComparisons(f *file) {
	owner, compared := "", map[string]string{}
	for _, name := range sorted(f.Reconciliation) {
		d, path := f.Reconciliation[name], []string{"reconciliation", name}
		if !validName.MatchString(name) {
			c.faultf(path, "a name has small letters, digits, - and _, and begins with a letter")
		}
		c.checkSystemOf(append(path, "owner"), d.Owner, f)
		if owner = cmp.Or(owner, d.Owner); d.Owner != owner {
			c.faultf(append(path, "owner"), "is %q, and %q in another comparison; stock has one owner", d.Owner, owner)
		}
		c.checkCopies(path, d, f, compared)
		every := []string{path[0], name, "every"}
		if c.checkPeriod(every, d.Every); d.Every != "" && d.Every.duration() < shortestEvery {
			c.faultf(every, "is %q; it must be %s at least", string(d.Every), shortestEvery)
		}
		c.checkTolerance(append(path, "tolerance"), d.Tolerance)
		c.checkCalendarOf(append(path, "calendar"), d.Calendar, f)
	}
}

// checkCopies finds copies that nobody has, and those that two comparisons would judge.
func (c *checker) checkCopies(path []string, d comparison, f *file, compared map[string]string) {
	copies := slices.Concat(path, []string{"copies"})
	if len(d.Copies) == 0 {
		c.faultf(copies, "must name a copy: tower, or a system that holds one")
	}
	for _, held := range d.Copies {
		if other, is := compared[held]; is {
			c.faultf(copies, "%s is compared by %s already", held, other)
		}
		compared[held] = path[1]
		if held == d.Owner {
			c.faultf(copies, "%s owns the stock and holds no copy", held)
		} else if held != models.CopyHere {
			c.checkSystemOf(copies, held, f)
		}
	}
}

// checkSystemOf finds a system that a file which names its systems does not name.
func (c *checker) checkSystemOf(path []string, name string, f *file) {
	if name == "" {
		c.faultf(path, "must name a system")
	} else if _, is := f.Systems[name]; !is && len(f.Systems) > 0 {
		c.faultf(path, "there is no system %q", name)
	}
}

func (c *checker) checkTolerance(path []string, t tolerance) {
	if d, err := decimal.NewFromString(cmp.Or(t.Units, "0")); err != nil || d.IsNegative() {
		c.faultf(append(path, "units"), "is %q; it must be a number, zero at least", t.Units)
	}
	if d, err := decimal.NewFromString(cmp.Or(t.Percent, "0")); err != nil || d.IsNegative() || d.GreaterThan(decimal.NewFromInt(100)) {
		c.faultf(append(path, "percent"), "is %q; it must be a number from 0 to 100", t.Percent)
	}
}
