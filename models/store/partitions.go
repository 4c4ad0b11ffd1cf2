package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Partitions makes and drops the daily partitions of the event log. It is safe
// for concurrent use, from several processes too.
type Partitions struct{ db *DB }

// NewPartitions makes the keeper of the event log's partitions.
func NewPartitions(db *DB) *Partitions { return &Partitions{db: db} }

// partitionLock serialises those who make and drop partitions.
const partitionLock = 0x7468_7061_7274

const dayFormat = "20060102"

// Ensure makes the partitions from the day before now to ahead days after it,
// where they are missing. An append to a day without a partition fails, so it
// must have run before the first one.
func (p *Partitions) Ensure(ctx context.Context, now time.Time, ahead int) error {
	first := startOfDay(now).AddDate(0, 0, -1)
	err := pgx.BeginFunc(ctx, p.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(partitionLock)); err != nil {
			return err
		}
		for i := range ahead + 2 {
			if err := ensureDay(ctx, tx, first.AddDate(0, 0, i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make the event log's partitions: %w", err)
	}
	return nil
}

// ensureDay attaches a table made aside: that takes a weaker lock on the log
// than making it as a partition, so appends go on meanwhile.
func ensureDay(ctx context.Context, tx pgx.Tx, day time.Time) error {
	name := "events_" + day.Format(dayFormat)
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := tx.Exec(ctx, fmt.Sprintf(`
		CREATE TABLE %[1]s (LIKE events INCLUDING ALL);
		ALTER TABLE events ATTACH PARTITION %[1]s FOR VALUES FROM ('%[2]s') TO ('%[3]s')`,
		name, day.Format(time.RFC3339), day.AddDate(0, 0, 1).Format(time.RFC3339)))
	return err
}

func startOfDay(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
