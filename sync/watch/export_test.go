package watch

import (
	"context"

	"throughline/models"
)

// ParseRunbook reads any text as a runbook.
func ParseRunbook(text string) []models.RunbookSection { return parseRunbook(text) }

// Follow takes in what is new of the change log, as the loop does.
func (w *Watch) Follow(ctx context.Context) error {
	for {
		more, err := w.follow(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// SweepDue looks as the loop does.
func (w *Watch) SweepDue(ctx context.Context) error {
	_, err := w.sweepDue(ctx)
	return err
}

// Recount counts the books again, as the loop does.
func (w *Watch) Recount(ctx context.Context) error {
	_, err := w.audit.run(ctx)
	return err
}
