package store

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// auditColumns are the row with its documents as text, empty where there is none.
const auditColumns = `id, at, actor, action, subject, reason, coalesce(before::text, ''), coalesce(after::text, '')`

// auditMatches is a models.AuditFilter, given by auditArgs. Each condition that
// is not asked for falls away when the statement is planned with its values, so
// that the index of what is asked for is used.
const auditMatches = ` WHERE (@actor = '' OR actor = @actor)
	AND (@action = '' OR CASE WHEN right(@action, 1) = '.' THEN starts_with(action, @action) ELSE action = @action END)
	AND (@subject = '' OR CASE WHEN right(@subject, 1) = ':' THEN starts_with(subject, @subject) WHEN strpos(@subject, ':') > 0 THEN subject = @subject
		ELSE strpos(lower(subject), lower(@subject)) > 0 END)
	AND (@from::timestamptz IS NULL OR at >= @from) AND (@to::timestamptz IS NULL OR at < @to)`

// auditArgs are the arguments of a statement with auditMatches; more are its others.
func auditArgs(f models.AuditFilter, more binds) []any {
	args := pgx.NamedArgs{"actor": f.Actor, "action": f.Action, "subject": f.Subject, "from": optional(f.From), "to": optional(f.To)}
	maps.Copy(args, more)
	// Planned anew each time: a plan for any values would read the whole trail.
	return []any{pgx.QueryExecModeExec, args}
}

// auditOrders are what the trail may be sorted by: each goes along an index, so
// that a page costs the same however long the trail is. Reasons have none.
var auditOrders = map[string][]sortBy{
	"when":  {{"at", sortTime}, {"id", sortInteger}},
	"who":   {{"actor", sortText}, {"at", sortTime}, {"id", sortInteger}},
	"what":  {{"action", sortText}, {"at", sortTime}, {"id", sortInteger}},
	"about": {{"subject", sortText}, {"id", sortInteger}},
}

func auditOrder(s models.Sorting) keyset {
	parts, known := auditOrders[s.Key]
	if !known {
		return keyset{"newest", auditOrders["when"], true}
	}
	return keyset{s.String(), parts, s.Descending}
}

// Page reads the trail after a place in the order that the filter asks for;
// CodeInvalid for a place that is none of it. Rows of one moment that commit late
// may be missing from a page that was read before; Export reads one snapshot.
func (a *Audit) Page(ctx context.Context, f models.AuditFilter, after string, limit int) (page models.AuditPage, _ error) {
	sql, args, err := auditPage(f, after, limit+1)
	if err != nil {
		return page, err
	}
	rows, err := a.db.Pool.Query(ctx, sql, args...)
	if err != nil {
		return page, fmt.Errorf("read the audit trail: %w", err)
	}
	var places []string
	page.Rows, err = collect(rows, "read the audit trail", func(row pgx.CollectableRow, r *models.AuditRow) error {
		var place string
		err := row.Scan(append(auditFields(r), &place)...)
		places = append(places, place)
		return err
	})
	if err != nil {
		return page, err
	}
	if len(page.Rows) > limit {
		page.Rows, page.Next = page.Rows[:limit], places[limit-1]
	}
	return page, nil
}

// auditPage is the statement that reads a page, each row with its place.
func auditPage(f models.AuditFilter, after string, limit int) (sql string, args []any, err error) {
	order := auditOrder(f.By)
	beyond, more, err := order.after(after)
	if err != nil {
		return "", nil, err
	}
	more["limit"] = limit
	return `SELECT ` + auditColumns + `, ` + order.place() + ` FROM audit` + auditMatches + ` AND ` + beyond +
		` ORDER BY ` + order.orderBy() + ` LIMIT @limit`, auditArgs(f, more), nil
}

func scanAudit(row pgx.CollectableRow, r *models.AuditRow) error { return row.Scan(auditFields(r)...) }

// auditFields are where auditColumns go.
func auditFields(r *models.AuditRow) []any {
	return []any{&r.ID, &r.At, &r.Actor, &r.Action, &r.Subject, &r.Reason, &r.Before, &r.After}
}

// Row reads one row; CodeNotFound when there is none.
func (a *Audit) Row(ctx context.Context, id int64) (r models.AuditRow, _ error) {
	rows, err := a.db.Pool.Query(ctx, `SELECT `+auditColumns+` FROM audit WHERE id = $1`, id)
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

const auditExportSQL = `SELECT ` + auditColumns + ` FROM audit` + auditMatches + ` ORDER BY at, id`

// Export gives each row of the filter to row, the oldest first, from one
// snapshot. Memory does not grow with their number.
func (a *Audit) Export(ctx context.Context, f models.AuditFilter, row func(models.AuditRow) error) error {
	err := pgx.BeginTxFunc(ctx, a.db.Pool, snapshot, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, auditExportSQL, auditArgs(f, nil)...)
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
