package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// overtaken is OWN-04: a source keeps telling things after newer ones. One burst
// out of order does no harm and is only logged.
type overtaken struct {
	conditions interface {
		Overtaken(ctx context.Context, since time.Time) ([]store.Spell, error)
	}
	windows Windows
}

const (
	overtakenWindow  = 15 * time.Minute // real
	overtakenMinutes = 5                // of the window, in which it must happen
)

func (overtaken) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionOvertaken}
}

func (d overtaken) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	late, err := d.conditions.Overtaken(ctx, l.Real.Add(-overtakenWindow))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, s := range late {
		if s.Minutes < overtakenMinutes {
			continue
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionOvertaken, Key: s.Source, Occurrences: int(min(s.Count, 1<<30)),
			Title: s.Source + " keeps telling old news",
			Happened: fmt.Sprintf("%s from %s came after a newer one of the same record had taken effect, in %d of the last %d minutes. They are kept and not applied; the figures are right.",
				capital(plural(s.Count, "event")), s.Source, s.Minutes, int(overtakenWindow.Minutes())),
			Subject: models.ExceptionSubject{Source: s.Source},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect}, // one day, when a version is wrong
		})
	}
	return signals, nil
}
