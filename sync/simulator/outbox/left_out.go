package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"throughline/models"
)

// LeaveOut takes the newest sent messages of a type, three at most, as if the source announced
// them once more, counts the announcements and never sends them. It returns how
// many, and since when the events are that their total is about. Find sends them after all.
func (s *Sender) LeaveOut(ctx context.Context, kind models.EventType, most int) (n int, since time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.cfg.Now().UTC()
	for _, r := range slices.Backward(s.newest[string(kind)]) {
		if n == most {
			break
		}
		r.occurredAt, r.sequence = at, 0
		err := s.cfg.DB.QueryRow(ctx, `
			INSERT INTO outbox (source, type, subject, item, dc, occurred_at, data, left_out) VALUES ($1, $2, $3, $4, $5, $6, $7, true)
			RETURNING id, occurred_at, date_bin($8::interval, occurred_at, 'epoch')`,
			s.cfg.Source, r.eventType, r.subject, r.item, r.dc, r.occurredAt, r.data, s.cfg.Window).Scan(&r.id, &r.occurredAt, &since)
		if err != nil {
			return n, since, fmt.Errorf("leave something out: %w", err)
		}
		s.lost = append(s.lost, r)
		n++
	}
	if n == 0 {
		return 0, since, models.Errorf(models.CodeConflict, "nothing of the type %s was sent yet: try again when something was", kind)
	}
	return n, since.UTC(), nil
}

// passLeftOut counts what the source leaves out, and forgets it unsent.
func (s *Sender) passLeftOut(ctx context.Context) error {
	return s.pass(ctx, "o.source = $2 AND o.left_out", "true")
}
