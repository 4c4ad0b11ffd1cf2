package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Machines keeps what the processes of the tower find on their machines. It is
// safe for concurrent use, in any number of processes.
type Machines struct{ db *DB }

// NewMachines works on db.
func NewMachines(db *DB) *Machines { return &Machines{db: db} }

// machineGone is after what time without a reading a process is taken to have ended.
const machineGone = time.Minute

// Clock is what time it is for the database.
func (m *Machines) Clock(ctx context.Context) (time.Time, error) {
	var at time.Time
	if err := m.db.Pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&at); err != nil {
		return at, fmt.Errorf("ask the database for the time: %w", err)
	}
	return at, nil
}

// Note keeps a reading in the place of the last one of its host and directory. A
// jump of 0 leaves the one that was noted before.
func (m *Machines) Note(ctx context.Context, one models.Machine) error {
	_, err := m.db.Pool.Exec(ctx, `
		WITH gone AS (DELETE FROM machines WHERE read_at < clock_timestamp() - interval '1 day' AND (host, directory) <> ($1, $2))
		INSERT INTO machines AS m (host, directory, has_database, free_bytes, size_bytes, disk_fault, clock_ahead_us, jump_us, jumped_at, read_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::bigint, CASE WHEN $8::bigint <> 0 THEN clock_timestamp() END, clock_timestamp())
		ON CONFLICT (host, directory) DO UPDATE SET has_database = excluded.has_database,
			free_bytes = excluded.free_bytes, size_bytes = excluded.size_bytes, disk_fault = excluded.disk_fault, clock_ahead_us = excluded.clock_ahead_us,
			jump_us = CASE WHEN excluded.jump_us <> 0 THEN excluded.jump_us ELSE m.jump_us END,
			jumped_at = coalesce(excluded.jumped_at, m.jumped_at), read_at = excluded.read_at`,
		one.Host, one.Directory, one.Database, one.Free, one.Size, one.DiskFault, one.ClockAhead.Microseconds(), one.Jump.Microseconds())
	if err != nil {
		return fmt.Errorf("keep what was found on %s: %w", one.Host, err)
	}
	return nil
}

// Read gives the machines on which the tower runs now, by host and directory. A
// jump of more than so long ago is left out.
func (m *Machines) Read(ctx context.Context, jumpsOf time.Duration) ([]models.Machine, error) {
	const what = "read what was found on the machines"
	rows, err := m.db.Pool.Query(ctx, `
		SELECT host, directory, has_database, free_bytes, size_bytes, disk_fault, clock_ahead_us,
			CASE WHEN jumped_at > clock_timestamp() - $2::interval THEN jump_us ELSE 0 END, coalesce(jumped_at, 'epoch')
		FROM machines WHERE read_at > clock_timestamp() - $1::interval ORDER BY host, directory`, machineGone, jumpsOf)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, one *models.Machine) error {
		var ahead, jump int64
		err := row.Scan(&one.Host, &one.Directory, &one.Database, &one.Free, &one.Size, &one.DiskFault, &ahead, &jump, &one.JumpedAt)
		if one.ClockAhead, one.Jump = micros(ahead), micros(jump); jump == 0 {
			one.JumpedAt = time.Time{}
		}
		return err
	})
}

// Replicas reads how far each replica is behind the database, by name: what it has
// written to its disk counts, since a fail-over replays it. Without
// the role pg_read_all_stats (or pg_monitor) only those that have a slot are seen.
func (m *Machines) Replicas(ctx context.Context) ([]models.Replica, error) {
	const what = "read how far the replicas are behind"
	rows, err := m.db.Pool.Query(ctx, `
		SELECT name, bool_or(connected), bool_or(logical), bool_or(lost), coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), has)), 0)::bigint FROM (
			SELECT coalesce(s.slot_name::text, r.application_name || coalesce(' at ' || host(r.client_addr), '')) AS name, r.pid IS NOT NULL AS connected,
				coalesce(s.slot_type = 'logical', false) AS logical, coalesce(s.wal_status = 'lost', false) AS lost,
				coalesce(r.flush_lsn, s.confirmed_flush_lsn, s.restart_lsn) AS has
			FROM pg_stat_replication r FULL JOIN pg_replication_slots s ON s.active_pid = r.pid
			WHERE r.state IS DISTINCT FROM 'backup' AND s.temporary IS NOT TRUE) AS each
		WHERE name IS NOT NULL AND (has IS NOT NULL OR lost) GROUP BY name ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, one *models.Replica) error {
		return row.Scan(&one.Name, &one.Connected, &one.Logical, &one.Lost, &one.Behind)
	})
}
