package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// badEnvelope is API-06: what a source sends cannot be told apart, dated or
// placed, so that nothing of it is read; or somebody goes on trying keys.
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
		goesOn := r.Count >= manyRefused && r.Minutes >= repeated
		if r.Source == models.UnknownKey {
			if goesOn { // before that it is a slip, which its sender is told
				signals = append(signals, d.guesses(r, l))
			}
			continue
		}
		s := models.Signal{
			Code: models.ExceptionBadEnvelope, Key: r.Source, Occurrences: int(min(r.Count, 1<<30)),
			Title: r.Source + " sends events that cannot be read",
			Happened: fmt.Sprintf("%s came from %s with an envelope that is not valid or of a type that no contract has, and are not in the figures: %s.",
				capital(plural(r.Count, "event")), r.Source, firstFault(r.Errors)),
			Subject: models.ExceptionSubject{Source: r.Source},
			Risk:    models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(r.FirstAt, d.windows.Soon)},
		}
		if goesOn {
			s.Risk.AtLeast = models.ConsequenceStop
			s.Happened += " It goes on: somebody may be trying what gets through with this source's key."
		}
		signals = append(signals, s)
	}
	return signals, nil
}

// guesses tell of calls with keys that nobody has. They are of no source.
func (d badEnvelope) guesses(r store.Spell, l Look) models.Signal {
	return models.Signal{
		Code: models.ExceptionBadEnvelope, Key: r.Source, Occurrences: int(min(r.Count, 1<<30)),
		Title: "Somebody tries API keys that nobody has",
		Happened: fmt.Sprintf("%s in %s of the last %s came with a key that is unknown, and nothing of them was taken in. Refused events says from which addresses. "+
			"It goes on: it is a system with a wrong key, or somebody who tries to get in.", capital(plural(r.Count, "request")), plural(r.Minutes, "minute"), ago(d.windows.Refused)),
		Risk: models.Risk{AtLeast: models.ConsequenceStop, At: l.After(r.FirstAt, d.windows.Soon)},
	}
}
