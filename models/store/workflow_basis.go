package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"gorm.io/gorm"

	"throughline/models"
)

// basisFacts reads, for some recommendations, what the tower knew at @at of the
// forecast, stock and open supply that each was computed from. What was recorded
// later is left out, so that a past verdict is not judged by hindsight.
const basisFacts = `
	SELECT r.recommendation, r.quantity AS recommended, coalesce(i.pack_size, 0) AS pack,
		r.forecast_revision, r.stock_version AS basis_version, r.stock_quantity, r.stock_as_of,
		coalesce(m.version, r.stock_version, 0) AS stock_version, coalesce(m.net, 0) AS net_movement,
		f.start_day, array_to_json(f.quantities)::text AS daily,
		coalesce(n.revision, 0) AS newer_revision,
		coalesce(f.quantity, n.quantity, 0) AS horizon_demand, coalesce(n.quantity, 0) AS newer_demand,
		coalesce(o.quantity, 0) - coalesce(c.quantity, 0) AS on_order_delta
	FROM recommendations r
	LEFT JOIN items i ON i.item = r.item
	CROSS JOIN LATERAL (SELECT coalesce(CAST(r.basis ->> 'open_supply_as_of' AS timestamptz), r.stock_as_of, r.computed_at) AS since) k
	LEFT JOIN LATERAL (
		SELECT sum(on_hand_delta - allocated_delta) AS net, max(version) AS version FROM stock_movements
		WHERE item = r.item AND dc = r.dc AND version > r.stock_version AND recorded_at <= @at
	) m ON true
	LEFT JOIN forecast_revisions f ON f.item = r.item AND f.dc = r.dc AND f.revision = r.forecast_revision
	LEFT JOIN LATERAL (
		SELECT revision, quantity FROM forecast_revisions
		WHERE item = r.item AND dc = r.dc AND revision > r.forecast_revision AND material AND applied_at <= @at
		ORDER BY revision DESC LIMIT 1
	) n ON true
	LEFT JOIN LATERAL (
		SELECT sum(l.quantity) AS quantity FROM order_lines l JOIN orders o USING (number)
		WHERE l.item = r.item AND o.dc = r.dc AND o.state <> 'cancelled' AND o.reference <> 'TL-' || r.recommendation
			AND o.ordered_at > k.since AND o.ordered_at <= @at AND o.recorded_at <= @at
	) o ON true
	LEFT JOIN LATERAL (
		SELECT sum(t.quantity) AS quantity FROM order_lines l JOIN receipts t USING (number, line)
		WHERE l.item = r.item AND t.dc = r.dc AND t.received_at > k.since AND t.received_at <= @at AND t.recorded_at <= @at
	) c ON true
	WHERE r.recommendation IN @ids`

type basisRow struct {
	Recommendation string
	Recommended    decimal.Decimal
	Pack           decimal.Decimal

	ForecastRevision *int64
	BasisVersion     *int64
	StockQuantity    *decimal.Decimal
	StockAsOf        *time.Time

	StockVersion  int64
	NetMovement   decimal.Decimal
	StartDay      *time.Time
	Daily         *string
	NewerRevision int64
	HorizonDemand decimal.Decimal
	NewerDemand   decimal.Decimal
	OnOrderDelta  decimal.Decimal
}

func (r basisRow) stamp() models.BasisStamp {
	stamp := models.BasisStamp{ForecastRevision: r.ForecastRevision}
	if r.BasisVersion != nil && r.StockAsOf != nil {
		stamp.Stock = &models.StockBasis{Version: *r.BasisVersion, AsOf: *r.StockAsOf}
		if r.StockQuantity != nil {
			stamp.Stock.Quantity = *r.StockQuantity
		}
	}
	return stamp
}

func (r basisRow) facts(at time.Time, clock models.BusinessClock) (models.BasisFacts, error) {
	facts := models.BasisFacts{
		At: at, Recommended: r.Recommended, Pack: r.Pack, StockVersion: r.StockVersion, NetMovement: r.NetMovement,
		NewerRevision: r.NewerRevision, HorizonDemand: r.HorizonDemand, NewerDemand: r.NewerDemand, OnOrderDelta: r.OnOrderDelta,
	}
	if r.StartDay == nil || r.Daily == nil || r.StockAsOf == nil {
		return facts, nil
	}
	var daily []decimal.Decimal
	if err := json.Unmarshal([]byte(*r.Daily), &daily); err != nil {
		return facts, fmt.Errorf("read the forecast behind %s: %w", r.Recommendation, err)
	}
	facts.ExpectedDemand = models.DemandBetween(*r.StartDay, daily, clock.At(*r.StockAsOf), clock.At(at))
	return facts, nil
}

// BasisRule is how a basis is judged: the business clock that the forecast's
// days run on, and the real time after which a stock figure is AGED.
type BasisRule struct {
	Clock  models.BusinessClock
	Window time.Duration
}

func (b BasisRule) check(db *gorm.DB, moment models.Moment, at time.Time, ids ...string) (map[string]judged, error) {
	var rows []basisRow
	if len(ids) == 0 {
		return map[string]judged{}, nil
	}
	if err := db.Raw(basisFacts, binds{"at": at, "ids": ids}).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read what a basis stands on: %w", err)
	}
	checks := make(map[string]judged, len(rows))
	for _, row := range rows {
		facts, err := row.facts(at, b.Clock)
		if err != nil {
			return nil, err
		}
		stamp := row.stamp()
		checks[row.Recommendation] = judged{stamp: stamp, BasisCheck: models.CheckBasis(moment, stamp, facts, b.Window)}
	}
	return checks, nil
}

type judged struct {
	stamp models.BasisStamp
	models.BasisCheck
}

// CheckBasis judges a recommendation's basis as it was known at an instant.
func (t *WorkflowTx) CheckBasis(rule BasisRule, recommendation string, moment models.Moment, at time.Time) (models.BasisCheck, error) {
	checks, err := rule.check(t.db, moment, at, recommendation)
	if err != nil {
		return models.BasisCheck{}, err
	}
	check, ok := checks[recommendation]
	if !ok {
		return models.BasisCheck{}, models.Errorf(models.CodeNotFound, "There is no recommendation %s.", recommendation)
	}
	return check.BasisCheck, nil
}

// StoreCheck keeps a verdict as it was known at its moment; the first one stays.
func (t *WorkflowTx) StoreCheck(recommendation string, c models.BasisCheck) error {
	_, err := t.exec("store a basis check", `
		INSERT INTO basis_checks (recommendation, moment, verdict, cause, changed, stock_version, net_movement, deviation,
			tolerance, recomputed, age_s, checked_at)
		VALUES (@id, @moment, @verdict, @cause, @changed, @version, @net, @deviation, @tolerance, @recomputed, @age, @at)
		ON CONFLICT DO NOTHING`,
		binds{
			"id": recommendation, "moment": c.Moment, "verdict": c.Verdict, "cause": c.Cause, "changed": c.Changed,
			"version": c.StockVersion, "net": c.NetMovement, "deviation": c.Deviation, "tolerance": c.Tolerance,
			"recomputed": c.Recomputed, "age": int64(c.Age / time.Second), "at": c.CheckedAt,
		})
	return err
}

// Supply reads what the policy wants to know around a recommendation.
func (t *WorkflowTx) Supply(recommendation string) (models.SupplyFacts, error) {
	var s models.SupplyFacts
	found := t.db.Raw(`
		SELECT i.item IS NOT NULL AS item_known, s.supplier IS NOT NULL AS supplier_known, coalesce(s.status, '') AS supplier_status,
			coalesce(i.pack_size, 0) AS pack, coalesce(i.moq, 0) AS moq,
			coalesce(p.available, 0) AS available, coalesce(open.quantity, 0) AS on_order, coalesce(open.unseen, 0) AS unseen_orders,
			(SELECT count(*) FROM proposals q JOIN recommendations x USING (recommendation)
				WHERE x.item = r.item AND x.dc = r.dc AND x.recommendation <> r.recommendation
					AND q.state IN ('approved', 'failed')) AS open_proposals,
			(SELECT count(*) FROM drifts d WHERE d.item = r.item AND d.dc IN (r.dc, r.from_dc) AND d.cleared_at IS NULL
				AND (d.heals_in_vain >= @tries OR d.cause NOT IN ('in_flight', 'missing_event', 'manual_edit', 'lost'))) AS drifts,
			(SELECT count(*) FROM unsettled_events u
				WHERE u.item = r.item AND u.item <> '' AND u.dc IN ('', r.dc, r.from_dc) AND u.state = 'parked' AND u.code IN ('API-07', 'OWN-01'))
				+ (SELECT count(*) FROM positions n WHERE n.item = r.item AND n.dc IN (r.dc, r.from_dc) AND n.on_hand < 0) AS conflicts,
			coalesce((SELECT (SELECT avg(q) FROM unnest(f.quantities) AS q) FROM forecast_revisions f
				WHERE f.item = r.item AND f.dc = r.dc ORDER BY f.revision DESC LIMIT 1), 0) AS daily_demand
		FROM recommendations r
		LEFT JOIN items i ON i.item = r.item
		LEFT JOIN suppliers s ON s.supplier = r.supplier
		LEFT JOIN positions p ON p.item = r.item AND p.dc = r.dc
		CROSS JOIN LATERAL (SELECT coalesce(CAST(r.basis ->> 'open_supply_as_of' AS timestamptz), r.stock_as_of, r.computed_at) AS since) k
		LEFT JOIN LATERAL (
			SELECT sum(greatest(l.quantity - coalesce(c.quantity, 0), 0)) AS quantity,
				count(*) FILTER (WHERE o.ordered_at > k.since) AS unseen
			FROM order_lines l JOIN orders o USING (number)
			LEFT JOIN LATERAL (SELECT sum(t.quantity) AS quantity FROM receipts t WHERE t.number = l.number AND t.line = l.line) c ON true
			WHERE l.item = r.item AND o.dc = r.dc AND o.state IN ('open', 'confirmed', 'shipped')
				AND o.reference <> 'TL-' || r.recommendation
		) open ON true
		WHERE r.recommendation = @id`, binds{"id": recommendation, "tries": models.HealTries}).Scan(&s)
	return s, oneRow(found, "recommendation", recommendation)
}

// Committed is the value in a currency of what was approved to be bought for a
// DC since then, ordered or not yet; the recommendation itself is left out.
func (t *WorkflowTx) Committed(dc, currency string, since time.Time, recommendation string) (decimal.Decimal, error) {
	var sum decimal.Decimal
	err := t.db.Raw(`
		SELECT coalesce(sum(p.value), 0) FROM proposals p JOIN recommendations r USING (recommendation)
		WHERE p.state IN ('approved', 'ordered', 'failed') AND p.decided_at >= @since
			AND r.dc = @dc AND r.kind = 'purchase' AND p.currency = @currency AND p.recommendation <> @id`,
		binds{"since": since, "dc": dc, "currency": currency, "id": recommendation}).Scan(&sum).Error
	if err != nil {
		return sum, fmt.Errorf("read what was committed for %s: %w", dc, err)
	}
	return sum, nil
}
