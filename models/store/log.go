package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Log is the event log: every accepted event once, in the order in which it
// was accepted. It is safe for concurrent use, from several processes too.
type Log struct{ db *DB }

// NewLog makes the door to the event log.
func NewLog(db *DB) *Log { return &Log{db: db} }

// Shards reads how many shards each lane has. The numbers are stored when the
// database is made: a process that works with others would break the order of keys.
func (l *Log) Shards(ctx context.Context) (models.Shards, error) {
	var realtime, bulk string
	err := l.db.Pool.QueryRow(ctx, `
		SELECT (SELECT value FROM settings WHERE name = 'realtime_shards'),
		       (SELECT value FROM settings WHERE name = 'bulk_shards')`).Scan(&realtime, &bulk)
	if err != nil {
		return models.Shards{}, fmt.Errorf("read the number of shards: %w", err)
	}
	var s models.Shards
	if s.Realtime, err = strconv.Atoi(realtime); err == nil {
		s.Bulk, err = strconv.Atoi(bulk)
	}
	if err != nil || s.Realtime < 1 || s.Bulk < 1 {
		return models.Shards{}, models.Errorf(models.CodePrecondition,
			"The database says it has %q realtime and %q bulk shards: restore a backup, or repair the table settings.", realtime, bulk)
	}
	return s, nil
}

// Read returns the events of the shards after their cursors, at most limit of
// each, all in the order in which they were accepted. Partitions of more than a
// day before a cursor's day are not looked at. What one call has not returned
// can never appear before it later.
func (l *Log) Read(ctx context.Context, after map[int16]Cursor, limit int) ([]models.Event, error) {
	shards := slices.Collect(maps.Keys(after))
	var events []models.Event
	b := &pgx.Batch{}
	b.Queue(walkIndex)
	b.Queue(`
		SELECT e.* FROM unnest($1::smallint[], $2::bigint[], $3::timestamptz[]) AS c (shard, seq, since)
		CROSS JOIN LATERAL (
			SELECT `+eventColumns+` FROM events
			WHERE shard = c.shard AND seq > c.seq AND received_at >= c.since
			ORDER BY seq LIMIT $4
		) e ORDER BY e.seq`,
		shards, column(shards, func(s *int16) int64 { return after[*s].Seq }),
		column(shards, func(s *int16) time.Time { return partitionBound(after[*s].Day) }), limit,
	).Query(func(rows pgx.Rows) (err error) {
		events, err = pgx.CollectRows(rows, scanEvent)
		return err
	})
	if err := l.db.Pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return events, nil
}

// walkIndex holds for the statements that follow in its batch, which is one
// transaction. A young partition has no statistics: left to itself the planner
// would fetch and sort all that waits, again for each batch, instead of walking
// the index up to the limit.
const walkIndex = `SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)`

// partitionBound is a day before day: received_at is stamped under the lane's
// lock, so only a clock that steps back can disagree with the sequence.
func partitionBound(day time.Time) time.Time {
	if day.IsZero() {
		return time.Unix(0, 0)
	}
	return startOfDay(day).AddDate(0, 0, -1)
}

// Heads returns the newest sequence number of each shard that has one.
func (l *Log) Heads(ctx context.Context) (map[int16]int64, error) {
	rows, err := l.db.Pool.Query(ctx, `
		SELECT c.shard, greatest(c.seq, coalesce(e.seq, 0))
		FROM shard_cursors c LEFT JOIN LATERAL (
			SELECT seq FROM events
			WHERE shard = c.shard AND seq > c.seq AND received_at >= c.day - 1
			ORDER BY seq DESC LIMIT 1
		) e ON true
		WHERE c.seq > 0 OR e.seq IS NOT NULL`)
	if err != nil {
		return nil, fmt.Errorf("read the heads of the log: %w", err)
	}
	heads := map[int16]int64{}
	var shard int16
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&shard, &seq}, func() error {
		heads[shard] = seq
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the heads of the log: %w", err)
	}
	return heads, nil
}

// Passed reports whether the cursor of each shard has come to a sequence.
func (l *Log) Passed(ctx context.Context, places map[int16]int64) (bool, error) {
	shards, seqs := make([]int16, 0, len(places)), make([]int64, 0, len(places))
	for shard, seq := range places {
		shards, seqs = append(shards, shard), append(seqs, seq)
	}
	var passed bool
	err := l.db.Pool.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM unnest($1::smallint[], $2::bigint[]) AS p (shard, seq) JOIN shard_cursors c USING (shard) WHERE c.seq < p.seq)`,
		shards, seqs).Scan(&passed)
	if err != nil {
		return false, fmt.Errorf("look how far the log has taken effect: %w", err)
	}
	return passed, nil
}
