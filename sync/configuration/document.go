// Package configuration reads throughline.yaml, which declares the systems,
// lanes, routes, windows, calendars, targets and owner teams of an installation.
package configuration

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/watch"
)

// Document is a throughline.yaml that has been read and found right.
type Document struct {
	Text    string
	Systems []models.DeclaredSystem
	Routes  []models.Subscription // without their secrets until Configuration looks them up
	Lanes   map[models.Lane]int   // events of a batch, for the lanes that the file names
	Windows watch.Windows
	Retain  models.Retention                     // how long each kind of data is kept, as far as the file says
	Deliver models.RetryPolicies                 // of deliveries, as far as the file says
	Order   models.RetryPolicies                 // of calls to the ERP, likewise
	Compare []models.Comparison                  // in the order of their names
	Teams   map[models.ExceptionCode]models.Team // that own a kind instead of its own team
	Lines   map[string]string                    // where each account is named that the file calls, such as "line 7: rota.it.outside"
	secrets map[string]string                    // by route, the environment variable that holds it
	written file                                 // as it was read

	Throughput *decimal.Decimal // events a minute that shall take effect; nil where the file does not say
}

// file is the document as it is written.
type file struct {
	Systems map[string]system                    `yaml:"systems"`
	Lanes   map[models.Lane]lane                 `yaml:"lanes"`
	Routes  map[string]route                     `yaml:"routes"`
	Windows windows                              `yaml:"windows"`
	Teams   map[models.ExceptionCode]models.Team `yaml:"teams"`

	Escalation escalation           `yaml:"escalation"`
	Rota       map[models.Team]rota `yaml:"rota"`
	Retention  retention            `yaml:"retention"`

	Retries        retries               `yaml:"retries"`
	Reconciliation map[string]comparison `yaml:"reconciliation"`

	Calendars   map[string]calendar    `yaml:"calendars"`
	Targets     map[string]target      `yaml:"targets"`
	Criticality map[string]criticality `yaml:"criticality"`
	Throughput  *float64               `yaml:"throughput"` // events a minute
}

type system struct {
	Kind     string          `yaml:"kind"`
	Interval period          `yaml:"interval"`
	Quota    quota           `yaml:"quota"`
	Owns     []string        `yaml:"owns"`
	Calendar string          `yaml:"calendar"`
	Late     models.Fallback `yaml:"late"`
}

// quota is what the keys of a system may bring together: events a second on average, and at once.
type quota struct {
	Rate  float64 `yaml:"rate"`
	Burst int     `yaml:"burst"`
}

func (q quota) limit() models.RateLimit { return models.NewRateLimit(q.Rate, q.Burst) }

// escalation names who is called, by team, when half of an exception's clock went
// by and when all of it did, and who for a P1 that nobody answers.
type escalation struct {
	Lead      map[models.Team]string `yaml:"lead"`
	Duty      map[models.Team]string `yaml:"duty"`
	Executive string                 `yaml:"executive"`
	Calendar  string                 `yaml:"calendar"`  // of the clocks
	Calendars map[models.Team]string `yaml:"calendars"` // of a team's clocks, instead of it
}

func (f *file) escalations() models.Escalations {
	calendars := f.calendars()
	e := models.Escalations{
		Lead: f.Escalation.Lead, Duty: f.Escalation.Duty, Executive: f.Escalation.Executive,
		Calendar: calendars[f.Escalation.Calendar], Calendars: map[models.Team]*models.Calendar{}, Rotas: f.rotas(),
	}
	for team, name := range f.Escalation.Calendars {
		e.Calendars[team] = calendars[name]
	}
	return e
}

type lane struct {
	Batch int `yaml:"batch"`
}

type route struct {
	URL       string             `yaml:"url"`
	SecretEnv string             `yaml:"secret_env"`
	Types     []models.EventType `yaml:"types"`
	DCs       []string           `yaml:"dcs"`
	Where     string             `yaml:"where"`
	Overlap   period             `yaml:"secret_overlap"`
}

// secretOverlap is how long a replaced secret goes on signing where the file says nothing.
const secretOverlap = 24 * time.Hour

func (r route) subscription(name string) models.Subscription {
	slices.Sort(r.Types)
	slices.Sort(r.DCs)
	s := models.Subscription{Name: name, URL: r.URL, Types: r.Types, DCs: r.DCs, Condition: r.Where, Overlap: secretOverlap}
	if r.Overlap != "" {
		s.Overlap = r.Overlap.duration()
	}
	return s
}

func (f *file) document(text string) *Document {
	d := &Document{Text: text, written: *f, Lanes: map[models.Lane]int{}, Windows: f.Windows.watched(), Retain: f.Retention.times(), Compare: f.comparisons(), Deliver: policies(f.Retries.Deliveries), Order: policies(f.Retries.Orders), Teams: f.Teams, secrets: map[string]string{}}
	d.Windows.Targets, d.Windows.Calendars = f.targets()
	d.Windows.Escalations = f.escalations()
	if f.Throughput != nil {
		throughput := decimal.NewFromFloat(*f.Throughput)
		d.Throughput = &throughput
	}
	for name, s := range f.Systems {
		slices.Sort(s.Owns)
		d.Systems = append(d.Systems, models.DeclaredSystem{Name: name, Kind: s.Kind, Interval: s.Interval.duration(), Fallback: s.Late, Owns: s.Owns, Quota: s.Quota.limit()})
	}
	for name, r := range f.Routes {
		d.Routes = append(d.Routes, r.subscription(name))
		d.secrets[name] = r.SecretEnv
	}
	for name, l := range f.Lanes {
		d.Lanes[name] = l.Batch
	}
	slices.SortFunc(d.Systems, func(a, b models.DeclaredSystem) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(d.Routes, func(a, b models.Subscription) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

// Configuration is the document with the secrets of its routes, which lookup
// finds in the environment: they stand in no file.
func (d *Document) Configuration(lookup func(name string) (string, bool)) (models.Configuration, error) {
	c := models.Configuration{Text: d.Text, Systems: d.Systems, Routes: slices.Clone(d.Routes)}
	for i := range c.Routes {
		variable := d.secrets[c.Routes[i].Name]
		secret, ok := lookup(variable)
		if !ok {
			return c, models.Errorf(models.CodePrecondition,
				"The route %s takes its secret from the environment variable %s, which is not set.", c.Routes[i].Name, variable)
		}
		c.Routes[i].Secret = secret
	}
	return c, nil
}

// sorted are the keys of a map in their order, so that faults come in one too.
func sorted[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
