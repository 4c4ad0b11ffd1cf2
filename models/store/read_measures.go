package store

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// Measures computes the executive measures from the rows behind them.
type Measures struct{ db *DB }

// NewMeasures reads through db.
func NewMeasures(db *DB) *Measures { return &Measures{db: db} }

// measureQuery gives, for a measure, the rows behind it as (ref_kind, ref,
// label, item, dc, at, value, weight) and the aggregate that makes the
// headline of them. Headline and drill share the rows, so they cannot differ.
type measureQuery struct {
	rows      string
	aggregate string
	standing  bool // describes now, not a period: there is no previous value
}

var measureQueries = map[models.MeasureID]measureQuery{
	models.MeasureAlignment: {
		rows: `SELECT 'recommendation' AS ref_kind, r.recommendation AS ref, p.state AS label, r.item, r.dc,
				p.decided_at AS at, coalesce(sum(l.quantity), 0) - r.quantity AS value, r.quantity AS weight
			FROM proposals p JOIN recommendations r USING (recommendation)
			LEFT JOIN orders o ON o.reference = 'TL-' || r.recommendation AND o.state <> 'cancelled'
			LEFT JOIN order_lines l ON l.number = o.number AND l.item = r.item
			WHERE p.decided_at >= @from AND p.decided_at < @to AND p.state IN ('ordered', 'rejected')
			GROUP BY r.recommendation, p.state, r.item, r.dc, p.decided_at, r.quantity`,
		aggregate: `100 * greatest(0, 1 - sum(abs(value)) / nullif(sum(weight), 0))`,
	},
	models.MeasureExposure: {
		rows: `SELECT 'exception' AS ref_kind, id::text AS ref, title AS label, item, dc,
				opened_at AS at, value_at_risk AS value, 1 AS weight
			FROM exceptions WHERE code = 'BIZ-01' AND state <> 'resolved' AND opened_at < @to`,
		aggregate: `coalesce(sum(value), 0)`,
		standing:  true,
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
	},
	models.MeasureLatency: {
		rows: `SELECT 'order' AS ref_kind, w.document AS ref, 'revision ' || f.revision AS label, r.item, r.dc, p.ordered_at AS at,
				round(extract(epoch FROM p.ordered_at - f.published_at) / 60, 2) AS value, 1 AS weight
			FROM proposals p JOIN recommendations r USING (recommendation)
			JOIN erp_writes w USING (recommendation)
			JOIN forecast_revisions f ON f.item = r.item AND f.dc = r.dc AND f.revision = r.forecast_revision
			WHERE p.ordered_at >= @from AND p.ordered_at < @to`,
		aggregate: `percentile_disc(0.5) WITHIN GROUP (ORDER BY value)`,
	},
	models.MeasureDrift: {
		rows: `SELECT 'item-dc' AS ref_kind, d.item || '@' || d.dc AS ref, replace(d.cause, '_', ' ') AS label, d.item, d.dc,
				d.found_at AS at, abs(d.their_on_hand - d.our_on_hand) * coalesce(i.unit_cost, 0) AS value, 1 AS weight
			FROM drifts d LEFT JOIN items i USING (item)
			WHERE d.cleared_at IS NULL AND d.cause <> 'in_flight' AND d.found_at < @to`,
		aggregate: `coalesce(sum(value), 0)`,
		standing:  true,
	},
	models.MeasureInterventions: {
		rows: `SELECT 'audit' AS ref_kind, id::text AS ref, action || ' by ' || actor AS label, '' AS item, '' AS dc,
				at, 1 AS value, 1 AS weight
			FROM audit WHERE at >= @from AND at < @to AND actor NOT IN ('policy', 'system')
				AND split_part(subject, ':', 1) IN ('event', 'erp_write', 'recommendation')`,
		aggregate: `1000.0 * sum(value) / nullif((SELECT count(*) FROM orders WHERE ordered_at >= @from AND ordered_at < @to), 0)`,
	},
	models.MeasureAttainment: {
		rows: `SELECT 'milestone' AS ref_kind, id::text AS ref, kind || ' ' || subject AS label, item, dc, due_at AS at,
				round(extract(epoch FROM coalesce(closed_at, @to) - due_at) / 60, 2) AS value, 1 AS weight
			FROM milestones WHERE due_at >= @from AND due_at < @to`,
		aggregate: `100.0 * count(*) FILTER (WHERE value <= 0) / nullif(count(*), 0)`,
	},
}

// Read computes every measure over the period, with the value of the period before beside it.
func (m *Measures) Read(ctx context.Context, p models.Period) ([]models.Measure, error) {
	var all []models.Measure
	for _, def := range models.MeasureDefinitions() {
		q := measureQueries[def.ID]
		one := models.Measure{Definition: def, AsOf: p.To}
		var err error
		if one.Value, one.Rows, err = m.headline(ctx, q, p); err != nil {
			return nil, fmt.Errorf("compute %s: %w", def.ID, err)
		}
		if !q.standing {
			if one.Previous, _, err = m.headline(ctx, q, p.Before()); err != nil {
				return nil, fmt.Errorf("compute the previous %s: %w", def.ID, err)
			}
		}
		all = append(all, one)
	}
	return all, nil
}

func (m *Measures) headline(ctx context.Context, q measureQuery, p models.Period) (*decimal.Decimal, int64, error) {
	var got struct {
		Value decimal.NullDecimal
		Rows  int64
	}
	err := m.db.Gorm.WithContext(ctx).
		Raw(`SELECT `+q.aggregate+` AS value, count(*) AS rows FROM (`+q.rows+`) AS cases`, named(p)).
		Scan(&got).Error
	if err != nil || !got.Value.Valid {
		return nil, got.Rows, err
	}
	return &got.Value.Decimal, got.Rows, nil
}

// Rows lists the cases behind a measure, the newest first, at most limit.
func (m *Measures) Rows(ctx context.Context, id models.MeasureID, p models.Period, limit int) ([]models.MeasureRow, error) {
	q, ok := measureQueries[id]
	if !ok {
		return nil, models.Errorf(models.CodeNotFound, "There is no measure %q.", id)
	}
	var rows []models.MeasureRow
	err := m.db.Gorm.WithContext(ctx).
		Raw(q.rows+` ORDER BY at DESC LIMIT @limit`, named(p), map[string]any{"limit": limit}).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the rows of %s: %w", id, err)
	}
	return rows, nil
}

func named(p models.Period) map[string]any { return map[string]any{"from": p.From, "to": p.To} }
