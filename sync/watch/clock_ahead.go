package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// clockAllowance is by how much a source's clock may be ahead of the tower's.
const clockAllowance = 2 * time.Minute

// What a clock is ahead by less than that shows only in many events together: one may
// be dated ahead for a reason of its own, and NTP sets a clock right within minutes.
// Hosts that are set by NTP differ by less than a second, so five are a fault.
const (
	driftAllowance = 5 * time.Second
	driftOver      = 10 * time.Minute
	driftEvents    = 20
)

// clockAhead is OWN-05: a source tells of the future, far ahead once or a little all the time. What the intake takes in with
// such a time gets the intake's own; what is read again from the source keeps it
// and looks recent for longer than it is.
type clockAhead struct {
	conditions interface {
		ClocksAhead(ctx context.Context, now time.Time, allowance time.Duration) ([]store.ClockAhead, error)
		ClocksDrifting(ctx context.Context, now time.Time, allowance, over time.Duration, events int64) ([]store.ClockDrift, error)
	}
	windows Windows
}

func (clockAhead) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionClockAhead}
}

func (d clockAhead) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	ahead, err := d.conditions.ClocksAhead(ctx, l.Real, clockAllowance)
	if err != nil {
		return nil, err
	}
	drifting, err := d.conditions.ClocksDrifting(ctx, l.Real, driftAllowance, driftOver, driftEvents)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, a := range ahead {
		drifting = slices.DeleteFunc(drifting, func(b store.ClockDrift) bool { return b.Source == a.Source }) // which the worse tells
		about, means := a.Entity, "Until then its figures look recent, and its silence would not be noticed."
		if a.DC != "" {
			about += " at " + a.DC
		}
		if a.Replaced {
			means = "Such events are given the time of their arrival instead: how old they were then is not known."
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionClockAhead, Key: a.Source,
			Title: fmt.Sprintf("The clock of %s is ahead", a.Source),
			Happened: fmt.Sprintf("When its newest event of %s came at %s, it was %s by its own clock. %s",
				about, models.Instant(a.SeenAt), models.Instant(a.OccurredAt), means),
			Subject: models.ExceptionSubject{Source: a.Source, DC: a.DC},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(a.SeenAt, d.windows.Soon)},
		})
	}
	for _, b := range drifting {
		signals = append(signals, d.drifts(b, l))
	}
	return signals, nil
}

func (d clockAhead) drifts(b store.ClockDrift, l Look) models.Signal {
	return models.Signal{
		Code: models.ExceptionClockAhead, Key: b.Source,
		Title: fmt.Sprintf("The clock of %s is ahead", b.Source),
		Happened: fmt.Sprintf("In each minute since %s events of it came before they had happened by its own clock, by %s at least; %s came since. Its figures look that much younger than they are, and its latencies that much shorter.",
			models.Instant(b.Since), ago(b.Least), plural(b.Events, "event")),
		Subject: models.ExceptionSubject{Source: b.Source},
		Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(l.Real, d.windows.Soon)},
	}
}
