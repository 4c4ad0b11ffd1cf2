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
	var signals []models.Signal
	for _, g := range gaps {
		risk := models.Risk{AtLeast: models.ConsequenceEffect, At: l.After(g.Since, d.windows.Soon)}
		if ownsStock(g.System) {
			risk.AtLeast = models.ConsequenceSerious
		}
		signals = append(signals, models.Signal{
			// What comes late comes from the front: the last number stays while the hole closes.
			Code: models.ExceptionSequenceGap, Key: fmt.Sprintf("%s|%s|%d", g.Source, g.Series, g.Last),
			Occurrences: int(min(g.Missing(), 1<<30)),
			Title:       fmt.Sprintf("%s is missing %s of its sequence", g.Source, numbersOf(g.SequenceGap)),
			Happened:    missingNumbers(g),
			Subject:     models.ExceptionSubject{Source: g.Source}, Risk: risk,
		})
	}
	return signals, nil
}

func numbersOf(g models.SequenceGap) string {
	if g.First == g.Last {
		return fmt.Sprintf("number %d", g.First)
	}
	return fmt.Sprintf("the numbers %d to %d", g.First, g.Last)
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
