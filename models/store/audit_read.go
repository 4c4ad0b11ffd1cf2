package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// auditColumns are the row with its documents as text, empty where there is none.
const auditColumns = `SELECT id, at, actor, action, subject, reason, coalesce(before::text, ''), coalesce(after::text, '') FROM audit`

// auditMatches is a models.AuditFilter from $1 to $5, given by auditArgs. Each
// condition that is not asked for falls away when the statement is planned with
// its values, so that the index of what is asked for is used.
const auditMatches = ` WHERE ($1 = '' OR actor = $1)
	AND ($2 = '' OR CASE WHEN right($2, 1) = '.' THEN starts_with(action, $2) ELSE action = $2 END)
	AND ($3 = '' OR CASE WHEN right($3, 1) = ':' THEN starts_with(subject, $3) WHEN strpos($3, ':') > 0 THEN subject = $3
		ELSE strpos(lower(subject), lower($3)) > 0 END)
	AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5)`

func auditArgs(f models.AuditFilter, more ...any) []any {
	// Planned anew each time: a plan for any values would read the whole trail.
	args := []any{pgx.QueryExecModeExec, f.Actor, f.Action, f.Subject, optional(f.From), optional(f.To)}
	return append(args, more...)
}

const auditPageSQL = auditColumns + auditMatches + ` AND ($6::timestamptz IS NULL OR (at, id) < ($6, $7)) ORDER BY at DESC, id DESC LIMIT $8`

// Page reads the trail after a place, the newest row first; CodeInvalid for a
// place that is none. Rows of one moment that commit late may be missing from a
// page that was read before; Export reads one snapshot.
func (a *Audit) Page(ctx context.Context, f models.AuditFilter, after string, limit int) (page models.AuditPage, _ error) {
	at, id, err := auditPlace(after)
	if err != nil {
		return page, err
	}
	rows, err := a.db.Pool.Query(ctx, auditPageSQL, auditArgs(f, optional(at), id, limit+1)...)
	if err != nil {
		return page, fmt.Errorf("read the audit trail: %w", err)
	}
	if page.Rows, err = collect(rows, "read the audit trail", scanAudit); err != nil {
		return page, err
	}
	if len(page.Rows) > limit {
		page.Rows = page.Rows[:limit]
		last := page.Rows[limit-1]
		page.Next = last.At.UTC().Format(time.RFC3339Nano) + " " + strconv.FormatInt(last.ID, 10)
	}
	return page, nil
}

func auditPlace(after string) (at time.Time, id int64, err error) {
	at, key, err := splitCursor(after)
	if err != nil || after == "" {
		return at, 0, err
	}
	if id, err = strconv.ParseInt(key, 10, 64); err != nil || at.Year() < 1 {
		return at, 0, models.Errorf(models.CodeInvalid, "This page of the trail cannot be found; start again from its top.")
	}
	return at, id, nil
}

func scanAudit(row pgx.CollectableRow, r *models.AuditRow) error {
	return row.Scan(&r.ID, &r.At, &r.Actor, &r.Action, &r.Subject, &r.Reason, &r.Before, &r.After)
}

// Row reads one row; CodeNotFound when there is none.
func (a *Audit) Row(ctx context.Context, id int64) (r models.AuditRow, _ error) {
	rows, err := a.db.Pool.Query(ctx, auditColumns+` WHERE id = $1`, id)
	if err != nil {
		return r, fmt.Errorf("read row %d of the audit trail: %w", id, err)
	}
	found, err := collect(rows, "read a row of the audit trail", scanAudit)
	if err != nil {
		return r, err
	}
	if len(found) == 0 {
		return r, models.Errorf(models.CodeNotFound, "The audit trail has no row %d.", id)
	}
	return found[0], nil
}

const auditExportSQL = auditColumns + auditMatches + ` ORDER BY at, id`

// Export gives each row of the filter to row, the oldest first, from one
// snapshot. Memory does not grow with their number.
func (a *Audit) Export(ctx context.Context, f models.AuditFilter, row func(models.AuditRow) error) error {
	err := pgx.BeginTxFunc(ctx, a.db.Pool, snapshot, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, auditExportSQL, auditArgs(f)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var one models.AuditRow
			if err := scanAudit(rows, &one); err != nil {
				return err
			}
			if err := row(one); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("export the audit trail: %w", err)
	}
	return nil
}

// Names are all who have their rows in the trail, and all that was done, each in
// order: a look-up a name, not a reading of the trail.
func (a *Audit) Names(ctx context.Context) (actors, actions []string, err error) {
	for column, names := range map[string]*[]string{"actor": &actors, "action": &actions} {
		rows, queryErr := a.db.Pool.Query(ctx, auditNamesSQL(column))
		if queryErr != nil {
			return nil, nil, fmt.Errorf("list the names of the audit trail: %w", queryErr)
		}
		found, collectErr := pgx.CollectRows(rows, pgx.RowTo[string])
		*names, err = found, errors.Join(err, collectErr)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list the names of the audit trail: %w", err)
	}
	return actors, actions, nil
}

// mostAuditNames bounds the walk; nobody chooses from a longer list.
const mostAuditNames = "500"

func auditNamesSQL(column string) string {
	return `WITH RECURSIVE walk (name, n) AS (
			SELECT (SELECT min(` + column + `) FROM audit), 1
			UNION ALL
			SELECT (SELECT min(` + column + `) FROM audit WHERE ` + column + ` > walk.name), n + 1 FROM walk WHERE name IS NOT NULL AND n < ` + mostAuditNames + `
		)
		SELECT name FROM walk WHERE name IS NOT NULL ORDER BY name`
}
