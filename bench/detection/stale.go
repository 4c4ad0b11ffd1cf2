package main

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/simulator"
)

const (
	offersEvery = 3 * time.Second
	// basisAge is when the demo counts a stock figure as AGED, however short its day is.
	basisAge = 10 * time.Minute
)

// stale is a time in which a recommendation waited for a decision while the
// systems' own tables had left what it stands on.
type stale struct {
	recommendation, dc string
	from, until        time.Time
}

// staleness follows the recommendations that wait. Only that they wait is the
// tower's word.
type staleness struct {
	looked   time.Time
	waited   []string // for a decision at the last look
	times    []*stale
	standing map[string]*stale // the newest of each recommendation
	// overtaken is since when forecasting has a newer revision, or replenishment
	// another recommendation.
	overtaken map[string]time.Time
}

func newStaleness() staleness {
	return staleness{standing: map[string]*stale{}, overtaken: map[string]time.Time{}}
}

// lookAtOffers puts what waits beside what the systems know.
func (w *witness) lookAtOffers(ctx context.Context, now time.Time) error {
	if now.Sub(w.stale.looked) < offersEvery {
		return nil
	}
	w.stale.looked = now
	waiting, err := w.conditions.Waiting(ctx, store.BasisRule{Clock: w.clock, Window: basisAge}, now)
	if err != nil {
		return err
	}
	dcs := map[string]string{}
	for _, p := range waiting {
		dcs[p.Recommendation] = p.DC
	}
	of := url.Values{"of": slices.Concat(w.stale.waited, slices.Collect(maps.Keys(dcs)))}
	var offers []simulator.Offer
	if err := w.tower.Ask(ctx, http.MethodGet, "/truth/offers?"+of.Encode(), &offers); err != nil {
		return err
	}
	w.stale.compare(dcs, offers, now, w.clock.At(now))
	return nil
}

// compare notes what the systems know of the recommendations that wait, and which of
// those that wait, or did at the last look, replenishment has replaced since.
func (s *staleness) compare(waiting map[string]string, offers []simulator.Offer, now, business time.Time) {
	offered := map[string]bool{}
	for _, o := range offers {
		offered[o.Recommendation] = true
		if dc, waits := waiting[o.Recommendation]; waits {
			s.note(o, dc, now, business)
		}
	}
	asked := slices.Collect(maps.Keys(waiting))
	for _, recommendation := range slices.Concat(s.waited, asked) {
		if !offered[recommendation] {
			s.overtake(recommendation, now)
		}
	}
	s.waited = asked
}

// note judges by the rule of the verdicts, which is the tower's too, what only
// stock and orders have changed. A newer revision is not judged: whether it is
// material, the tower alone says. What is too small and too far off to ask for a
// response is only logged.
func (s *staleness) note(o simulator.Offer, dc string, now, business time.Time) {
	if o.Revised {
		s.overtake(o.Recommendation, now)
		return
	}
	check := models.CheckBasis(models.MomentNow, o.Stamp, o.Facts, basisAge)
	if check.Verdict == models.VerdictCurrent || !check.Effect(o.Facts.Recommended).Abs().GreaterThan(check.Tolerance) || onlyLogged(o, check, business) {
		return
	}
	t := s.standing[o.Recommendation]
	if t == nil || now.Sub(t.until) > 3*offersEvery {
		t = &stale{recommendation: o.Recommendation, dc: dc, from: now}
		s.standing[o.Recommendation] = t
		s.times = append(s.times, t)
	}
	t.until = now
}

// onlyLogged weighs an offer by the rule of the exceptions' severity.
func onlyLogged(o simulator.Offer, check models.BasisCheck, business time.Time) bool {
	recommended := o.Facts.Recommended
	risk := models.Risk{AtLeast: check.Consequence(recommended), Value: check.Effect(recommended).Abs().Mul(o.UnitPrice).Round(2), At: &o.OrderBy}
	return models.DefaultThresholds().Assess(risk, business).Priority == models.PriorityLog
}

func (s *staleness) overtake(recommendation string, now time.Time) {
	if _, known := s.overtaken[recommendation]; !known {
		s.overtaken[recommendation] = now
	}
}

// expected wants each of these times that was long enough to be seen.
func (s *staleness) expected() []*expectation {
	var all []*expectation
	for _, t := range s.times {
		all = append(all, &expectation{
			code: models.ExceptionStaleBasis, cause: "trade", subject: t.recommendation, dc: t.dc, from: t.from, until: t.until,
			brief: t.until.Sub(t.from) < mustSee,
			mine: func(a *alarm) bool {
				return a.Code == models.ExceptionStaleBasis && a.Subject.Recommendation == t.recommendation
			},
		})
	}
	return all
}

// overtook reports whether an alarm is about a recommendation that was overtaken.
func (s *staleness) overtook(a *alarm) bool {
	since, overtaken := s.overtaken[a.Subject.Recommendation]
	return a.Code == models.ExceptionStaleBasis && overtaken && !a.until.Before(since.Add(-offersEvery))
}
