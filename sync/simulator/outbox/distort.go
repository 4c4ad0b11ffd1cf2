package outbox

import (
	"slices"
	"time"

	"throughline/models"
)

// Unname sends the newest sent balance once more without the event's id, as a
// gateway does that drops attributes, and returns its subject.
func (s *Sender) Unname() (subject string, err error) {
	return s.distort(func(r *row) { r.unnamed = true })
}

// Misdate sends the newest sent balance once more, dated so much later, as a host
// does whose clock is ahead, and returns its subject.
func (s *Sender) Misdate(by time.Duration) (subject string, err error) {
	return s.distort(func(r *row) { r.occurredAt = r.occurredAt.Add(by) })
}

// distort sends the newest balance that the tower took once more, changed;
// CodeConflict when there is none.
func (s *Sender) distort(change func(*row)) (subject string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range slices.Backward(s.sent) {
		if r.eventType != string(models.TypeBalance) || r.refused {
			continue
		}
		change(&r)
		s.resend = append(s.resend, r)
		return r.subject, nil
	}
	return "", nothingSent()
}
