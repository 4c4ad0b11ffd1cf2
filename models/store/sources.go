package store

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// Sources holds the systems that send events. It is safe for concurrent use.
type Sources struct{ db *DB }

// NewSources works on db.
func NewSources(db *DB) *Sources { return &Sources{db: db} }

// Known reports whether a source is registered.
func (s *Sources) Known(ctx context.Context, source string) (known bool, err error) {
	if err := s.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sources WHERE source = $1)`, source).Scan(&known); err != nil {
		return false, fmt.Errorf("look for %s: %w", source, err)
	}
	return known, nil
}

// Expect sets how long a known source may be quiet between two useful rows, in
// real time; 0 expects nothing. CodeNotFound when there is no such source.
func (s *Sources) Expect(ctx context.Context, source string, interval time.Duration) error {
	tag, err := s.db.Pool.Exec(ctx, `UPDATE sources SET interval_s = $2 WHERE source = $1`, source, int64(interval.Seconds()))
	if err != nil {
		return fmt.Errorf("expect rows of %s: %w", source, err)
	}
	if tag.RowsAffected() == 0 {
		return models.Errorf(models.CodeNotFound, "There is no source %s.", source)
	}
	return nil
}
