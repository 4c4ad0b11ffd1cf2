package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Restores knows of a restored database whose ERP has not been asked yet for what it
// ordered since the backup. It is safe for concurrent use.
type Restores struct{ db *DB }

// NewRestores works on db.
func NewRestores(db *DB) *Restores { return &Restores{db: db} }

// noteRestored keeps when the newest event of a backup was taken in, which the log's
// key finds shard by shard. A backup that was
// taken before the ERP had been asked keeps the older time.
const noteRestored = `
	INSERT INTO settings (name, value) SELECT 'restored_from', max(newest.received_at)::text FROM shard_cursors c
	CROSS JOIN LATERAL (SELECT received_at FROM events e WHERE e.shard = c.shard ORDER BY seq DESC LIMIT 1) newest HAVING count(*) > 0
	ON CONFLICT (name) DO UPDATE SET value = least(settings.value::timestamptz, excluded.value::timestamptz)::text`

// Since is when the newest event of the backup was taken in; false where the ERP was
// asked, or nothing was restored.
func (r *Restores) Since(ctx context.Context) (since time.Time, restored bool, err error) {
	err = r.db.Pool.QueryRow(ctx, `SELECT value::timestamptz FROM settings WHERE name = 'restored_from'`).Scan(&since)
	if errors.Is(err, pgx.ErrNoRows) {
		return since, false, nil
	}
	if err != nil {
		return since, false, fmt.Errorf("look for a restore: %w", err)
	}
	return since, true, nil
}

// Caught notes once, with its audit row, that the ERP was asked and what came of it.
func (r *Restores) Caught(ctx context.Context, said string) error {
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM settings WHERE name = 'restored_from'`)
		if err != nil || tag.RowsAffected() == 0 { // another process was first
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actorTower, Action: "restore.orders", Subject: "restore:orders", Reason: said})
	})
	if err != nil {
		return fmt.Errorf("note what a restored tower has read: %w", err)
	}
	return nil
}
