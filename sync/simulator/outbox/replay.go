package outbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"throughline/models"
)

// Replay sends again, as they were and in order, the messages with these numbers of
// a series that the source still has, and returns how many: those that were lost,
// and the newest that were sent.
func (s *Sender) Replay(series string, first, last int64) int {
	if series != s.instance {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replay(func(r row) bool { return r.sequence >= max(first, 1) && r.sequence <= last })
}

// ReplayTime does the same for the messages of a type, of a DC or, for an empty dc, of
// all, that occurred from since on and before until. What was left out gets its number now.
func (s *Sender) ReplayTime(ctx context.Context, kind models.EventType, dc string, since, until time.Time) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := func(r row) bool {
		return r.eventType == string(kind) && (dc == "" || r.dc == dc) && !r.occurredAt.Before(since) && r.occurredAt.Before(until) && !r.refused
	}
	if err := s.numberLost(ctx, wanted); err != nil {
		return 0, err
	}
	return s.replay(wanted), nil
}

// numberLost numbers what is wanted of what was lost or left out. The rest keeps
// waiting without a number: one that does not leave now is a hole.
func (s *Sender) numberLost(ctx context.Context, wanted func(row) bool) error {
	var leaving []row
	var places []int
	for i, r := range s.lost {
		if wanted(r) {
			leaving, places = append(leaving, r), append(places, i)
		}
	}
	if err := s.number(ctx, leaving); err != nil {
		return err
	}
	for i, place := range places {
		s.lost[place] = leaving[i]
	}
	return nil
}

// replay sends again, in order, what is wanted of what was lost and of the newest that
// were sent. The caller holds mu.
func (s *Sender) replay(wanted func(row) bool) int {
	var found []row
	for _, r := range slices.Concat(s.lost, s.sent) {
		if wanted(r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b row) int { return cmp.Compare(a.sequence, b.sequence) })
	s.resend = append(s.resend, found...)
	return len(found)
}
