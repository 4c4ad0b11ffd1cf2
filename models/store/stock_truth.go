package store

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// StockTruths reads what each system has of the stock. It is safe for
// concurrent use.
type StockTruths struct{ db *DB }

// NewStockTruths reads through db.
func NewStockTruths(db *DB) *StockTruths { return &StockTruths{db: db} }

// truths has a row for each item at a DC (keyed) and one for each system that
// has it, or is known to lack it (compared). What stands at another version than the owner's was read
// at another time; at the same version only a cause that reconciliation found
// explains a difference, or the tolerance that the system's newest comparison had
// (models.DriftTolerance.Covers). A figure that moved on since then is explained beyond
// what was unexplained at that look.
func truths(m models.StockMeasure) string {
	const wanted = `(@dc = '' OR dc = @dc) AND (@item = '' OR item = @item)`
	of := func(columns string) string {
		switch m {
		case models.MeasureAllocated:
			return columns + "allocated"
		case models.MeasureAvailable:
			return "(" + columns + "on_hand - " + columns + "allocated)"
		case models.MeasureOnHand:
		}
		return columns + "on_hand"
	}
	return `
	WITH owner AS (SELECT * FROM stock_told WHERE NOT is_copy AND ` + wanted + `),
	held AS (
		SELECT 0 AS rank, item, dc, source AS system, on_hand, allocated, version, as_of FROM owner
		UNION ALL
		SELECT 1, item, dc, '', coalesce(p.on_hand, 0), coalesce(p.allocated, 0), coalesce(p.version, 0), p.as_of
		FROM (SELECT * FROM positions WHERE ` + wanted + `) p FULL JOIN owner o USING (item, dc)
		UNION ALL
		SELECT 2, item, dc, source, on_hand, allocated, version, as_of FROM stock_told WHERE is_copy AND ` + wanted + `
		UNION ALL
		SELECT 2, item, dc, source, 0, 0, 0, NULL FROM drifts d WHERE is_copy AND cleared_at IS NULL AND ` + wanted + `
			AND NOT EXISTS (SELECT FROM stock_told t WHERE t.source = d.source AND t.item = d.item AND t.dc = d.dc)
	), tolerances AS (
		SELECT s.source, r.tolerance_units AS units, r.tolerance_percent AS percent FROM (SELECT DISTINCT source FROM stock_told) s
		CROSS JOIN LATERAL (SELECT * FROM reconcile_runs r WHERE r.source = s.source ORDER BY id DESC LIMIT 1) r
	), apart AS (
		SELECT h.*, d.id AS drift, d.cause AS called, o.version AS owner_version,
			coalesce(abs(h.on_hand - o.on_hand) <= greatest(t.units, abs(o.on_hand) * t.percent / 100)
				AND abs(h.allocated - o.allocated) <= greatest(t.units, abs(o.allocated) * t.percent / 100), false) AS tolerated,
			coalesce(abs(` + of("h.") + ` - coalesce(` + of("o.") + `, CASE d.cause WHEN 'only_here' THEN 0 END)), 0) AS difference, abs(` + of("d.our_") + ` - ` + of("d.their_") + `) AS at_look
		FROM held h LEFT JOIN owner o ON o.item = h.item AND o.dc = h.dc
		LEFT JOIN tolerances t ON t.source = CASE h.rank WHEN 1 THEN o.source ELSE h.system END
		LEFT JOIN drifts d ON d.cleared_at IS NULL AND d.item = h.item AND d.dc = h.dc AND h.rank > 0
			AND CASE WHEN d.is_copy THEN d.source = h.system ELSE h.rank = 1 END
	), compared AS (
		SELECT rank, item, dc, system, on_hand, allocated, version, as_of, coalesce(drift, 0) AS drift, difference,
			CASE WHEN difference = 0 THEN '' WHEN tolerated THEN 'within_tolerance' ELSE coalesce(called, CASE WHEN version = owner_version THEN 'unexplained' ELSE 'in_flight' END) END AS cause,
			CASE WHEN tolerated THEN 0 WHEN called = 'unexplained' THEN least(difference, at_look)
				WHEN called IS NULL AND version = owner_version THEN difference
				ELSE 0 END AS unexplained
		FROM apart
	), keyed AS (
		SELECT item, dc, bool_or(cause NOT IN ('', 'within_tolerance')) AS differs, sum(difference) AS apart, sum(unexplained) AS unexplained,
			coalesce(i.description, '') AS description, coalesce(i.unit, '') AS unit, sum(unexplained) * coalesce(i.unit_cost, 0) AS value,
			coalesce(i.currency, '` + models.FallbackCurrency + `') AS currency
		FROM compared LEFT JOIN items i USING (item) GROUP BY item, dc, i.description, i.unit, i.unit_cost, i.currency
	)`
}

// Totals sum up what a filter matches, whether it differs or not.
func (s *StockTruths) Totals(ctx context.Context, f models.StockTruthFilter) (models.StockTruthTotals, error) {
	var totals models.StockTruthTotals
	err := s.db.Gorm.WithContext(ctx).Raw(truths(f.Measure)+`
		SELECT coalesce(sum(n), 0) AS keys, coalesce(sum(differ), 0) AS differing, coalesce(jsonb_object_agg(currency, value), '{}') AS value FROM (
			SELECT currency, count(*) AS n, count(*) FILTER (WHERE differs) AS differ, sum(value) AS value FROM keyed GROUP BY currency) AS each`,
		binds{"item": f.Item, "dc": f.DC}).Scan(&totals).Error
	if err != nil {
		return totals, fmt.Errorf("sum up the stock of all systems: %w", err)
	}
	return totals, nil
}

// truthRow is one system of one key, with what stands for the key as a whole.
type truthRow struct {
	Item, DC, Description, Unit, Currency string
	Apart, KeyUnexplained, Value          decimal.Decimal

	Rank              int
	System            string
	OnHand, Allocated decimal.Decimal
	Version           int64
	AsOf              *time.Time
	Difference        decimal.Decimal
	Unexplained       decimal.Decimal
	Cause             models.DriftCause
	Drift             int64
}

// Truths lists a part of what matches: the dearest unexplained first, then by
// how far the systems are apart.
func (s *StockTruths) Truths(ctx context.Context, f models.StockTruthFilter, part models.Part) ([]models.StockTruth, error) {
	var rows []truthRow
	err := s.db.Gorm.WithContext(ctx).Raw(truths(f.Measure)+`, page AS (
			SELECT row_number() OVER (ORDER BY value DESC, unexplained DESC, apart DESC, item, dc) AS place, * FROM keyed
			WHERE differs OR NOT @differing ORDER BY place OFFSET @offset LIMIT @limit)
		SELECT page.item, page.dc, page.description, page.unit, page.currency, page.apart, page.unexplained AS key_unexplained, page.value,
			c.rank, c.system, c.on_hand, c.allocated, c.version, c.as_of, c.difference, c.unexplained, c.cause, c.drift
		FROM page JOIN compared c USING (item, dc) ORDER BY page.place, c.rank, c.system`,
		binds{"item": f.Item, "dc": f.DC, "differing": f.Differing, "offset": part.Offset, "limit": part.Limit}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the stock of all systems: %w", err)
	}
	var truths []models.StockTruth
	for _, r := range rows {
		last := len(truths) - 1
		if last < 0 || truths[last].Item != r.Item || truths[last].DC != r.DC {
			truths = append(truths, models.StockTruth{
				Item: r.Item, DC: r.DC, Description: r.Description, Unit: r.Unit, Currency: r.Currency,
				Difference: r.Apart, Unexplained: r.KeyUnexplained, Value: r.Value,
			})
			last++
		}
		truths[last].Systems = append(truths[last].Systems, models.SystemStock{
			System: r.System, IsOwner: r.Rank == 0, Figure: models.StockFigure{OnHand: r.OnHand, Allocated: r.Allocated, Version: r.Version, AsOf: r.AsOf},
			Difference: r.Difference, Unexplained: r.Unexplained, Cause: r.Cause, Drift: r.Drift,
		})
	}
	return truths, nil
}

// Movements are the newest of the tower's own ledger for an item at a DC.
func (s *StockTruths) Movements(ctx context.Context, item, dc string, limit int) ([]models.StockMovement, error) {
	var movements []models.StockMovement
	err := s.db.Gorm.WithContext(ctx).Raw(`
		SELECT version, kind, document, on_hand_delta, allocated_delta, on_hand, allocated, seq, occurred_at, recorded_at, `+salesOrderBehind+` AS sales_order
		FROM stock_movements m WHERE item = @item AND dc = @dc ORDER BY version DESC, seq DESC LIMIT @limit`,
		binds{"item": item, "dc": dc, "limit": limit}).Scan(&movements).Error
	if err != nil {
		return nil, fmt.Errorf("read the movements of %s at %s: %w", item, dc, err)
	}
	return movements, nil
}
