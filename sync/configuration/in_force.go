package configuration

import (
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"throughline/models"
	"throughline/sync/watch"
)

// InForce writes what governs the installation as a throughline.yaml: its systems and
// routes as they are, whatever the file said of them, and the default of each window,
// time and retry that the file leaves out. Keys are in order and comments are gone, so
// that two installations with the same file and the same changes beside it have the same
// text; targets, calendars, comparisons and teams stand as they were written. The secret
// of a route that no file declares is named nowhere.
func (d *Document) InForce(systems []models.DeclaredSystem, routes []models.Subscription) ([]byte, error) {
	f := d.written
	f.Windows = windowsOf(d.Windows)
	f.Retention = retention{}
	for kind, kept := range d.Retain.Filled() {
		f.Retention[kind] = periodOf(kept)
	}
	f.Retries = retries{Deliveries: retriesOf(d.Deliver.Filled(models.DeliveryRetries())), Orders: retriesOf(d.Order.Filled(models.OrderRetries()))}
	f.Systems = map[string]system{}
	for _, s := range systems {
		f.Systems[s.Name] = system{
			Kind: s.Kind, Interval: periodOf(s.Interval), Quota: quota{Rate: s.Quota.Rate, Burst: s.Quota.Burst}, Owns: s.Owns, Calendar: d.written.Systems[s.Name].Calendar, Late: s.Fallback,
		}
	}
	f.Routes = map[string]route{}
	for _, r := range routes {
		written := d.written.Routes[r.Name]
		f.Routes[r.Name] = route{URL: r.URL, SecretEnv: written.SecretEnv, Types: r.Types, DCs: r.DCs, Where: r.Condition, Overlap: written.Overlap}
	}
	return yaml.MarshalWithOptions(f, yaml.OmitEmpty(), yaml.OmitZero())
}

// periodOf is a duration as a file has it, such as 720h; empty for none.
func periodOf(d time.Duration) period {
	if d == 0 {
		return ""
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return period(text)
}

func windowsOf(w watch.Windows) windows {
	_ = w.Validate() // it was valid when it was read; this fills in the defaults
	return windows{
		SilentPercent: w.SilentPercent, Refused: periodOf(w.Refused), Waiting: periodOf(w.Waiting), InFlight: periodOf(w.InFlight), Gap: periodOf(w.Gap), Backlog: periodOf(w.Backlog), TurnedAway: periodOf(w.TurnedAway), Polled: periodOf(w.Polled), Ordered: periodOf(w.Ordered), BasisAge: periodOf(w.BasisAge),
		Evaluated: periodOf(w.Evaluated), Acknowledged: periodOf(w.Acknowledged), Confirmed: periodOf(w.Confirmed), Received: periodOf(w.Received), Duplicate: periodOf(w.Duplicate), Soon: periodOf(w.Soon),
		LateDays: w.LateDays, RouteFailures: w.RouteFailures, WriteAttempts: w.WriteAttempts, FoldAbove: w.FoldAbove,
		DiskFree: w.DiskFree, ClockOff: periodOf(w.ClockOff), ReplicaBehind: w.ReplicaBehind,
	}
}

func retriesOf(policies models.RetryPolicies) map[models.RetryClass]retry {
	all := map[models.RetryClass]retry{}
	for class, p := range policies {
		all[class] = retry{First: periodOf(p.First), Factor: p.Factor, Cap: periodOf(p.Cap), Jitter: &p.Jitter, Deadline: periodOf(p.Deadline), Tries: p.Tries, Least: periodOf(p.Least)}
	}
	return all
}
