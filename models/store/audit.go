package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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

// outcomePatience bounds the writing of an outcome, which outlives its request.
const outcomePatience = 10 * time.Second

// Audit tells of what people have other systems do. It is safe for concurrent use.
type Audit struct{ db *DB }

// NewAudit opens the audit trail on db.
func NewAudit(db *DB) *Audit { return &Audit{db: db} }

// Around does what another system is asked for between two audit rows. No
// transaction spans both systems, so the intent is stored first, and nothing is
// asked when it cannot be; the outcome follows even when the caller has gone.
// e.After is set here.
func (a *Audit) Around(ctx context.Context, e models.AuditEntry, do func(context.Context) error) error {
	e.After = `{"outcome":"asked"}`
	if err := auditPgx(ctx, a.db.Pool, e); err != nil {
		return err
	}
	failure := do(ctx)
	e.After = auditedOutcome(failure)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomePatience)
	defer cancel()
	return errors.Join(failure, auditPgx(ctx, a.db.Pool, e))
}

// auditedOutcome leaves out what only the log may know.
func auditedOutcome(failure error) string {
	outcome := map[string]string{"outcome": "done"}
	if failure != nil {
		outcome = map[string]string{"outcome": "failed", "code": string(models.CodeOf(failure))}
	}
	if coded, ok := errors.AsType[*models.Error](failure); ok {
		outcome["message"] = coded.Message
	}
	text, _ := json.Marshal(outcome)
	return string(text) // strings always marshal
}
