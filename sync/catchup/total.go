package catchup

import (
	"context"
	"errors"
	"fmt"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// askForTotal asks a source once for the time of which not all arrived, by its own
// control total, where that is due.
func (s *Service) askForTotal(ctx context.Context) (more bool, err error) {
	may := store.Askable{}
	for name, source := range s.cfg.Sources {
		for _, t := range models.EventTypes() {
			if source.Replays != nil && s.cfg.Paused(name, t.Entity()) == nil {
				may.Add(name, t)
			}
		}
	}
	total, found, err := s.cfg.CatchUps.ClaimTotal(ctx, may, s.cfg.Now(), s.cfg.Gaps.After, askedFor)
	if err != nil || !found {
		return false, err
	}
	coming, failure := s.cfg.Sources[total.Source].Replays.ReplayTime(ctx, total.Type, total.DC, total.Since, total.Until)
	if ctx.Err() != nil {
		return false, ctx.Err() // nobody knows whether it was heard; the next asking will tell
	}
	now := s.cfg.Now()
	answer := sentAgain(total.ControlTotal, coming, failure)
	if next, again := s.nextTry(failure, total.OpenedAt, total.Times); again {
		return true, s.cfg.CatchUps.TotalAgain(ctx, total, answer+" It is asked again.", now, next)
	}
	return true, s.cfg.CatchUps.TotalOver(ctx, total, answer, failure == nil, now)
}

// sentAgain is what a source said of the time of a control total, in words.
func sentAgain(t models.ControlTotal, coming int64, failure error) string {
	failed, told := errors.AsType[*connector.Error](failure)
	switch {
	case told && failed.Code == connector.CodeNotFound:
		return t.Source + " offers nothing to be sent again by its time."
	case told:
		return t.Source + " cannot be asked: " + failed.Message
	case failure != nil:
		return t.Source + " cannot be asked now."
	case coming == 0:
		return t.Source + " no longer has anything of that time."
	case coming < t.Events:
		return fmt.Sprintf("%s sends %d of its %d events again and no longer has the others.", t.Source, coming, t.Events)
	default:
		return fmt.Sprintf("%s sends all %d events again.", t.Source, coming)
	}
}
