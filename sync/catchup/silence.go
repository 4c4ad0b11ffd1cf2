package catchup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"throughline/sync/connector"
)

// failedWait is how many times the usual wait follows a poll that failed.
const failedWait = 4

// pollSilent reads once what a silent source does not send, where that is due.
func (s *Service) pollSilent(ctx context.Context, sources []string) (more bool, err error) {
	sources = slices.DeleteFunc(sources, func(name string) bool { return s.cfg.Sources[name].Poll == nil })
	lease := failedWait * s.cfg.PollEvery
	silence, found, err := s.cfg.CatchUps.ClaimSilence(ctx, sources, s.cfg.Now(), lease)
	if err != nil || !found {
		return false, err
	}
	came, upto, failure := s.cfg.Sources[silence.Source].Poll(ctx, silence.DC, silence.Watermark)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	wait, why := s.cfg.PollEvery, ""
	if failure != nil {
		failed, told := errors.AsType[*connector.Error](failure)
		if !told {
			return false, failure // of ours, not of the source
		}
		wait, why = lease, failed.Message
	}
	now, note := s.cfg.Now(), ""
	if failure == nil && !silence.Read {
		note = fmt.Sprintf("The tower reads what changes in its stock from %s itself, every %s, until it sends again.", silence.Source, s.cfg.PollEvery)
	}
	return true, s.cfg.CatchUps.Polled(ctx, silence, came, upto, why, note, now, now.Add(wait))
}
