package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Resends keeps which orders an ERP was asked to transmit once more. An asking is
// claimed, with its audit row, before the call, so that of several processes one
// makes it and an order is asked for once, whatever becomes of its exception. It is
// safe for concurrent use.
type Resends struct{ db *DB }

// NewResends works on db.
func NewResends(db *DB) *Resends { return &Resends{db: db} }

// DueResend is an order that is to be transmitted once more.
type DueResend struct {
	Number        string
	Source        string    // of its exception; empty where nobody owns orders
	Exception     int64     // that says that nothing acknowledged it
	TransmittedAt time.Time // by the ERP: the transmission that nothing acknowledged
	AskedAt       time.Time // first
	Attempts      int       // with this one
}

// Claim takes the order of some sources of which the exception has stood for the
// longest, and for after at least, and keeps others from it for a lease, both in real
// time; false when there is none. What a person has resolved is let be, and so is a
// source that is silent: the acknowledgement may be waiting there.
func (r *Resends) Claim(ctx context.Context, sources []string, now time.Time, after, lease time.Duration) (d DueResend, found bool, err error) {
	err = pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			WITH due AS (
				SELECT o.number, x.id, x.source, coalesce(r.transmitted_at, o.transmitted_at) AS transmitted_at
				FROM exceptions x JOIN orders o ON o.number = x.document LEFT JOIN order_resends r USING (number)
				WHERE x.code = $5 AND x.standing AND x.state <> 'resolved' AND `+notSilent+` AND (x.source = ANY($1) OR x.source = '')
					AND x.opened_at <= $2::timestamptz - $3::interval AND o.transmitted_at IS NOT NULL AND (r.number IS NULL OR r.due_at <= $2)
				ORDER BY x.opened_at, x.id LIMIT 1
			), claimed AS (
				INSERT INTO order_resends AS r (number, transmitted_at, asked_at, attempts, due_at)
				SELECT number, transmitted_at, $2, 1, $2::timestamptz + $4::interval FROM due
				ON CONFLICT (number) DO UPDATE SET attempts = r.attempts + 1, due_at = excluded.due_at WHERE r.due_at <= $2
				RETURNING number, transmitted_at, asked_at, attempts
			)
			SELECT c.number, d.source, d.id, c.transmitted_at, c.asked_at, c.attempts FROM claimed c JOIN due d USING (number)`,
			sources, now, after, lease, models.ExceptionUnacknowledged).
			Scan(&d.Number, &d.Source, &d.Exception, &d.TransmittedAt, &d.AskedAt, &d.Attempts)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if found = err == nil; !found || d.Attempts > 1 {
			return err
		}
		return auditPgx(ctx, tx, d.audit(`{"outcome":"asked"}`))
	})
	if err != nil {
		return d, false, fmt.Errorf("look for an order to be transmitted again: %w", err)
	}
	return d, found, nil
}

func (d DueResend) audit(after string) models.AuditEntry {
	return models.AuditEntry{Actor: actorTower, Action: "order.transmit", Subject: "order:" + d.Number, Reason: "Nothing acknowledged it.", After: after}
}

// Again keeps why an order could not be asked for, in words, and when it is asked for
// next; the history of its exception tells of the first time.
func (r *Resends) Again(ctx context.Context, d DueResend, answer string, now, next time.Time) error {
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE order_resends SET answer = $2, due_at = $3 WHERE number = $1 AND due_at IS NOT NULL`, d.Number, answer, next); err != nil || d.Attempts > 1 {
			return err
		}
		return d.note(ctx, tx, answer, now)
	})
	if err != nil {
		return fmt.Errorf("keep why an order was not transmitted again: %w", err)
	}
	return nil
}

// Over keeps what the ERP said of an order, which is not asked for any more, with the
// audit row of the outcome: at is when it was transmitted, nil where it was not.
func (r *Resends) Over(ctx context.Context, d DueResend, answer string, at *time.Time, now time.Time) error {
	var failure error
	if at == nil {
		failure = models.Errorf(models.CodeUnavailable, "%s", answer)
	}
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE order_resends SET answer = $2, resent_at = $3, due_at = NULL WHERE number = $1 AND due_at IS NOT NULL`, d.Number, answer, at)
		if err != nil || tag.RowsAffected() == 0 { // another process heard it first
			return err
		}
		if err := d.note(ctx, tx, answer, now); err != nil {
			return err
		}
		return auditPgx(ctx, tx, d.audit(auditedOutcome(failure)))
	})
	if err != nil {
		return fmt.Errorf("keep what an ERP said of an order: %w", err)
	}
	return nil
}

func (d DueResend) note(ctx context.Context, tx pgx.Tx, answer string, now time.Time) error {
	return noteAsked(ctx, tx, d.Exception, fmt.Sprintf("Asked the ERP to transmit %s once more. %s", d.Number, answer), now)
}

// noteAsked writes into the history of an exception, where it is still there, what was asked for.
func noteAsked(ctx context.Context, tx pgx.Tx, exception int64, text string, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT id, $2, $3, 'asked', $4 FROM exceptions WHERE id = $1`,
		exception, now, actorTower, text)
	return err
}
