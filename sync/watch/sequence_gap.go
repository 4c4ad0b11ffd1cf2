package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// sequenceGap is API-08: a source counts its events, and numbers in between
// have not come.
type sequenceGap struct {
	conditions interface {
		SequenceGaps(ctx context.Context, now time.Time, grace time.Duration) ([]store.StandingGap, error)
		CatchUps(ctx context.Context, code models.ExceptionCode) (map[string]models.CatchUp, error)
	}
	windows Windows
}

func (sequenceGap) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionSequenceGap}
}

func (d sequenceGap) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	gaps, err := d.conditions.SequenceGaps(ctx, l.Real, d.windows.Gap)
	if err != nil {
		return nil, err
	}
	asked, err := d.conditions.CatchUps(ctx, models.ExceptionSequenceGap)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, g := range gaps {
		risk := models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(g.Since, d.windows.Soon)}
		if ownsStock(g.System) {
			risk.AtLeast = models.ConsequenceSerious
		}
		signal := models.Signal{
			// What comes late comes from the front: the last number stays while the hole closes.
			Code: models.ExceptionSequenceGap, Key: fmt.Sprintf("%s|%s|%d", g.Source, g.Series, g.Last),
			Occurrences: int(min(g.Missing(), 1<<30)),
			Title:       fmt.Sprintf("%s is missing %s of its sequence", g.Source, g.Numbers()),
			Happened:    missingNumbers(g),
			Subject:     models.ExceptionSubject{Source: g.Source}, Risk: risk,
		}
		if u, known := asked[signal.DedupeKey()]; known {
			signal.Happened += askedAgain(u)
		}
		signals = append(signals, signal)
	}
	return signals, nil
}

// askedAgain says what was done about events that are missing.
func askedAgain(u models.CatchUp) string {
	answer := u.Answer
	if answer == "" {
		answer = "The answer is not here yet."
	}
	if u.Times == 1 {
		return fmt.Sprintf(" They were asked for at %s. %s", models.Instant(u.AskedAt), answer)
	}
	return fmt.Sprintf(" They were asked for %d times, last at %s. %s", u.Times, models.Instant(u.AskedAt), answer)
}

func missingNumbers(g store.StandingGap) string {
	series := ""
	if g.Series != "" {
		series = " in its series " + g.Series
	}
	words := fmt.Sprintf("%s that %s counted%s did not come, while later ones did, since %s. They never reached the tower; the figures lack what they say until they are sent again.",
		capital(plural(g.Missing(), "event")), g.Source, series, models.Instant(g.Since))
	if g.GivenUp > 0 {
		words += fmt.Sprintf(" %s before them are looked for no longer.", capital(plural(g.GivenUp, "older number")))
	}
	return words
}
