package outbox

import (
	"cmp"
	"slices"
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
	var found []row
	for _, r := range slices.Concat(s.lost, s.sent) {
		if r.sequence >= max(first, 1) && r.sequence <= last {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b row) int { return cmp.Compare(a.sequence, b.sequence) })
	s.resend = append(s.resend, found...)
	return len(found)
}
