package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// badEnvelope is API-06: what a source sends cannot be told apart, dated or
// placed, so that nothing of it is read.
type badEnvelope struct {
	conditions interface {
		BadEnvelopes(ctx context.Context, since time.Time) ([]store.Spell, error)
	}
	windows Windows
}

func (badEnvelope) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionBadEnvelope}
}

// repeated is in how many minutes of the window something must happen until it
// is no slip but goes on.
const repeated = 3

func (d badEnvelope) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	refused, err := d.conditions.BadEnvelopes(ctx, l.Real.Add(-d.windows.Refused))
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, r := range refused {
		s := models.Signal{
			Code: models.ExceptionBadEnvelope, Key: r.Source, Occurrences: int(min(r.Count, 1<<30)),
			Title: r.Source + " sends events that cannot be read",
			Happened: fmt.Sprintf("%s came from %s with an envelope that is not valid or of a type that no contract has, and are not in the figures: %s.",
				capital(plural(r.Count, "event")), r.Source, firstFault(r.Errors)),
			Subject: models.ExceptionSubject{Source: r.Source},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(r.FirstAt, d.windows.Soon)},
		}
		if r.Count >= manyRefused && r.Minutes >= repeated {
			s.Risk.AtLeast = models.ConsequenceStop
			s.Happened += " It goes on: somebody may be trying what gets through with this source's key."
		}
		signals = append(signals, s)
	}
	return signals, nil
}
