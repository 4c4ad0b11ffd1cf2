package catchup

import (
	"context"
	"errors"
	"fmt"

	"throughline/models"
	"throughline/sync/connector"
)

// mostAsked bounds the numbers of one asking; the rest of a hole is asked for by the next.
const mostAsked = 10_000

// askForGap asks a source once for the numbers that are missing, where that is due.
func (s *Service) askForGap(ctx context.Context, sources []string) (more bool, err error) {
	gap, found, err := s.cfg.CatchUps.ClaimGap(ctx, sources, s.cfg.Now(), s.cfg.Gaps)
	if err != nil || !found {
		return false, err
	}
	all := gap.Missing()
	if gap.AskedTo >= gap.First && gap.AskedTo < gap.Last {
		gap.First = gap.AskedTo + 1
	}
	gap.Last = min(gap.Last, gap.First+mostAsked-1)
	source := s.cfg.Sources[gap.Source]
	coming, failure := source.Replays.Replay(ctx, gap.Series, gap.First, gap.Last)
	if ctx.Err() != nil {
		return false, ctx.Err() // nobody knows whether it was heard; the next asking will tell
	}
	if failure == nil {
		gap.AskedTo = gap.Last
	}
	answer := answered(gap.SequenceGap, gap.Missing() < all, coming, failure)
	if coming < gap.Missing() && source.Compare != nil && source.Compare() == nil {
		answer += " Its stock is compared with ours instead, and what differs is read again."
	}
	asked := fmt.Sprintf("Asked %s for %s once more.", gap.Source, gap.Numbers())
	return true, s.cfg.CatchUps.Answered(ctx, gap, asked, answer, s.cfg.Now())
}

// answered is what a source said of a gap, or of a part of one, in words.
func answered(gap models.SequenceGap, part bool, coming int64, failure error) string {
	failed, told := errors.AsType[*connector.Error](failure)
	switch {
	case told && failed.Code == connector.CodeNotFound:
		return gap.Source + " offers nothing to be sent again by its number."
	case told:
		return gap.Source + " cannot be asked: " + failed.Message
	case failure != nil:
		return gap.Source + " cannot be asked now."
	case coming == 0 && part:
		return gap.Source + " no longer has any of these; the others are asked for next."
	case coming == 0:
		return gap.Source + " no longer has any of it."
	case coming < gap.Missing():
		return fmt.Sprintf("%s still has %d of the %d events and sends these again.", gap.Source, coming, gap.Missing())
	case coming == 1:
		return gap.Source + " sends it again."
	default:
		return fmt.Sprintf("%s sends all %d events again.", gap.Source, coming)
	}
}
