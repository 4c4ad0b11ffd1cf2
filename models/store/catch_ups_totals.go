package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Askable are the sources that can be asked to send something again, each with the
// types that nobody has paused.
type Askable struct{ sources, types []string }

// Add lets a source be asked for a type.
func (a *Askable) Add(source string, t models.EventType) {
	a.sources, a.types = append(a.sources, source), append(a.types, string(t))
}

// ShortTotal is a control total of which not all arrived and whose exception stands.
type ShortTotal struct {
	models.ControlTotal
	Exception int64
	OpenedAt  time.Time // of the exception, real
	Times     int       // that it was asked for, with this one
}

// ClaimTotal takes the control total whose exception has stood for the longest, and for
// after at least, and keeps others from it for a lease, both in real time, with the
// audit row of the intent; false when there is none. It is taken once, unless TotalAgain
// says otherwise. What a person has resolved is let be, and so is a source that is silent.
func (c *CatchUps) ClaimTotal(ctx context.Context, may Askable, now time.Time, after, lease time.Duration) (t ShortTotal, found bool, err error) {
	err = pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			WITH due AS (
				SELECT x.id, x.opened_at, t.* FROM exceptions x
				JOIN control_totals t ON t.source = x.source AND t.dc = x.dc AND t.counted < t.events AND x.dedupe_key = concat_ws('|', x.code, t.source, t.type, t.dc,
					(extract(epoch FROM t.since) * 1000000)::bigint, (extract(epoch FROM t.until) * 1000000)::bigint)
				LEFT JOIN catch_ups c ON c.exception_id = x.id
				WHERE x.code = $6 AND x.standing AND x.state <> 'resolved' AND `+notSilent+` AND x.opened_at <= $3::timestamptz - $4::interval
					AND (t.source, t.type) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND coalesce(c.due_at <= $3, true)
				ORDER BY x.opened_at, x.id LIMIT 1
			), claimed AS (
				INSERT INTO catch_ups AS c (exception_id, times, asked_at, due_at)
				SELECT id, 1, $3, $3::timestamptz + $5::interval FROM due
				ON CONFLICT (exception_id) DO UPDATE SET times = c.times + 1, asked_at = $3, answer = '', ended_at = NULL, due_at = excluded.due_at WHERE c.due_at <= $3
				RETURNING exception_id, times
			)
			SELECT d.id, d.opened_at, c.times, d.source, d.type, d.dc, d.since, d.until, d.events, d.counted FROM due d JOIN claimed c ON c.exception_id = d.id`,
			may.sources, may.types, now, after, lease, models.ExceptionIncomplete).
			Scan(&t.Exception, &t.OpenedAt, &t.Times, &t.Source, &t.Type, &t.DC, &t.Since, &t.Until, &t.Events, &t.Counted)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if found = err == nil; !found || t.Times > 1 {
			return err
		}
		return auditPgx(ctx, tx, t.audit(`{"outcome":"asked"}`))
	})
	if err != nil {
		return t, false, fmt.Errorf("look for a control total to ask for: %w", err)
	}
	return t, found, nil
}

func (t ShortTotal) audit(after string) models.AuditEntry {
	return models.AuditEntry{
		Actor: actorTower, Action: "total.replay", Subject: fmt.Sprintf("exception:%d", t.Exception), After: after,
		Reason: fmt.Sprintf("%d of %d events of the type %s did not arrive.", t.Missing(), t.Events, t.Type),
	}
}

// TotalAgain keeps why a source could not be asked, in words, and when it is asked
// next; the history of the exception tells of the first time.
func (c *CatchUps) TotalAgain(ctx context.Context, t ShortTotal, answer string, now, next time.Time) error {
	err := pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE catch_ups SET answer = $2, due_at = $3 WHERE exception_id = $1 AND due_at < 'infinity'`, t.Exception, answer, next); err != nil || t.Times > 1 {
			return err
		}
		return t.note(ctx, tx, answer, now)
	})
	if err != nil {
		return fmt.Errorf("keep why a source was not asked: %w", err)
	}
	return nil
}

// TotalOver keeps what a source said of a time, for which it is not asked any more,
// with the audit row of the outcome; done says that it sends something.
func (c *CatchUps) TotalOver(ctx context.Context, t ShortTotal, answer string, done bool, now time.Time) error {
	var failure error
	if !done {
		failure = models.Errorf(models.CodeUnavailable, "%s", answer)
	}
	err := pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE catch_ups SET answer = $2, due_at = 'infinity' WHERE exception_id = $1 AND due_at < 'infinity'`, t.Exception, answer)
		if err != nil || tag.RowsAffected() == 0 { // another process heard it first
			return err
		}
		if err := t.note(ctx, tx, answer, now); err != nil {
			return err
		}
		return auditPgx(ctx, tx, t.audit(auditedOutcome(failure)))
	})
	if err != nil {
		return fmt.Errorf("keep what a source said of a control total: %w", err)
	}
	return nil
}

func (t ShortTotal) note(ctx context.Context, tx pgx.Tx, answer string, now time.Time) error {
	return noteAsked(ctx, tx, t.Exception, "Asked "+t.Source+" to send that time once more. "+answer, now)
}
