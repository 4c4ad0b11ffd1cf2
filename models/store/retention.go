package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Retention deletes what has been kept for long enough and tells what it took.
// It is safe for concurrent use, from several processes too.
type Retention struct {
	db   *DB
	keep models.Retention
}

// NewRetention works on db and reports keep, with the defaults of what that leaves out.
func NewRetention(db *DB, keep models.Retention) *Retention {
	return &Retention{db: db, keep: keep.Filled()}
}

// aged are the rows of a table, called x, that may go: they are older than $1,
// and nothing that is still open stands on them. With them go the rows of other
// tables that name them by exception_id.
type aged struct {
	table, where string
	with         []string
}

// openChain says of a proposal p that its chain has not ended.
const openChain = `(p.state IN ('waiting', 'approved', 'failed') OR p.state = 'ordered' AND NOT EXISTS (
	SELECT FROM orders o WHERE o.reference = 'TL-' || p.recommendation AND o.state IN ('received', 'cancelled')))`

// The newest movement at the horizon stays, so that the stock of every later
// moment can be read, as do those that count on top of a balance.
const agedMovements = `x.recorded_at < $1
	AND EXISTS (SELECT FROM positions b WHERE b.item = x.item AND b.dc = x.dc AND b.balance_version > x.version)
	AND EXISTS (SELECT FROM stock_movements n WHERE n.item = x.item AND n.dc = x.dc AND (n.version, n.seq) > (x.version, x.seq) AND n.recorded_at < $1)
	AND NOT EXISTS (SELECT FROM drifts d WHERE d.item = x.item AND d.dc = x.dc AND d.cleared_at IS NULL)
	AND NOT EXISTS (SELECT FROM recommendations r JOIN proposals p USING (recommendation)
		WHERE r.item = x.item AND r.dc = x.dc AND ` + openChain + ` AND (x.version >= r.stock_version OR NOT EXISTS (
			SELECT FROM stock_movements n WHERE n.item = x.item AND n.dc = x.dc AND (n.version, n.seq) > (x.version, x.seq) AND n.version <= r.stock_version)))`

// The newest evaluation on each revision stays: it says that the revision had its effect.
const agedEvaluations = `x.recorded_at < $1 AND x.recommendation = ''
	AND EXISTS (SELECT FROM evaluations n WHERE n.item = x.item AND n.dc = x.dc AND n.forecast_revision IS NOT DISTINCT FROM x.forecast_revision
		AND (n.evaluated_at, n.run) > (x.evaluated_at, x.run) AND n.recorded_at < $1)`

// The newest revision at the horizon stays, so that the forecast of every later
// moment can be read.
const agedForecasts = `x.applied_at < $1
	AND EXISTS (SELECT FROM forecast_revisions n WHERE n.item = x.item AND n.dc = x.dc AND n.revision > x.revision AND n.applied_at < $1)
	AND NOT EXISTS (SELECT FROM recommendations r WHERE r.item = x.item AND r.dc = x.dc AND r.forecast_revision = x.revision)
	AND NOT EXISTS (SELECT FROM milestones m WHERE m.kind = 'evaluated' AND m.closed_at IS NULL AND (m.item, m.dc, m.revision) = (x.item, x.dc, x.revision))`

// The newest attempt of a shard says whether its route stands still.
const agedDeliveries = `x.started_at < $1
	AND EXISTS (SELECT FROM deliveries n WHERE n.subscription = x.subscription AND n.shard = x.shard AND n.id > x.id)
	AND EXISTS (SELECT FROM consumer_cursors c WHERE c.consumer = 'route:' || x.subscription AND c.shard = x.shard AND c.pos >= x.to_pos)`

const agedExceptions = `x.state = 'resolved' AND NOT x.standing AND x.resolved_at < $1
	AND NOT EXISTS (SELECT FROM proposals p WHERE p.recommendation = x.recommendation AND ` + openChain + `)
	AND NOT EXISTS (SELECT FROM orders o WHERE o.number = x.document AND o.state IN ('open', 'confirmed', 'shipped'))`

// agedRows are the tables of a kind in the order in which they are emptied. The
// log and its stubs go by the day and are not among them.
func agedRows(kind models.Kept) []aged {
	switch kind {
	case models.KeptIDs:
		return []aged{{table: "event_keys", where: `x.received_at < $1`}}
	case models.KeptMovements:
		return []aged{{table: "stock_movements", where: agedMovements}}
	case models.KeptForecasts:
		return []aged{{table: "forecast_revisions", where: agedForecasts}}
	case models.KeptEvaluations:
		return []aged{{table: "evaluations", where: agedEvaluations}}
	case models.KeptDeliveries:
		return []aged{{table: "deliveries", where: agedDeliveries}, {table: "revision_deliveries", where: "x.delivered_at < $1"}, {table: "refused_events", where: "x.settled_at < $1"}, {table: "polls", where: "greatest(x.polled_at, x.gone_at) < $1"}}
	case models.KeptAttempts:
		return []aged{{table: "event_attempts", where: `x.ended_at < $1 AND NOT EXISTS (SELECT FROM unsettled_events u WHERE u.seq = x.seq)`}}
	case models.KeptExceptions:
		return []aged{{table: "exceptions", where: agedExceptions, with: []string{"catch_ups", "exception_notes", "runbook_ticks", "kind_shelf_rows"}}}
	case models.KeptRuns:
		return []aged{
			{table: "drifts", where: `x.cleared_at < $1 AND NOT EXISTS (SELECT FROM reconcile_runs q WHERE q.id = x.run_id AND q.signed_at IS NOT NULL)`},
			{table: "reconcile_runs", where: `x.finished_at < $1 AND x.signed_at IS NULL AND NOT EXISTS (SELECT FROM drifts d WHERE d.run_id = x.id)
				AND EXISTS (SELECT FROM reconcile_runs n WHERE n.source = x.source AND n.id > x.id)`},
			{table: "bulk_items", where: `EXISTS (SELECT FROM bulk_runs b WHERE b.id = x.run AND b.ended_at < $1)`},
			{table: "bulk_runs", where: `x.ended_at < $1 AND NOT EXISTS (SELECT FROM bulk_items i WHERE i.run = x.id)`},
			{table: "triages", where: `x.created_at < $1`},
		}
	case models.KeptMinutes:
		return []aged{
			{table: "latency_rollups", where: `x.minute < $1`}, {table: "accept_rollups", where: `x.minute < $1`},
			{table: "rejected_counts", where: `x.minute < $1`}, {table: "control_totals", where: `x.until < $1`},
		}
	case models.KeptHours:
		return []aged{{table: "latency_hours", where: `x.hour < $1`}, {table: "latency_hour_spreads", where: `x.hour < $1`}, {table: "arrivals", where: `x.hour < $1`}}
	default:
		return nil
	}
}

// Prune deletes what a kind has from before an instant and nothing open needs, at
// most limit rows a statement, so that none holds up the others for long. What
// went is noted with each. It gives how many rows went in all.
func (r *Retention) Prune(ctx context.Context, kind models.Kept, before time.Time, limit int) (gone int64, err error) {
	for _, a := range agedRows(kind) {
		for {
			var rows int64
			if err := r.db.Pool.QueryRow(ctx, a.statement(), before, limit, kind).Scan(&rows); err != nil {
				return gone, fmt.Errorf("prune %s of %s: %w", a.table, kind, err)
			}
			gone += rows
			if rows < int64(limit) {
				break
			}
		}
	}
	return gone, nil
}

// statement deletes some rows and notes it, so that what is gone is never
// thought to be there.
func (a aged) statement() string {
	const places = ` WHERE ctid = ANY (ARRAY(SELECT place FROM old))`
	var s strings.Builder
	s.WriteString(`WITH old AS MATERIALIZED (SELECT x.ctid AS place FROM ` + a.table + ` x WHERE ` + a.where + ` LIMIT $2 FOR UPDATE OF x SKIP LOCKED)`)
	for _, table := range a.with {
		s.WriteString(`, ` + table + `_gone AS (DELETE FROM ` + table + ` WHERE exception_id IN (SELECT id FROM ` + a.table + places + `))`)
	}
	s.WriteString(`, gone AS (DELETE FROM ` + a.table + places + ` RETURNING 1),
		taken AS (SELECT count(*) AS rows FROM gone),
		noted AS (
			INSERT INTO retention_removals AS r (kind, day, rows, kept_since, at)
			SELECT $3::text, (now() AT TIME ZONE 'UTC')::date, rows, $1, now() FROM taken WHERE rows > 0
			ON CONFLICT (kind, day) DO UPDATE SET rows = r.rows + EXCLUDED.rows, kept_since = greatest(r.kept_since, EXCLUDED.kept_since), at = EXCLUDED.at
		)
		SELECT rows FROM taken`)
	return s.String()
}

// Frozen reads why nothing may be taken; none means that retention goes on. An
// exception that was resolved by hand freezes as long as its condition stands.
func (r *Retention) Frozen(ctx context.Context) ([]models.RetentionFreeze, error) {
	const what = "read why retention is frozen"
	rows, err := r.db.Pool.Query(ctx, `SELECT id, source, happened, opened_at FROM exceptions WHERE code = $1 AND standing ORDER BY id`, models.ExceptionBooksOff)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return collect(rows, what, func(row pgx.CollectableRow, f *models.RetentionFreeze) error {
		return row.Scan(&f.Exception, &f.Source, &f.Why, &f.Since)
	})
}

// Report tells of each kind how long it is kept and what retention took of it.
func (r *Retention) Report(ctx context.Context) ([]models.KeptReport, error) {
	const what = "read what retention took"
	rows, err := r.db.Pool.Query(ctx, `
		WITH took (kind, day, rows, kept_since, at) AS (
			SELECT kind, day, rows, kept_since, at FROM retention_removals
			UNION ALL
			SELECT 'log', (dropped_at AT TIME ZONE 'UTC')::date, events, (day + 1)::timestamp AT TIME ZONE 'UTC', dropped_at FROM retired_days
			UNION ALL
			SELECT 'stubs', (stubs_gone_at AT TIME ZONE 'UTC')::date, stubs_gone, (day + 1)::timestamp AT TIME ZONE 'UTC', stubs_gone_at
			FROM retired_days WHERE stubs_gone_at IS NOT NULL
		)
		SELECT kind, sum(rows)::bigint, coalesce((sum(rows) FILTER (WHERE day = newest))::bigint, 0), max(kept_since), max(at)
		FROM (SELECT *, max(day) OVER (PARTITION BY kind) AS newest FROM took) AS t GROUP BY kind`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	took := map[models.Kept]models.KeptReport{}
	var k models.KeptReport
	_, err = pgx.ForEachRow(rows, []any{&k.Kind, &k.Rows, &k.Last, &k.Since, &k.LastAt}, func() error {
		took[k.Kind] = k
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	entities, err := r.entitiesGone(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	report := make([]models.KeptReport, 0, len(models.Keepings()))
	for _, kind := range models.Keepings() {
		one := took[kind.Kind]
		one.Kind, one.Hours = kind.Kind, int64(r.keep[kind.Kind]/time.Hour)
		if kind.Kind == models.KeptLog {
			one.Entities = entities
		}
		report = append(report, one)
	}
	return report, nil
}

// entitiesGone is what went of each entity with the days of the log.
func (r *Retention) entitiesGone(ctx context.Context) ([]models.EntityGone, error) {
	rows, err := r.db.Pool.Query(ctx, `SELECT entity, sum(events)::bigint, max(day) FROM retired_entities GROUP BY entity ORDER BY entity`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[models.EntityGone])
}

// keptSince is from when on all rows of some kinds are there; zero while nothing of them has gone.
func keptSince(ctx context.Context, db *DB, kinds ...models.Kept) (time.Time, error) {
	var since *time.Time
	err := db.Pool.QueryRow(ctx, `SELECT max(kept_since) FROM retention_removals WHERE kind = ANY ($1)`, kinds).Scan(&since)
	if err != nil || since == nil {
		return time.Time{}, err
	}
	return *since, nil
}
