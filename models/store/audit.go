package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"throughline/models"
)

const insertAudit = `INSERT INTO audit (actor, action, subject, reason, before, after)
VALUES (?, ?, ?, ?, NULLIF(?, '')::jsonb, NULLIF(?, '')::jsonb)`

const insertAuditPgx = `INSERT INTO audit (actor, action, subject, reason, before, after)
VALUES ($1, $2, $3, $4, NULLIF($5, '')::jsonb, NULLIF($6, '')::jsonb)`

// execer is a pgx transaction or pool.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// auditGorm writes e in tx, the transaction that makes the change (invariant 8).
func auditGorm(tx *gorm.DB, e models.AuditEntry) error {
	if err := tx.Exec(insertAudit, e.Actor, e.Action, e.Subject, e.Reason, e.Before, e.After).Error; err != nil {
		return fmt.Errorf("write the audit row: %w", err)
	}
	return nil
}

// auditPgx writes e in tx, the transaction that makes the change (invariant 8).
func auditPgx(ctx context.Context, tx execer, e models.AuditEntry) error {
	if _, err := tx.Exec(ctx, insertAuditPgx, e.Actor, e.Action, e.Subject, e.Reason, e.Before, e.After); err != nil {
		return fmt.Errorf("write the audit row: %w", err)
	}
	return nil
}
