package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Bulks holds bulk actions on what did not pass. It is safe for concurrent use.
type Bulks struct{ db *DB }

// NewBulks makes the store of bulk actions.
func NewBulks(db *DB) *Bulks { return &Bulks{db: db} }

const bulkColumns = `id, action, coalesce(patch::text, ''), reason, actor, state, coalesce(fingerprint::text, ''), code, source, dc,
	coalesce(received_from, '0001-01-01Z'), coalesce(received_before, '0001-01-01Z'), picked, canary, rate, stop_share, go_on, status, note,
	matched, done, failed, since_done, since_failed, preview, created_at, started_at, ended_at`

// scanBulk reads the columns after those of first.
func scanBulk(row pgx.CollectableRow, first ...any) (models.BulkRun, error) {
	var r models.BulkRun
	var preview []byte
	f := &r.Filter
	err := row.Scan(append(first, &r.ID, &r.Action, &r.Patch, &r.Reason, &r.Actor, &f.State, &f.Fingerprint, &f.Code, &f.Source, &f.DC,
		&f.ReceivedFrom, &f.ReceivedBefore, &f.Picked, &r.Canary, &r.Rate, &r.Stop, &r.GoOn, &r.Status, &r.Note,
		&r.Matched, &r.Done, &r.Failed, &r.SinceDone, &r.SinceFailed, &preview, &r.CreatedAt, &r.StartedAt, &r.EndedAt)...)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(preview, &r.Preview)
}

func bulkAudit(run models.BulkRun, to models.BulkStatus, actor, reason string) models.AuditEntry {
	return models.AuditEntry{
		Actor: actor, Action: "bulk." + string(to), Subject: "bulk:" + strconv.FormatInt(run.ID, 10), Reason: reason,
		Before: fmt.Sprintf(`{"status":%q,"done":%d,"failed":%d}`, run.Status, run.Done, run.Failed),
		After:  fmt.Sprintf(`{"status":%q,"matched":%d}`, to, run.Matched),
	}
}

// Plan stores a draft with the events that its filter matches at this moment,
// and what is known about them, also from trying the first; CodeInvalid for an
// empty filter, CodeConflict when nothing matches.
func (b *Bulks) Plan(ctx context.Context, p models.BulkPlan, tried []models.ReplayResult) (id int64, err error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	fingerprint, err := optionalUUID(p.Filter.Fingerprint)
	if err != nil {
		return 0, models.Wrap(models.CodeInvalid, err, "There is no such group of events.")
	}
	err = pgx.BeginTxFunc(ctx, b.db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		preview, matched, err := preview(ctx, tx, matchesPlan, planArgs(p.Filter, fingerprint)...)
		if err != nil {
			return err
		}
		if matched == 0 {
			return models.Errorf(models.CodeConflict, "Nothing matches this filter any more.")
		}
		preview.Tried(tried)
		text, err := json.Marshal(preview)
		if err != nil {
			return err
		}
		f := p.Filter
		err = tx.QueryRow(ctx, `
			INSERT INTO bulk_runs (action, patch, reason, actor, state, fingerprint, code, source, dc, received_from, received_before, picked,
				canary, rate, stop_share, go_on, matched, preview)
			VALUES ($1, CAST(nullif($2, '') AS json), $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12::bigint[], '{}'), $13, $14, $15, $16, $17, $18) RETURNING id`,
			string(p.Action), p.Patch, p.Reason, p.Actor, f.State, fingerprint, f.Code, f.Source, f.DC, optional(f.ReceivedFrom),
			optional(f.ReceivedBefore), f.Picked, p.Canary, p.Rate, p.Stop, p.GoOn, matched, string(text)).Scan(&id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO bulk_items (run, seq) SELECT $9, seq FROM unsettled_events WHERE `+matchesPlan,
			append(planArgs(f, fingerprint), id)...); err != nil {
			return err
		}
		return auditPgx(ctx, tx, bulkAudit(models.BulkRun{ID: id, Matched: int(matched)}, models.BulkDraft, p.Actor, p.Reason))
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("plan a bulk action: %w", err)
	}
	return id, err
}

// matchesPlan is matchesFilter with the picked events, $8.
const matchesPlan = matchesFilter + ` AND (cardinality(coalesce($8::bigint[], '{}')) = 0 OR seq = ANY ($8))`

func planArgs(f models.ParkedFilter, fingerprint any) []any {
	return []any{f.State, fingerprint, f.Code, f.Source, f.DC, optional(f.ReceivedFrom), optional(f.ReceivedBefore), f.Picked}
}

// First are the first events that a plan would take, for a trial.
func (b *Bulks) First(ctx context.Context, f models.ParkedFilter, limit int) ([]int64, error) {
	fingerprint, err := optionalUUID(f.Fingerprint)
	if err != nil {
		return nil, models.Wrap(models.CodeInvalid, err, "There is no such group of events.")
	}
	rows, err := b.db.Pool.Query(ctx, `SELECT seq FROM unsettled_events WHERE `+matchesPlan+` ORDER BY seq LIMIT $9`, append(planArgs(f, fingerprint), limit)...)
	if err != nil {
		return nil, fmt.Errorf("read what a filter matches: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// supersededNow says of an unsettled event u that a newer version than its own has
// taken effect. A history of sales is judged by each of its days and counts as news.
const supersededNow = `CASE u.type
	WHEN 'throughline.inventory.movement.v1' THEN EXISTS (SELECT FROM positions p WHERE p.item = u.item AND p.dc = u.dc AND p.balance_version >= u.version)
	WHEN 'throughline.inventory.balance.v1' THEN EXISTS (SELECT FROM positions p WHERE p.item = u.item AND p.dc = u.dc AND p.balance_version > u.version)
	WHEN 'throughline.forecast.revision.v1' THEN EXISTS (SELECT FROM forecast_revisions r WHERE r.item = u.item AND r.dc = u.dc AND r.revision > u.version)
	WHEN 'throughline.inventory.threshold.v1' THEN EXISTS (SELECT FROM threshold_breaches t WHERE t.item = u.item AND t.dc = u.dc AND t.version > u.version
		AND t.threshold = substring(coalesce(u.edited, u.data) from '"threshold"\s*:\s*"([^"\\]{1,64})"'))
	WHEN 'throughline.item.changed.v1' THEN EXISTS (SELECT FROM items i WHERE i.item = u.item AND i.version > u.version)
	WHEN 'throughline.supplier.changed.v1' THEN EXISTS (SELECT FROM suppliers s WHERE 'supplier:' || s.supplier = u.key AND s.version > u.version)
	WHEN 'throughline.location.changed.v1' THEN EXISTS (SELECT FROM locations l WHERE 'location:' || l.dc = u.key AND l.version > u.version)
	WHEN 'throughline.purchase_order.changed.v1' THEN EXISTS (SELECT FROM orders o WHERE o.number = u.order_number AND o.version > u.version)
	WHEN 'throughline.transfer_order.changed.v1' THEN EXISTS (SELECT FROM orders o WHERE o.number = u.order_number AND o.version > u.version)
	WHEN 'throughline.demand.order.v1' THEN EXISTS (SELECT FROM sales_order_lines l WHERE l.sales_order = u.order_number AND l.line = ` + lineOfEvent + ` AND l.version > u.version)
	WHEN 'throughline.allocation.changed.v1' THEN EXISTS (SELECT FROM allocations a WHERE a.sales_order = u.order_number AND a.line = ` + lineOfEvent + ` AND a.version > u.version)
	ELSE false END`

// lineOfEvent is the line that the payload of an unsettled event u names.
const lineOfEvent = `CAST(substring(coalesce(u.edited, u.data) from '"line"\s*:\s*([0-9]{1,9})\s*[,}]') AS integer)`

// preview counts the unsettled events that meet a condition.
func preview(ctx context.Context, tx Tx, condition string, args ...any) (p models.BulkPreview, matched int64, err error) {
	p = models.BulkPreview{ByCode: map[string]int64{}, ByDC: map[string]int64{}, ByAge: map[string]int64{}}
	rows, err := tx.Query(ctx, `
		SELECT code, dc, CASE WHEN age < 1 THEN 'today' WHEN age < 7 THEN 'week' WHEN age < 30 THEN 'month' ELSE 'older' END, count(*),
			count(*) FILTER (WHERE old), count(*) FILTER (WHERE makes_order), count(*) FILTER (WHERE conflict), count(*) FILTER (WHERE on_hold)
		FROM (SELECT code, dc, conflict, (now() AT TIME ZONE 'UTC')::date - (received_at AT TIME ZONE 'UTC')::date AS age, `+supersededNow+` AS old,
				EXISTS (SELECT FROM event_holds h WHERE h.seq = u.seq AND h.ends > now()) AS on_hold,
				type = 'throughline.replenishment.recommendation.v1' AS makes_order
			FROM unsettled_events u WHERE `+condition+`) matched
		GROUP BY 1, 2, 3`, args...)
	if err != nil {
		return p, 0, fmt.Errorf("preview a bulk action: %w", err)
	}
	var code, dc, age string
	var n, old, orders, double, held int64
	_, err = pgx.ForEachRow(rows, []any{&code, &dc, &age, &n, &old, &orders, &double, &held}, func() error {
		p.ByCode[code] += n
		p.ByDC[dc] += n
		p.ByAge[age] += n
		p.Superseded, p.Orders, p.Duplicates, p.Held = p.Superseded+old, p.Orders+orders, p.Duplicates+double, p.Held+held
		matched += n
		return nil
	})
	if err != nil {
		return p, 0, fmt.Errorf("preview a bulk action: %w", err)
	}
	return p, matched, nil
}

func lockBulk(ctx context.Context, tx pgx.Tx, id int64) (models.BulkRun, error) {
	rows, err := tx.Query(ctx, `SELECT `+bulkColumns+` FROM bulk_runs WHERE id = $1 FOR UPDATE`, id)
	if err != nil {
		return models.BulkRun{}, fmt.Errorf("read bulk run %d: %w", id, err)
	}
	return oneBulk(rows, id)
}

func oneBulk(rows pgx.Rows, id int64) (models.BulkRun, error) {
	run, err := pgx.CollectOneRow(rows, func(row pgx.CollectableRow) (models.BulkRun, error) { return scanBulk(row) })
	if errors.Is(err, pgx.ErrNoRows) {
		return run, models.Errorf(models.CodeNotFound, "There is no bulk action %d.", id)
	}
	if err != nil {
		return run, fmt.Errorf("read bulk run %d: %w", id, err)
	}
	return run, nil
}

// GoOn gives a draft, a canary that is done or a run that stopped its go-ahead.
func (b *Bulks) GoOn(ctx context.Context, id int64, actor, reason string) (models.BulkStatus, error) {
	to := models.BulkRunning
	err := b.change(ctx, id, actor, reason, func(run models.BulkRun) (models.BulkStatus, error) {
		switch run.Status {
		case models.BulkDraft:
			to = models.BulkCanary
		case models.BulkWaiting, models.BulkStopped:
		default:
			return "", models.Errorf(models.CodeConflict, "The bulk action is %s: there is nothing to go on with.", run.Status)
		}
		return to, nil
	})
	return to, err
}

// Cancel ends a run; what was done stays done.
func (b *Bulks) Cancel(ctx context.Context, id int64, actor, reason string) error {
	return b.change(ctx, id, actor, reason, func(run models.BulkRun) (models.BulkStatus, error) {
		if run.Status.Ended() {
			return "", models.Errorf(models.CodeConflict, "The bulk action is %s already.", run.Status)
		}
		return models.BulkCancelled, nil
	})
}

func (b *Bulks) change(ctx context.Context, id int64, actor, reason string, decide func(models.BulkRun) (models.BulkStatus, error)) error {
	if actor == "" || reason == "" {
		return models.Errorf(models.CodeInvalid, "Say why: the reason is kept with the bulk action.")
	}
	return pgx.BeginFunc(ctx, b.db.Pool, func(tx pgx.Tx) error {
		run, err := lockBulk(ctx, tx, id)
		if err != nil {
			return err
		}
		to, err := decide(run)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE bulk_runs SET status = $2, note = '', since_done = done, since_failed = failed, next_at = now(),
				started_at = coalesce(started_at, CASE WHEN $2 <> 'cancelled' THEN now() END), ended_at = CASE WHEN $2 = 'cancelled' THEN now() END,
				lease_owner = NULL, lease_until = NULL WHERE id = $1`, id, string(to))
		if err != nil {
			return fmt.Errorf("change bulk run %d: %w", id, err)
		}
		return auditPgx(ctx, tx, bulkAudit(run, to, actor, reason))
	})
}

// Get reads one run.
func (b *Bulks) Get(ctx context.Context, id int64) (models.BulkRun, error) {
	rows, err := b.db.Pool.Query(ctx, `SELECT `+bulkColumns+` FROM bulk_runs WHERE id = $1`, id)
	if err != nil {
		return models.BulkRun{}, fmt.Errorf("read bulk run %d: %w", id, err)
	}
	return oneBulk(rows, id)
}

// PreviewLeft is what is known now of the events of a run that are still to be done, and
// how many of them did not pass yet; the rest was settled otherwise.
func (b *Bulks) PreviewLeft(ctx context.Context, id int64) (models.BulkPreview, int64, error) {
	return preview(ctx, b.db.Pool, `seq IN (SELECT seq FROM bulk_items WHERE run = $1 AND outcome IS NULL)`, id)
}

// List reads the newest runs.
func (b *Bulks) List(ctx context.Context, limit int) ([]models.BulkRun, error) {
	rows, err := b.db.Pool.Query(ctx, `SELECT `+bulkColumns+` FROM bulk_runs ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list bulk runs: %w", err)
	}
	return collect(rows, "list bulk runs", func(row pgx.CollectableRow, r *models.BulkRun) (err error) {
		*r, err = scanBulk(row)
		return err
	})
}

// Items reads the events of a run after a sequence, or only those that failed.
func (b *Bulks) Items(ctx context.Context, id int64, failed bool, after int64, limit int) ([]models.BulkItem, error) {
	rows, err := b.db.Pool.Query(ctx, `
		SELECT i.seq, coalesce(u.item, p.item, ''), coalesce(u.dc, p.dc, ''), coalesce(u.reason, ''), coalesce(i.outcome, ''), i.failed, i.reason, i.done_at
		FROM bulk_items i LEFT JOIN unsettled_events u ON u.seq = i.seq LEFT JOIN settled_payloads p ON p.seq = i.seq
		WHERE i.run = $1 AND i.seq > $3 AND (NOT $2 OR i.failed) ORDER BY i.seq LIMIT $4`, id, failed, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read the events of bulk run %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[models.BulkItem])
}

// AuditIDs are the ids of the audit rows of a run, the oldest first.
func (b *Bulks) AuditIDs(ctx context.Context, id int64) ([]int64, error) {
	rows, err := b.db.Pool.Query(ctx, `SELECT id FROM audit WHERE subject = $1 ORDER BY id LIMIT 50`, "bulk:"+strconv.FormatInt(id, 10))
	if err != nil {
		return nil, fmt.Errorf("read the audit rows of bulk run %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
