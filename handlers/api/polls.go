package api

import (
	"context"
	"log/slog"
	"time"

	"throughline/models"
)

// notePoll keeps how far a consumer has come, or that its token leads nowhere. A
// poll that was answered does not fail because nobody could write that down.
func (a *API) notePoll(ctx context.Context, poll models.Poll, page models.ChangePage, err error) {
	if a.cfg.Polls == nil || err != nil && models.CodeOf(err) != models.CodeGone {
		return
	}
	poll.Gone, poll.Known, poll.To = err != nil, knownAfter(poll, page), page.Next
	if err := a.cfg.Polls.Note(ctx, poll); err != nil {
		a.cfg.Log.WarnContext(ctx, "how far a consumer has come is not known", slog.String("source", poll.Key.Source), slog.Any("error", err))
	}
}

// knownAfter is until when a consumer has read what took effect; nil where the
// page does not say, as it says nothing of what came before a beginning.
func knownAfter(poll models.Poll, page models.ChangePage) *time.Time {
	switch last := len(page.Changes) - 1; {
	case !poll.GoesOn:
		return nil
	case !page.More:
		return &poll.At
	case last >= 0:
		return &page.Changes[last].AppliedAt
	default:
		return nil
	}
}

// noteExport keeps that a consumer has read an export to its end.
func (a *API) noteExport(ctx context.Context, key models.APIKey, f models.ChangeFilter) {
	if a.cfg.Polls == nil {
		return
	}
	if err := a.cfg.Polls.Exported(ctx, key, f); err != nil {
		a.cfg.Log.WarnContext(ctx, "that a consumer has read an export is not known", slog.String("source", key.Source), slog.Any("error", err))
	}
}
