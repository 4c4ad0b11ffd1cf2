package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Pauses holds what is stopped for a while, and what is planned to be. It is safe
// for concurrent use.
type Pauses struct{ db *DB }

// NewPauses works through db.
func NewPauses(db *DB) *Pauses { return &Pauses{db: db} }

// holdsAt says of a pause that it has begun by $1 and is not over.
const holdsAt = `since <= $1 AND (ends IS NULL OR ends > $1)`

// Pauses reads what is stopped at an instant, the oldest first. What is planned is
// none of it until its time comes.
func (p *Pauses) Pauses(ctx context.Context, now time.Time) ([]models.Pause, error) {
	return readPauses(ctx, p.db.Pool, `
		SELECT * FROM (SELECT DISTINCT ON (kind, name) * FROM pauses WHERE `+holdsAt+` ORDER BY kind, name, ends DESC NULLS FIRST) p
		ORDER BY since, kind, name`, now)
}

// Ended reads the pauses that are over at an instant and ended in the 30 days before
// it, the oldest first.
func (p *Pauses) Ended(ctx context.Context, now time.Time) ([]models.Pause, error) {
	return readPauses(ctx, p.db.Pool, `SELECT * FROM pauses WHERE ends <= $1 AND ends > $1 - interval '30 days' ORDER BY since, id`, now)
}

// Planned reads what is to be stopped after an instant, the next first.
func (p *Pauses) Planned(ctx context.Context, now time.Time) ([]models.Pause, error) {
	return readPauses(ctx, p.db.Pool, `SELECT * FROM pauses WHERE since > $1 ORDER BY since, kind, name`, now)
}

func readPauses(ctx context.Context, from querier, query string, args ...any) ([]models.Pause, error) {
	const what = "read the pauses"
	rows, err := from.Query(ctx, `WITH found AS (`+query+`) SELECT id, kind, name, reason, actor, since, ends FROM found`, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, to *models.Pause) error {
		return row.Scan(&to.ID, &to.Kind, &to.Name, &to.Reason, &to.Actor, &to.Since, &to.Ends)
	})
}

// Pause stops something from now on, with its audit row; CodeConflict when it is
// stopped already.
func (p *Pauses) Pause(ctx context.Context, to models.Pause) error {
	if err := to.Validate(to.Since); err != nil {
		return err
	}
	err := p.change(ctx, func(tx pgx.Tx) error {
		var stopped bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pauses WHERE kind = $2 AND name = $3 AND `+holdsAt+`)`, to.Since, to.Kind, to.Name).Scan(&stopped); err != nil {
			return err
		}
		if stopped {
			return models.Errorf(models.CodeConflict, "%s is paused already.", to.Name)
		}
		_, err := addPause(ctx, tx, to, "flow.pause")
		return err
	})
	if err != nil {
		return fmt.Errorf("pause %s: %w", to.Name, err)
	}
	return nil
}

// Plan has something stopped from a time to come, with its audit row, and returns
// the plan as it stands. The same plan again changes nothing; CodeConflict when
// another of the same thing overlaps it.
func (p *Pauses) Plan(ctx context.Context, to models.Pause, now time.Time) (models.Pause, error) {
	if to.Ends == nil {
		return to, models.Errorf(models.CodeInvalid, "Say until when: what is planned ends by itself.")
	}
	err := p.change(ctx, func(tx pgx.Tx) error {
		there, err := readPauses(ctx, tx, `SELECT * FROM pauses WHERE kind = $1 AND name = $2 AND since < $4 AND ends > $3 ORDER BY since`, to.Kind, to.Name, to.Since, to.Ends)
		if err != nil {
			return err
		}
		for _, other := range there {
			switch {
			case sameInstant(other.Since, to.Since) && sameInstant(*other.Ends, *to.Ends) && other.Actor == to.Actor:
				to = other
				return nil
			case other.Planned(now):
				return models.Errorf(models.CodeConflict, "%s is planned to pause from %s already: cancel that first.", to.Name, other.Since.UTC().Format("2 Jan 15:04 UTC"))
			}
		}
		if err := to.Validate(now); err != nil {
			return err
		}
		if !to.Planned(now) {
			return models.Errorf(models.CodeInvalid, "Say from when: a time that is to come.")
		}
		to.ID, err = addPause(ctx, tx, to, "flow.plan_pause")
		return err
	})
	if err != nil {
		return to, fmt.Errorf("plan a pause of %s: %w", to.Name, err)
	}
	return to, nil
}

// sameInstant compares as the database keeps times.
func sameInstant(a, b time.Time) bool {
	return a.Truncate(time.Microsecond).Equal(b.Truncate(time.Microsecond))
}

func addPause(ctx context.Context, tx pgx.Tx, to models.Pause, action string) (id int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO pauses (kind, name, reason, actor, since, ends) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		to.Kind, to.Name, to.Reason, to.Actor, to.Since, to.Ends).Scan(&id)
	if err != nil {
		return 0, err
	}
	return id, auditPause(ctx, tx, to, models.AuditEntry{Actor: to.Actor, Action: action, Reason: to.Reason})
}

// auditPause writes who did what about a pause, and when that is or was to be.
func auditPause(ctx context.Context, tx pgx.Tx, p models.Pause, e models.AuditEntry) error {
	times, err := json.Marshal(map[string]any{"since": p.Since, "ends": p.Ends})
	if err != nil {
		return err
	}
	e.Subject, e.After = string(p.Kind)+":"+p.Name, string(times)
	return auditPgx(ctx, tx, e)
}

// Resume ends a pause, with its audit row; CodeConflict when it is over already.
func (p *Pauses) Resume(ctx context.Context, kind models.PauseKind, name, actor, reason string, now time.Time) error {
	err := p.change(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE pauses SET ends = $1 WHERE kind = $2 AND name = $3 AND `+holdsAt, now, kind, name)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "%s is not paused any more.", name)
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "flow.resume", Subject: string(kind) + ":" + name, Reason: reason})
	})
	if err != nil {
		return fmt.Errorf("resume %s: %w", name, err)
	}
	return nil
}

// Cancel drops a plan before it begins, with its audit row; CodeConflict when it
// has begun or is gone.
func (p *Pauses) Cancel(ctx context.Context, id int64, actor, reason string, now time.Time) error {
	if actor == "" || reason == "" {
		return models.Errorf(models.CodeInvalid, "Say what has changed.")
	}
	err := p.change(ctx, func(tx pgx.Tx) error {
		var gone models.Pause
		err := tx.QueryRow(ctx, `DELETE FROM pauses WHERE id = $1 AND since > $2 RETURNING kind, name, since, ends`, id, now).
			Scan(&gone.Kind, &gone.Name, &gone.Since, &gone.Ends)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeConflict, "The pause has begun or was cancelled before: what is paused can be resumed.")
		}
		if err != nil {
			return err
		}
		return auditPause(ctx, tx, gone, models.AuditEntry{Actor: actor, Action: "flow.cancel_pause", Reason: reason})
	})
	if err != nil {
		return fmt.Errorf("cancel the planned pause %d: %w", id, err)
	}
	return nil
}

// change lets one at a time look at the pauses and change them.
func (p *Pauses) change(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, p.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('pauses'))`); err != nil {
			return err
		}
		return do(tx)
	})
}
