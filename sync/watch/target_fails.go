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
// called less, API-02 that it does not accept who calls.
type targetFails struct {
	code       models.ExceptionCode
	conditions interface {
		FailingRoutes(ctx context.Context, failures int) ([]store.FailingRoute, error)
		StuckWrites(ctx context.Context, attempts int) ([]store.StuckWrites, error)
	}
	windows Windows
}

// Codes is the one that it tells.
func (d targetFails) Codes() []models.ExceptionCode { return []models.ExceptionCode{d.code} }

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
		if r.Disabled == "" && !d.tells(r.Status, r.Since, l) || r.Disabled != "" && d.code != models.ExceptionTargetDown {
			continue
		}
		signals = append(signals, d.route(r, l))
	}
	for _, w := range writes {
		if l.paused(models.PauseTarget, w.System) != nil || !d.tells(w.Status, w.Since, l) {
			continue // nothing is sent to it on purpose, or another code tells
		}
		signals = append(signals, d.erp(w))
	}
	return signals, nil
}

// tells reports whether an answer, 0 for none, is of this code. Several shards are
// asked to wait at once: only what lasts is more than a burst.
func (d targetFails) tells(status int, since time.Time, l Look) bool {
	switch status {
	case http.StatusTooManyRequests:
		return d.code == models.ExceptionRateLimited && l.Real.Sub(since) >= d.windows.TurnedAway
	case http.StatusUnauthorized, http.StatusForbidden:
		return d.code == models.ExceptionAccess
	default:
		return d.code == models.ExceptionTargetDown
	}
}

func (d targetFails) route(r store.FailingRoute, l Look) models.Signal {
	s := models.Signal{
		Code: d.code, Key: "route|" + r.Name, Occurrences: r.Failures,
		Subject: models.ExceptionSubject{Source: r.Name},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(r.Since, d.windows.Soon)},
	}
	switch {
	case d.code == models.ExceptionRateLimited:
		s.Title = r.Name + " asks for fewer deliveries"
		s.Happened = fmt.Sprintf("%s answers 429 since %s and is left alone until %s. %s and follow by themselves.",
			r.Name, clock(r.Since), clock(r.NextAt), waitInOrder(r.Waits))
		if slices.ContainsFunc(r.Types, func(t models.EventType) bool { return t.Lane() == models.LaneRealtime }) {
			s.Risk.AtLeast = models.ConsequenceSerious
		}
		return s
	case d.code == models.ExceptionAccess:
		s.Title = r.Name + " does not accept our signature"
		s.Happened = fmt.Sprintf("Deliveries to %s are answered %d since %s: it has another signing secret or credential of ours. %s.",
			r.Name, r.Status, clock(r.Since), waitInOrder(r.Waits))
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

func (d targetFails) erp(w store.StuckWrites) models.Signal {
	s := models.Signal{
		Code: d.code, Key: "erp|" + w.System, AlsoTeam: models.TeamProcurement, Currency: w.Currency,
		Title: w.System + " takes no orders",
		Happened: fmt.Sprintf("%s cannot be placed: %s. They are tried again by themselves, each under its own reference.",
			capital(plural(int64(w.Writes), "approved order")), orUnknown(w.Error)),
		Subject: models.ExceptionSubject{Source: w.System, ERPWrite: w.Write},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, Value: w.Value, At: &w.OrderBy},
	}
	switch d.code {
	case models.ExceptionRateLimited:
		s.Title = w.System + " asks for fewer orders"
		s.Happened = fmt.Sprintf("%s answers 429 and is left alone until %s. %s since %s, to be placed by themselves, each under its own reference.",
			w.System, clock(w.NextAt), waitSince(int64(w.Writes), "approved order"), clock(w.Since))
		s.Risk.AtLeast = models.ConsequenceSerious
	case models.ExceptionAccess:
		s.Title = w.System + " does not accept our credentials"
		s.Happened = fmt.Sprintf("%s answers %d. %s since %s, to be placed by themselves, each under its own reference, once it knows us again.",
			w.System, w.Status, waitSince(int64(w.Writes), "approved order"), clock(w.Since))
		s.Risk.AtLeast = models.ConsequenceStop
	}
	return s
}

// clock is a real instant of the last hours: "10:31:05 UTC".
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// waitInOrder says how many events wait, as the beginning of a sentence.
func waitInOrder(events int64) string { return waitSince(events, "event") + " in order" }

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
