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

// Interval is how long a source may be quiet between two useful rows, in real
// time; 0 where nothing is expected of it, or no such source is known.
func (s *Sources) Interval(ctx context.Context, source string) (time.Duration, error) {
	var seconds int64
	if err := s.db.Pool.QueryRow(ctx, `SELECT coalesce(max(interval_s), 0)::bigint FROM sources WHERE source = $1`, source).Scan(&seconds); err != nil {
		return 0, fmt.Errorf("read what is expected of %s: %w", source, err)
	}
	return time.Duration(seconds) * time.Second, nil
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
