package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Raised is an exception by its condition and subject, for those who measure
// what was found.
type Raised struct {
	ID          int64
	Code        models.ExceptionCode
	Key         string // the condition, with its code
	Title       string
	Occurrences int
	Standing    bool
	OpenedAt    time.Time // real
	Subject     models.ExceptionSubject
}

// Raised reads the exceptions that stand, and those that were opened or
// resolved since a real instant.
func (s *Exceptions) Raised(ctx context.Context, since time.Time) ([]Raised, error) {
	const what = "read what was raised"
	rows, err := s.db.Pool.Query(ctx, `
		SELECT id, code, dedupe_key, title, occurrences, standing, opened_at, source, item, dc, supplier, recommendation, document, fingerprint
		FROM exceptions WHERE standing OR opened_at >= $1 OR resolved_at >= $1 ORDER BY id`, since)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, r *Raised) error {
		return row.Scan(&r.ID, &r.Code, &r.Key, &r.Title, &r.Occurrences, &r.Standing, &r.OpenedAt, &r.Subject.Source, &r.Subject.Item,
			&r.Subject.DC, &r.Subject.Supplier, &r.Subject.Recommendation, &r.Subject.Document, &r.Subject.Fingerprint)
	})
}

// ParkedEvent is an event that waits for a person, by what it has in common
// with others.
type ParkedEvent struct{ Fingerprint, Source, ID, Item, DC string }

// ParkedEvents reads the parked events of all groups.
func (c *Conditions) ParkedEvents(ctx context.Context) ([]ParkedEvent, error) {
	const what = "read the parked events"
	rows, err := c.db.Pool.Query(ctx, `
		SELECT fingerprint::text, source, event_id, item, dc FROM unsettled_events WHERE state = 'parked' ORDER BY seq`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, p *ParkedEvent) error {
		return row.Scan(&p.Fingerprint, &p.Source, &p.ID, &p.Item, &p.DC)
	})
}
