package api

import (
	"context"
	"log/slog"
	"time"

	"throughline/models"
)

// notePoll keeps how far a consumer has come, or that its token leads nowhere. A
// poll that was answered does not fail because nobody could write that down.
func (a *API) notePoll(ctx context.Context, key models.APIKey, f models.ChangeFilter, began time.Time, page models.ChangePage, err error) {
	if a.cfg.Polls == nil || err != nil && models.CodeOf(err) != models.CodeGone {
		return
	}
	poll := models.Poll{Key: key, Filter: f, At: began, Gone: err != nil, Known: &began}
	if page.More {
		poll.Known = nil
		if last := len(page.Changes) - 1; last >= 0 {
			poll.Known = &page.Changes[last].AppliedAt
		}
	}
	if err := a.cfg.Polls.Note(ctx, poll); err != nil {
		a.cfg.Log.WarnContext(ctx, "how far a consumer has come is not known", slog.String("source", key.Source), slog.Any("error", err))
	}
}

// noteExport keeps that a consumer has begun anew.
func (a *API) noteExport(ctx context.Context, key models.APIKey, f models.ChangeFilter) {
	if a.cfg.Polls == nil {
		return
	}
	if err := a.cfg.Polls.BeganAnew(ctx, key, f); err != nil {
		a.cfg.Log.WarnContext(ctx, "that a consumer began anew is not known", slog.String("source", key.Source), slog.Any("error", err))
	}
}
