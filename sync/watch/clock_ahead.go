package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// clockAllowance is by how much a source's clock may be ahead of the tower's.
const clockAllowance = 2 * time.Minute

// clockAhead is OWN-05: a source tells of the future. What the intake takes in with
// such a time gets the intake's own; what is read again from the source keeps it
// and looks recent for longer than it is.
type clockAhead struct {
	conditions interface {
		ClocksAhead(ctx context.Context, now time.Time, allowance time.Duration) ([]store.ClockAhead, error)
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
	var signals []models.Signal
	for _, a := range ahead {
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
	return signals, nil
}
