package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// manualWork are the rows of the audit trail that tell of work by hand, as
// (kind, role, dc, avoidable). Not counted are the policy and the program
// itself, what systems do with a key, models.NotManualWork, the outcome of what
// was asked of another system, the events of a bulk action and the exceptions of
// a triage, which are one piece of work, and what was taken back at once. The second of two approvals that the policy asks
// for is not work done again.
const manualWork = `
	WITH done AS (
		SELECT a.id, a.at, a.actor, a.action, a.subject, split_part(a.subject, ':', 1) AS about, substr(a.subject, strpos(a.subject, ':') + 1) AS name,
			CASE WHEN a.action = 'proposal.approved' AND a.before ->> 'Quantity' <> a.after ->> 'Quantity' THEN '` + models.WorkChangedQuantity + `' ELSE a.action END AS kind
		FROM audit a
		WHERE a.at >= $1 AND a.at < $2 AND ` + byPerson + `
			AND a.action <> ALL ($6) AND split_part(a.action, '.', 1) || '.' <> ALL ($6)
			AND NOT EXISTS (SELECT FROM audit u WHERE u.subject = a.subject AND u.action IN ('exception.undo', 'triage.undo') AND u.actor = a.actor
				AND u.id > a.id AND u.at < a.at + interval '1 minute')
			AND coalesce(a.after ->> 'outcome', 'asked') = 'asked' AND a.after ->> 'run' IS NULL AND a.after ->> 'triage' IS NULL
	), work AS (
		SELECT d.kind, coalesce(u.role, '') AS role,
			coalesce(e.dc, r.dc, CASE d.about WHEN 'item' THEN split_part(d.name, '@', 2) END, '') AS dc,
			EXISTS (SELECT FROM audit b WHERE b.subject = d.subject AND b.id < d.id AND b.action = d.action AND b.at > d.at - $5::interval
				AND coalesce(b.after ->> 'outcome', 'asked') = 'asked'
				AND NOT (d.action = 'proposal.approved' AND b.actor <> d.actor))
			OR EXISTS (SELECT FROM exceptions b WHERE b.dedupe_key = e.dedupe_key AND b.id < e.id AND b.opened_at > e.opened_at - $5::interval) AS avoidable
		FROM done d LEFT JOIN users u ON u.name = d.actor
		LEFT JOIN recommendations r ON d.about = 'recommendation' AND r.recommendation = d.name
		LEFT JOIN exceptions e ON e.id = CASE WHEN d.about = 'exception' AND d.name ~ '^[0-9]{1,18}$' THEN d.name::bigint END
	)`

const manualWorkWanted = ` FROM work WHERE ($3 = '' OR role = $3) AND ($4 = '' OR dc = $4)`

// againWithin is how far back work counts as done before.
const againWithin = 30 * 24 * time.Hour

// ManualWork counts what people did by hand. Its cost grows with what they did
// in the period.
func (a *Audit) ManualWork(ctx context.Context, f models.ManualWorkFilter) (models.ManualWorkReport, error) {
	const what = "count the manual work"
	var report models.ManualWorkReport
	err := pgx.BeginTxFunc(ctx, a.db.Pool, snapshot, func(tx pgx.Tx) error {
		args := []any{f.Period.From, f.Period.To, string(f.Role), f.DC, againWithin, models.NotManualWork()}
		rows, err := tx.Query(ctx, manualWork+` SELECT kind, role, count(*), count(*) FILTER (WHERE avoidable)`+manualWorkWanted+` GROUP BY kind, role`, args...)
		if err != nil {
			return err
		}
		report.Rows, err = collect(rows, what, func(row pgx.CollectableRow, w *models.ManualWork) error {
			var kind string
			err := row.Scan(&kind, &w.Role, &w.Count, &w.Avoidable)
			w.ManualWorkKind = models.ManualWorkOf(kind)
			return err
		})
		if err != nil {
			return err
		}
		if rows, err = tx.Query(ctx, manualWork+` SELECT dc, count(*), count(*) FILTER (WHERE avoidable)`+manualWorkWanted+` GROUP BY dc ORDER BY 2 DESC, dc`, args...); err != nil {
			return err
		}
		report.DCs, err = collect(rows, what, func(row pgx.CollectableRow, w *models.ManualWorkAt) error {
			return row.Scan(&w.DC, &w.Count, &w.Avoidable)
		})
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM orders WHERE ordered_at >= $1 AND ordered_at < $2 AND ($3 = '' OR dc = $3)`,
			f.Period.From, f.Period.To, f.DC).Scan(&report.Orders)
	})
	if err != nil {
		return report, fmt.Errorf("%s: %w", what, err)
	}
	slices.SortFunc(report.Rows, func(a, b models.ManualWork) int {
		return cmp.Or(cmp.Compare(b.PersonMinutes(), a.PersonMinutes()), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Role, b.Role))
	})
	return report, nil
}
