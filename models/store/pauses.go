package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Pauses holds what is stopped for a while. It is safe for concurrent use.
type Pauses struct{ db *DB }

// NewPauses works through db.
func NewPauses(db *DB) *Pauses { return &Pauses{db: db} }

// Pauses reads what is not over, the oldest first.
func (p *Pauses) Pauses(ctx context.Context, now time.Time) ([]models.Pause, error) {
	rows, err := p.db.Pool.Query(ctx, `SELECT kind, name, reason, actor, since, ends FROM pauses
		WHERE ends IS NULL OR ends > $1 ORDER BY since, kind, name`, now)
	if err != nil {
		return nil, fmt.Errorf("read the pauses: %w", err)
	}
	return collect(rows, "read the pauses", func(row pgx.CollectableRow, to *models.Pause) error {
		return row.Scan(&to.Kind, &to.Name, &to.Reason, &to.Actor, &to.Since, &to.Ends)
	})
}

// Sources are those that may be paused: everybody who has a key or is declared.
func (p *Pauses) Sources(ctx context.Context) ([]string, error) {
	rows, err := p.db.Pool.Query(ctx, `SELECT source FROM api_keys WHERE revoked_at IS NULL UNION SELECT source FROM books_received ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Flows are those that may be paused, by name: what each source has said
// something of, or owns, and what is paused.
func (p *Pauses) Flows(ctx context.Context) ([]string, error) {
	rows, err := p.db.Pool.Query(ctx, `
		SELECT source || ':' || entity FROM freshness UNION SELECT source || ':' || entity FROM owners WHERE record = ''
		UNION SELECT name FROM pauses WHERE kind = 'flow' ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read the flows: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Pause stops something, with its audit row; CodeConflict when it is stopped already.
func (p *Pauses) Pause(ctx context.Context, to models.Pause) error {
	err := pgx.BeginFunc(ctx, p.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO pauses AS p (kind, name, reason, actor, since, ends) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (kind, name) DO UPDATE SET reason = $3, actor = $4, since = $5, ends = $6 WHERE p.ends <= $5`,
			to.Kind, to.Name, to.Reason, to.Actor, to.Since, to.Ends)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "%s is paused already.", to.Name)
		}
		after, err := json.Marshal(map[string]any{"ends": to.Ends})
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: to.Actor, Action: "flow.pause", Subject: string(to.Kind) + ":" + to.Name, Reason: to.Reason, After: string(after),
		})
	})
	if err != nil {
		return fmt.Errorf("pause %s: %w", to.Name, err)
	}
	return nil
}

// Resume ends a pause, with its audit row; CodeConflict when it is over already.
func (p *Pauses) Resume(ctx context.Context, kind models.PauseKind, name, actor, reason string, now time.Time) error {
	err := pgx.BeginFunc(ctx, p.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE pauses SET ends = $3 WHERE kind = $1 AND name = $2 AND (ends IS NULL OR ends > $3)`, kind, name, now)
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
