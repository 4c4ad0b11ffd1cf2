package outbox

import (
	"slices"
)

const statusPaused = "paused"

// keepPaused leaves out what the tower asks to be sent later, by type and until
// when; the rest is answered for.
func (s *Sender) keepPaused(rows []row, results []result) (settled []row, answers []result) {
	if !slices.ContainsFunc(results, func(r result) bool { return r.Status == statusPaused }) {
		return rows, results
	}
	for i, r := range results {
		if r.Status != statusPaused {
			settled, answers = append(settled, rows[i]), append(answers, r)
			continue
		}
		s.paused[rows[i].eventType] = s.cfg.Now().Add(waitOf(max(r.RetryAfter, 1)))
	}
	return settled, answers
}

// pausedTypes are those that the tower takes later.
func (s *Sender) pausedTypes() []string {
	types := []string{}
	for t, until := range s.paused {
		if s.cfg.Now().Before(until) {
			types = append(types, t)
		} else {
			delete(s.paused, t)
		}
	}
	return types
}
