package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// Measures computes the executive measures from the rows behind them.
type Measures struct {
	db    *DB
	clock func() models.BusinessClock
}

// NewMeasures reads through db; clock tells when in real time a promise of
// business time fell due.
func NewMeasures(db *DB, clock func() models.BusinessClock) *Measures {
	return &Measures{db: db, clock: clock}
}

// measureQuery gives, for a measure, the rows behind it as (ref_kind, ref,
// label, item, dc, at, value, weight) and the aggregate that makes the
// headline of them. Headline and drill share the rows, so they cannot differ. Worst
// orders the rows by how much each makes the measure bad, as RowsFirst says it.
type measureQuery struct {
	rows      string
	aggregate string
	worst     string
}

var measureQueries = map[models.MeasureID]measureQuery{
	models.MeasureAlignment: {
		rows: `SELECT 'recommendation' AS ref_kind, r.recommendation AS ref,
				p.state || CASE WHEN implied.net IS NULL THEN ', against the recommended quantity' ELSE ', against the net requirement' END AS label, r.item, r.dc,
				p.decided_at AS at, ordered.quantity - coalesce(implied.net, r.quantity) AS value, coalesce(implied.net, r.quantity) AS weight
			FROM proposals p JOIN recommendations r USING (recommendation)
			CROSS JOIN LATERAL (SELECT coalesce(sum(l.quantity), 0) AS quantity FROM orders o JOIN order_lines l ON l.number = o.number AND l.item = r.item
				WHERE o.reference = 'TL-' || r.recommendation AND o.state <> 'cancelled') ordered
			LEFT JOIN LATERAL (` + impliedQuantity + `) implied ON true
			WHERE p.decided_at >= @from AND p.decided_at < @to AND p.state IN ('ordered', 'rejected')`,
		aggregate: `100 * CASE WHEN sum(weight) > 0 THEN greatest(0, 1 - sum(abs(value)) / sum(weight)) END`,
		worst:     `abs(value) DESC`,
	},
	models.MeasureExposure: {
		rows: `SELECT 'exception' AS ref_kind, id::text AS ref, title AS label, item, dc,
				opened_at AS at, value_at_risk AS value, 1 AS weight
			FROM exceptions WHERE code = 'BIZ-01' AND currency = ` + companyCurrency + ` AND opened_at < @to AND (resolved_at IS NULL OR resolved_at >= @to)`,
		aggregate: `coalesce(sum(value), 0)`,
		worst:     `value DESC`,
	},
	models.MeasureTouchless: {
		rows: `SELECT 'order' AS ref_kind, w.document AS ref, CASE WHEN d.by_policy THEN 'by policy' ELSE 'by ' || d.actor END AS label,
				r.item, r.dc, p.ordered_at AS at,
				CASE WHEN d.by_policy AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.subject = 'erp_write:' || w.reference)
					THEN 1 ELSE 0 END AS value, 1 AS weight
			FROM proposals p JOIN recommendations r USING (recommendation)
			JOIN erp_writes w USING (recommendation)
			JOIN decisions d ON d.recommendation = p.recommendation AND d.verdict = 'approved'
			WHERE p.ordered_at >= @from AND p.ordered_at < @to`,
		aggregate: `100.0 * sum(value) / nullif(count(*), 0)`,
		worst:     `value`,
	},
	models.MeasureLatency: {
		rows: `SELECT 'order' AS ref_kind, w.document AS ref, 'revision ' || f.revision AS label, r.item, r.dc, p.ordered_at AS at,
				round(extract(epoch FROM p.ordered_at - f.published_at) / 60, 2) AS value, 1 AS weight
			FROM proposals p JOIN recommendations r USING (recommendation)
			JOIN erp_writes w USING (recommendation)
			JOIN forecast_revisions f ON f.item = r.item AND f.dc = r.dc AND f.revision = r.forecast_revision
			WHERE p.ordered_at >= @from AND p.ordered_at < @to`,
		aggregate: `percentile_disc(0.5) WITHIN GROUP (ORDER BY value)`,
		worst:     `value DESC`,
	},
	models.MeasureDrift: {
		rows: `SELECT 'item-dc' AS ref_kind, d.item || '@' || d.dc AS ref, replace(d.cause, '_', ' ') AS label, d.item, d.dc,
				d.found_at AS at, abs(d.their_on_hand - d.our_on_hand) * coalesce(i.unit_cost, 0) AS value, 1 AS weight
			FROM drifts d LEFT JOIN items i USING (item)
			WHERE d.cause = 'unexplained' AND NOT d.is_copy AND coalesce(i.currency = ` + companyCurrency + `, true) AND d.found_at < @to AND (d.cleared_at IS NULL OR d.cleared_at >= @to)`,
		aggregate: `CASE WHEN EXISTS (SELECT FROM reconcile_runs WHERE state = 'finished' AND finished_at < @to) THEN coalesce(sum(value), 0) END`,
		worst:     `value DESC`,
	},
	models.MeasureInterventions: {
		rows: `SELECT 'audit' AS ref_kind, id::text AS ref, action || ' by ' || actor AS label, '' AS item, '' AS dc,
				at, 1 AS value, 1 AS weight
			FROM audit WHERE at >= @from AND at < @to AND actor NOT IN ('policy', 'system')
				AND (split_part(subject, ':', 1) IN ('event', 'erp_write', 'recommendation', 'order', 'item')
					OR action IN ('exception.resolve', 'exception.accept', 'exception.chase', 'exception.evaluate', 'exception.reread', 'exception.reconcile', 'drift.reread'))
				AND coalesce(after ->> 'outcome', 'asked') = 'asked'`,
		aggregate: `1000.0 * coalesce(sum(value), 0) / nullif((SELECT count(*) FROM orders WHERE ordered_at >= @from AND ordered_at < @to), 0)`,
		worst:     `at DESC`,
	},
	models.MeasureAttainment: {
		rows: `SELECT 'milestone' AS ref_kind,
				CASE kind WHEN 'evaluated' THEN item || '@' || dc || '#' || revision ELSE split_part(subject, '|', 1) END AS ref, CASE kind WHEN 'evaluated' THEN 'revision ' || revision || ' evaluated' ELSE kind END AS label, item, dc, due AS at,
				round(extract(epoch FROM coalesce(closed_at, @to) - due) / 60, 2) AS value, 1 AS weight
			FROM milestones m CROSS JOIN LATERAL (SELECT ` + milestoneDue + ` AS due) t
			WHERE due >= @from AND due < @to`,
		aggregate: `100.0 * count(*) FILTER (WHERE value <= 0) / nullif(count(*), 0)`,
		worst:     `value DESC`,
	},
	models.MeasureTrace:      traceQuery,
	models.MeasureThroughput: throughputQuery,
}

// impliedQuantity is what the forecast in force called for when a recommendation r was
// decided (p): the net requirement of the newest evaluation of that revision, in the
// packs and, from a supplier, the smallest order of the item. Without a row no engine
// has said it.
const impliedQuantity = `
	SELECT CASE WHEN e.net_requirement = 0 THEN 0 WHEN i.pack_size > 0 THEN ceil(e.least / i.pack_size) * i.pack_size ELSE e.least END AS net
	FROM (SELECT n.item, n.net_requirement, greatest(n.net_requirement, CASE WHEN r.kind = 'purchase' THEN m.moq END) AS least
		FROM evaluations n LEFT JOIN items m USING (item)
		WHERE n.item = r.item AND n.dc = r.dc AND n.net_requirement IS NOT NULL AND (n.evaluated_at <= p.decided_at OR n.recommendation = r.recommendation)
		ORDER BY (n.forecast_revision IS NULL AND n.recommendation = r.recommendation) DESC NULLS LAST, n.forecast_revision DESC NULLS LAST, n.evaluated_at DESC LIMIT 1) e
	LEFT JOIN items i USING (item)`

// milestoneDue is when in real time a milestone falls due.
const milestoneDue = `CASE clock WHEN 'business' THEN CAST(@real AS timestamptz) + (due_at - CAST(@business AS timestamptz)) * CAST(@pace AS float8) ELSE due_at END`

// Read computes every measure over the period, beside it the period before and
// as many earlier ones of the same length as were measured, at most thirteen in all.
func (m *Measures) Read(ctx context.Context, p models.Period) ([]models.Measure, error) {
	periods, err := m.measured(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []models.Measure
	for _, def := range models.MeasureDefinitions() {
		one, err := m.measure(ctx, def, periods)
		if err != nil {
			return nil, fmt.Errorf("compute %s: %w", def.ID, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// measured are the period and those before it back to the first one in which
// anything was proposed, the newest first.
func (m *Measures) measured(ctx context.Context, p models.Period) ([]models.Period, error) {
	var since *time.Time
	if err := m.db.Pool.QueryRow(ctx, `SELECT min(entered_at) FROM proposals`).Scan(&since); err != nil {
		return nil, fmt.Errorf("read since when is measured: %w", err)
	}
	periods := []models.Period{p}
	for before := p.Before(); len(periods) < models.TrendPeriods && since != nil && before.To.After(*since); before = before.Before() {
		periods = append(periods, before)
	}
	return periods, nil
}

// measure computes one measure over the periods, the newest first, in one query.
func (m *Measures) measure(ctx context.Context, def models.MeasureDefinition, periods []models.Period) (models.Measure, error) {
	one := models.Measure{Definition: def, AsOf: periods[0].To}
	from, to := make([]time.Time, len(periods)), make([]time.Time, len(periods))
	for i, p := range periods {
		from[i], to[i] = p.From, p.To
	}
	q := measureQueries[def.ID]
	window := strings.NewReplacer("@from", "span.from_at", "@to", "span.to_at")
	rows, err := m.db.Pool.Query(ctx, `
		SELECT span.n, c.value::text, c.rows
		FROM unnest(@starts::timestamptz[], @ends::timestamptz[]) WITH ORDINALITY AS span (from_at, to_at, n)
		CROSS JOIN LATERAL (SELECT `+window.Replace(q.aggregate)+` AS value, count(*) AS rows FROM (`+window.Replace(q.rows)+`) AS cases) AS c
		ORDER BY span.n DESC`, m.arguments(map[string]any{"starts": from, "ends": to}))
	if err != nil {
		return one, err
	}
	var n, count int64
	var text *string
	_, err = pgx.ForEachRow(rows, []any{&n, &text, &count}, func() error {
		if n == 1 {
			one.Rows = count
		}
		if text == nil {
			return nil
		}
		value, err := decimal.NewFromString(*text)
		if err != nil {
			return fmt.Errorf("read a value: %w", err)
		}
		one.Trend = append(one.Trend, models.MeasurePoint{To: periods[n-1].To, Value: value})
		switch n {
		case 1:
			one.Value = &value
		case 2:
			one.Previous = &value
		}
		return nil
	})
	return one, err
}

// Rows lists the cases behind a measure, a part of them: what makes it bad first, of
// those alike the newest.
func (m *Measures) Rows(ctx context.Context, id models.MeasureID, p models.Period, part models.Part) ([]models.MeasureRow, error) {
	q, ok := measureQueries[id]
	if !ok {
		return nil, models.Errorf(models.CodeNotFound, "There is no measure %q.", id)
	}
	var rows []models.MeasureRow
	err := m.db.Gorm.WithContext(ctx).
		Raw(`SELECT * FROM (`+q.rows+`) AS cases ORDER BY `+q.worst+`, at DESC, ref LIMIT @limit OFFSET @offset`, map[string]any(m.arguments(map[string]any{"from": p.From, "to": p.To, "limit": part.Limit, "offset": part.Offset}))).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the rows of %s: %w", id, err)
	}
	return rows, nil
}

// Undecided counts what waits for a decision now, and since when the first of it does.
func (m *Measures) Undecided(ctx context.Context) (models.Undecided, error) {
	var u models.Undecided
	err := m.db.Pool.QueryRow(ctx, `SELECT count(*), min(entered_at) FROM proposals WHERE state = 'waiting'`).Scan(&u.Waiting, &u.Oldest)
	if err != nil {
		return u, fmt.Errorf("count what waits for a decision: %w", err)
	}
	return u, nil
}

// arguments are named ones with those that turn business time into real time.
func (m *Measures) arguments(named map[string]any) pgx.NamedArgs {
	clock := m.clock()
	named["real"], named["business"] = clock.Real, clock.Business
	named["pace"] = clock.Day.Seconds() / (24 * time.Hour).Seconds()
	return named
}
