package watch

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// targetFails is API-05: what the tower sends does not get through. Where the
// target's answers say why, another code tells it: API-03 that it asks to be
// called less, API-02 that it does not accept who calls. One look tells all three,
// so that none closes on an answer that another has not seen.
type targetFails struct {
	conditions interface {
		FailingRoutes(ctx context.Context, failures int) ([]store.FailingRoute, error)
		StuckWrites(ctx context.Context, attempts int) ([]store.StuckWrites, error)
	}
	windows Windows
}

// Codes are those of the three troubles.
func (targetFails) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTargetDown, models.ExceptionRateLimited, models.ExceptionAccess}
}

// longWait is how long, in real time, deliveries may wait until it is serious.
const longWait = 5 * time.Minute

func (d targetFails) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	routes, err := d.conditions.FailingRoutes(ctx, d.windows.RouteFailures)
	if err != nil {
		return nil, err
	}
	writes, err := d.conditions.StuckWrites(ctx, d.windows.WriteAttempts)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, r := range routes {
		why := d.prevailing(r.Answers, l)
		if r.Disabled != "" {
			why = alike{code: models.ExceptionTargetDown}
		}
		if why.code != "" {
			signals = append(signals, d.route(r, why, l))
		}
	}
	for _, w := range writes {
		if l.paused(models.PauseTarget, w.System) != nil {
			continue // nothing is sent to it on purpose
		}
		if why := d.prevailing(w.Answers, l); why.code != "" {
			signals = append(signals, d.erp(w, why))
		}
	}
	return signals, nil
}

// alike is a run of answers of one code, with the status of the last.
type alike struct {
	code        models.ExceptionCode
	status      int
	since, last time.Time
}

func codeOf(status int) models.ExceptionCode {
	switch status {
	case http.StatusTooManyRequests:
		return models.ExceptionRateLimited
	case http.StatusUnauthorized, http.StatusForbidden:
		return models.ExceptionAccess
	default:
		return models.ExceptionTargetDown
	}
}

// runs joins the answers of one code that follow each other.
func runs(answers []store.Answer) []alike {
	var all []alike
	for _, a := range answers {
		code := codeOf(a.Status)
		if n := len(all); n == 0 || all[n-1].code != code {
			all = append(all, alike{code: code, since: a.At})
		}
		newest := &all[len(all)-1]
		newest.status, newest.last = a.Status, a.At
	}
	return all
}

// prevailing is what a target's answers say, of no code while it is no more than a
// burst: several shards are asked to wait at once. A gateway may answer in turns,
// so that only what was said for some time counts against what was said before.
func (d targetFails) prevailing(answers []store.Answer, l Look) alike {
	all := runs(answers)
	if len(all) == 1 {
		if all[0].code == models.ExceptionRateLimited && l.Real.Sub(all[0].since) < d.windows.TurnedAway {
			return alike{}
		}
		return all[0]
	}
	for _, run := range slices.Backward(all) {
		if run.last.Sub(run.since) >= d.windows.TurnedAway {
			return run
		}
	}
	return alike{code: models.ExceptionTargetDown}
}

func (d targetFails) route(r store.FailingRoute, why alike, l Look) models.Signal {
	s := models.Signal{
		Code: why.code, Key: "route|" + r.Name, Occurrences: r.Failures,
		Subject: models.ExceptionSubject{Source: r.Name},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(r.Since, d.windows.Soon)},
	}
	switch {
	case why.code == models.ExceptionRateLimited:
		s.Title = r.Name + " asks for fewer deliveries"
		s.Happened = fmt.Sprintf("%s answers 429 since %s and is left alone until %s. %s",
			r.Name, models.Instant(why.since), models.Instant(r.NextAt), notLookedAt(r.Waits))
		if slices.ContainsFunc(r.Types, func(t models.EventType) bool { return t.Lane() == models.LaneRealtime }) {
			s.Risk.AtLeast = models.ConsequenceSerious
		}
		return s
	case why.code == models.ExceptionAccess:
		s.Title = r.Name + " does not accept our signature"
		s.Happened = fmt.Sprintf("Deliveries to %s are answered %d since %s: it has another signing secret or credential of ours. %s",
			r.Name, why.status, models.Instant(why.since), notLookedAt(r.Waits))
		s.Risk.AtLeast = models.ConsequenceStop
		return s
	case r.Disabled != "":
		s.Title = fmt.Sprintf("Deliveries to %s are switched off", r.Name)
		s.Happened = fmt.Sprintf("%s was switched off: %s. It gets nothing until it is switched on again.", r.Name, r.Disabled)
	default:
		s.Title = r.Name + " takes no deliveries"
		s.Happened = fmt.Sprintf("Deliveries to %s fail: %s. What changed meanwhile waits in order and follows by itself.", r.Name, orUnknown(r.Error))
	}
	if r.Disabled != "" || l.Real.Sub(r.Since) > longWait {
		s.Risk.AtLeast = models.ConsequenceSerious
	}
	return s
}

func (d targetFails) erp(w store.StuckWrites, why alike) models.Signal {
	s := models.Signal{
		Code: why.code, Key: "erp|" + w.System, AlsoTeam: models.TeamProcurement, Currency: w.Currency,
		Title: w.System + " takes no orders",
		Happened: fmt.Sprintf("%s cannot be placed: %s. They are tried again by themselves, each under its own reference.",
			capital(plural(int64(w.Writes), "approved order")), orUnknown(w.Error)),
		Subject: models.ExceptionSubject{Source: w.System, ERPWrite: w.Write},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, Value: w.Value, At: &w.OrderBy},
	}
	switch why.code {
	case models.ExceptionRateLimited:
		s.Title = w.System + " asks for fewer orders"
		s.Happened = fmt.Sprintf("%s answers 429 and is left alone until %s. %s since %s, to be placed by themselves, each under its own reference.",
			w.System, models.Instant(w.NextAt), waitSince(int64(w.Writes), "approved order"), models.Instant(w.Since))
		s.Risk.AtLeast = models.ConsequenceSerious
	case models.ExceptionAccess:
		s.Title = w.System + " does not accept our credentials"
		s.Happened = fmt.Sprintf("%s answers %d. %s since %s, to be placed by themselves, each under its own reference, once it knows us again.",
			w.System, why.status, waitSince(int64(w.Writes), "approved order"), models.Instant(w.Since))
		s.Risk.AtLeast = models.ConsequenceStop
	}
	return s
}

// notLookedAt says how many changes a route has not come to, a sentence: which of
// them are for it, its filter tells only then.
func notLookedAt(changes int64) string {
	if changes == 1 {
		return "There is 1 change it has not looked at; if it is for it, it follows by itself."
	}
	return fmt.Sprintf("There are %d changes it has not looked at; those for it follow in order, by themselves.", changes)
}

func waitSince(n int64, noun string) string {
	verb := "wait"
	if n == 1 {
		verb = "waits"
	}
	return capital(plural(n, noun)) + " " + verb
}

func orUnknown(reason string) string {
	if reason == "" {
		return "no answer"
	}
	return reason
}
