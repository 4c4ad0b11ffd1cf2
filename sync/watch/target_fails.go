package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// targetDown is API-05: what the tower sends does not get through.
type targetDown struct {
	conditions interface {
		FailingRoutes(ctx context.Context, failures int) ([]store.FailingRoute, error)
		StuckWrites(ctx context.Context, attempts int) ([]store.StuckWrites, error)
	}
	windows Windows
}

func (targetDown) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTargetDown}
}

// longWait is how long, in real time, deliveries may wait until it is serious.
const longWait = 5 * time.Minute

func (d targetDown) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
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
		signals = append(signals, d.route(r, l))
	}
	for _, w := range writes {
		if l.paused(models.PauseTarget, w.System) != nil {
			continue // nothing is sent to it on purpose
		}
		signals = append(signals, d.erp(w))
	}
	return signals, nil
}

func (d targetDown) route(r store.FailingRoute, l Look) models.Signal {
	s := models.Signal{
		Code: models.ExceptionTargetDown, Key: "route|" + r.Name, Occurrences: r.Failures,
		Title:    r.Name + " takes no deliveries",
		Happened: fmt.Sprintf("Deliveries to %s fail: %s. What changed meanwhile waits in order and follows by itself.", r.Name, orUnknown(r.Error)),
		Subject:  models.ExceptionSubject{Source: r.Name},
		Risk:     models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(r.Since, d.windows.Soon)},
	}
	if r.Disabled != "" {
		s.Title = fmt.Sprintf("Deliveries to %s are switched off", r.Name)
		s.Happened = fmt.Sprintf("%s was switched off: %s. It gets nothing until it is switched on again.", r.Name, r.Disabled)
	}
	if r.Disabled != "" || l.Real.Sub(r.Since) > longWait {
		s.Risk.AtLeast = models.ConsequenceSerious
	}
	return s
}

func (d targetDown) erp(w store.StuckWrites) models.Signal {
	s := models.Signal{
		Code: models.ExceptionTargetDown, Key: "erp|" + w.System, AlsoTeam: models.TeamProcurement, Currency: w.Currency,
		Title: w.System + " takes no orders",
		Happened: fmt.Sprintf("%s cannot be placed: %s. They are tried again by themselves, each under its own reference.",
			plural(int64(w.Writes), "approved order"), orUnknown(w.Error)),
		Subject: models.ExceptionSubject{Source: w.System, ERPWrite: w.Write},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, Value: w.Value, At: &w.OrderBy},
	}
	return s
}

func orUnknown(reason string) string {
	if reason == "" {
		return "no answer"
	}
	return reason
}
