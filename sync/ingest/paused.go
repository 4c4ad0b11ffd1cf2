package ingest

import (
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/contract"
)

// askAgain is how long a paused source waits between two looks whether it may send.
const askAgain = time.Minute

// comeLater asks a paused source to keep its events.
func (s *Service) comeLater(p models.Pause) error {
	e := models.Errorf(models.CodeUnavailable,
		"%s is paused by %s: %s Keep the events and send them after the pause in Retry-After; nothing of this request counts as stored.",
		p.Name, p.Actor, sentence(p.Reason))
	e.RetryAfter, e.Hop = lookAgain(p, s.cfg.Now()), "the pause of "+p.Name
	return e
}

// lookAgain is how long whoever is paused waits until it sends again.
func lookAgain(p models.Pause, now time.Time) time.Duration {
	if p.Ends == nil {
		return askAgain
	}
	return max(min(p.Ends.Sub(now), askAgain), time.Second)
}

// paused answers an event of a flow that somebody has stopped, and reports
// whether it is one. It is not stored and its id is not used up.
func (b *batch) paused(e contract.Envelope, t models.EventType) bool {
	p, paused := b.cfg.PausedFlow(b.key.Source, t.Entity())
	if !paused {
		return false
	}
	wait := lookAgain(p, b.now)
	seconds := int((wait + time.Second - 1) / time.Second)
	until := "until somebody resumes it"
	if p.Ends != nil {
		until = "until " + p.Ends.UTC().Format(time.RFC3339)
	}
	b.answer.Results = append(b.answer.Results, models.IntakeResult{
		ID: e.ID, Status: models.IntakePaused, RetryAfter: seconds,
		Errors: []models.Violation{{Message: fmt.Sprintf("%s of %s is paused by %s %s: %s Keep the event and send it again after %d s.",
			t.Entity(), p.Source(), p.Actor, until, sentence(p.Reason), seconds)}},
	})
	b.answer.Paused++
	b.answer.RetryAfter = max(b.answer.RetryAfter, wait)
	return true
}
