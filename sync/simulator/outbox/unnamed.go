package outbox

import "throughline/models"

// Unname sends the newest of what was sent once more without its id, as a gateway
// does that drops attributes, and returns its subject. CodeConflict when nothing
// was sent yet.
func (s *Sender) Unname() (subject string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sent) == 0 {
		return "", models.Errorf(models.CodeConflict, "nothing was sent a moment ago")
	}
	r := s.sent[len(s.sent)-1]
	r.unnamed = true
	s.resend = append(s.resend, r)
	return r.subject, nil
}
