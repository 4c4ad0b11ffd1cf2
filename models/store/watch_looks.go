package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// WatchLooks keeps when each look of the watch last worked, by the first code
// that it finds. It is safe for concurrent use, in any number of processes.
type WatchLooks struct{ db *DB }

// NewWatchLooks works on db.
func NewWatchLooks(db *DB) *WatchLooks { return &WatchLooks{db: db} }

// workedEvery is how often a look that works is stamped anew.
const workedEvery = 10 * time.Second

// Worked notes that some looks worked at a real instant, and returns when each
// that ever did worked last, 10 s before its newest time at most.
func (w *WatchLooks) Worked(ctx context.Context, looks []models.ExceptionCode, at time.Time) (map[models.ExceptionCode]time.Time, error) {
	const what = "keep which looks worked"
	_, err := w.db.Pool.Exec(ctx, `
		INSERT INTO watch_looks AS l (look, worked_at) SELECT DISTINCT unnest($1::text[]) AS look, $2::timestamptz ORDER BY look
		ON CONFLICT (look) DO UPDATE SET worked_at = excluded.worked_at WHERE l.worked_at < excluded.worked_at - make_interval(secs => $3)`,
		looks, at, workedEvery.Seconds())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := w.db.Pool.Query(ctx, `SELECT look, worked_at FROM watch_looks`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	worked := map[models.ExceptionCode]time.Time{}
	var look models.ExceptionCode
	var last time.Time
	_, err = pgx.ForEachRow(rows, []any{&look, &last}, func() error {
		worked[look] = last
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return worked, nil
}
