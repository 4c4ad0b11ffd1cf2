package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Lag reads how far the engine is behind, for those who watch it. It is safe
// for concurrent use.
type Lag struct{ db *DB }

// NewLag reads through db.
func NewLag(db *DB) *Lag { return &Lag{db: db} }

// Oldest reads for each lane how long its oldest event waits to be applied. Its
// cost does not grow with what waits; Events is left 0.
func (l *Lag) Oldest(ctx context.Context) ([]models.LaneLag, error) {
	return l.lanes(ctx, `
		SELECT c.lane, 0::bigint, extract(epoch FROM clock_timestamp() - min(ahead.received_at))
		FROM shard_cursors c LEFT JOIN LATERAL (
			SELECT received_at FROM events e
			WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1 ORDER BY e.seq LIMIT 1) ahead ON true
		GROUP BY c.lane ORDER BY c.lane`)
}

// Lanes is Oldest with the number of events that wait, each of which is counted.
func (l *Lag) Lanes(ctx context.Context) ([]models.LaneLag, error) {
	return l.lanes(ctx, `
		SELECT c.lane, coalesce(sum(ahead.events), 0)::bigint, extract(epoch FROM clock_timestamp() - min(ahead.oldest))
		FROM shard_cursors c CROSS JOIN LATERAL (
			SELECT count(*) AS events, min(received_at) AS oldest FROM events e
			WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1) ahead
		GROUP BY c.lane ORDER BY c.lane`)
}

func (l *Lag) lanes(ctx context.Context, sql string) ([]models.LaneLag, error) {
	rows, err := l.db.Pool.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read the engine's lag: %w", err)
	}
	lanes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.LaneLag, error) {
		var lag models.LaneLag
		var seconds *float64
		err := row.Scan(&lag.Lane, &lag.Events, &seconds)
		if seconds != nil {
			lag.Age = max(time.Duration(*seconds*float64(time.Second)), 0)
		}
		return lag, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the engine's lag: %w", err)
	}
	return lanes, nil
}

// ERPWrites counts the writes to the ERP in each state that some are in.
func (l *Lag) ERPWrites(ctx context.Context) (map[models.ERPWriteState]int64, error) {
	rows, err := l.db.Pool.Query(ctx, `SELECT state, count(*) FROM erp_writes GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("count the ERP writes: %w", err)
	}
	counts := map[models.ERPWriteState]int64{}
	var state models.ERPWriteState
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count the ERP writes: %w", err)
	}
	return counts, nil
}
