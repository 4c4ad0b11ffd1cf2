package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"gorm.io/gorm"

	"throughline/models"
)

// maxMovements bounds what an inspector lists.
const maxMovements = 100

// Inspect sets the basis of a recommendation beside what is known now.
func (a *Approvals) Inspect(ctx context.Context, recommendation string) (models.BasisInspector, error) {
	return a.inspect(ctx, recommendation, nil)
}

func (a *Approvals) inspect(ctx context.Context, recommendation string, at known) (models.BasisInspector, error) {
	b := models.BasisInspector{Recommendation: recommendation, At: at}
	db := a.db.Gorm.WithContext(ctx)
	err := readFigures(db, &b)
	if err == nil && at != nil {
		err = figuresThen(db, &b, at)
	}
	if err != nil {
		return b, err
	}
	if b.Checks, err = storedChecks(db, recommendation, at); err != nil {
		return b, err
	}
	moment := a.now().UTC()
	if at != nil {
		moment = *at
	}
	now, err := a.rule.check(db, models.MomentNow, moment, recommendation)
	if err != nil {
		return b, err
	}
	b.Checks = append(b.Checks, now[recommendation].BasisCheck)
	if b.Movements, err = movementsSince(db, recommendation, at); err != nil {
		return b, err
	}
	if len(b.Movements) > maxMovements {
		b.Movements, b.MoreMovements = b.Movements[:maxMovements], true
	}
	kept, err := a.movementsKept(ctx, db, recommendation)
	if kept != nil {
		b.LeaveOutMovements(*kept)
	}
	return b, err
}

// movementsKept is from when on the movements after a basis are there, nil when
// all are. Those of a chain that has not ended are.
func (a *Approvals) movementsKept(ctx context.Context, db *gorm.DB, recommendation string) (*time.Time, error) {
	kept, err := keptSince(ctx, a.db, models.KeptMovements)
	if err != nil || kept.IsZero() {
		return nil, err
	}
	var older bool
	err = db.Raw(`
		SELECT coalesce(r.stock_as_of, r.computed_at) < @kept AND NOT EXISTS (
			SELECT FROM proposals p WHERE p.recommendation = r.recommendation AND `+openChain+`)
		FROM recommendations r WHERE r.recommendation = @id`, binds{"kept": kept, "id": recommendation}).Scan(&older).Error
	if err != nil {
		return nil, fmt.Errorf("read since when the movements after the basis of %s are kept: %w", recommendation, err)
	}
	if !older {
		return nil, nil //nolint:nilnil // all are kept
	}
	return &kept, nil
}

// onOrderAtBasis is what orders made by the time of r's basis had still to
// bring then; an order that was cancelled since is not counted.
const onOrderAtBasis = `
	SELECT coalesce(sum(greatest(0, l.quantity - coalesce(got.quantity, 0))), 0) AS quantity
	FROM (SELECT coalesce(CAST(r.basis ->> 'open_supply_as_of' AS timestamptz), r.stock_as_of, r.computed_at) AS at) k,
		order_lines l JOIN orders o USING (number)
		LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity FROM receipts
			WHERE number = l.number AND line = l.line AND received_at <= k.at) got ON true
	WHERE l.item = r.item AND o.dc = r.dc AND o.state <> 'cancelled' AND o.ordered_at <= k.at`

func readFigures(db *gorm.DB, b *models.BasisInspector) error {
	var r struct {
		BasisKind                                 string
		ForecastRevision                          *int64
		StockVersion                              *int64
		StockQuantity, ThenOnHand, ThenAllocated  *decimal.Decimal
		StockAsOf, NowAsOf, ThenOrders, NowOrders *time.Time
		ThenPublished, NowPublished               *time.Time
		RevisionNow, NowVersion                   int64
		OnHand, Allocated, Available              *decimal.Decimal
		OnOrder, ThenOnOrder                      decimal.Decimal
		StockFrom, OrdersFrom, ForecastFrom       string
	}
	found := db.Raw(`
		SELECT r.basis_kind, r.forecast_revision, r.stock_version, r.stock_quantity, r.stock_as_of,
			m.on_hand AS then_on_hand, m.allocated AS then_allocated,
			coalesce(p.version, 0) AS now_version, p.as_of AS now_as_of, p.on_hand, p.allocated, p.available,
			coalesce(o.quantity, 0) AS on_order, t.quantity AS then_on_order,
			CAST(r.basis ->> 'open_supply_as_of' AS timestamptz) AS then_orders,
			(SELECT max(occurred_at) FROM freshness WHERE entity IN ('purchase_order', 'transfer_order') AND dc = r.dc) AS now_orders,
			(SELECT published_at FROM forecast_revisions f WHERE f.item = r.item AND f.dc = r.dc AND f.revision = r.forecast_revision) AS then_published,
			coalesce(f.revision, 0) AS revision_now, f.published_at AS now_published,
			`+toldBy("inventory")+` AS stock_from, `+toldBy("purchase_order", "transfer_order")+` AS orders_from, `+toldBy("forecast")+` AS forecast_from
		FROM recommendations r
		LEFT JOIN positions p ON p.item = r.item AND p.dc = r.dc
		LEFT JOIN LATERAL (
			SELECT on_hand, allocated FROM stock_movements
			WHERE item = r.item AND dc = r.dc AND version <= r.stock_version ORDER BY version DESC, seq DESC LIMIT 1
		) m ON true
		LEFT JOIN LATERAL (
			SELECT revision, published_at FROM forecast_revisions WHERE item = r.item AND dc = r.dc ORDER BY revision DESC LIMIT 1
		) f ON true
		LEFT JOIN LATERAL (`+onOrder+`) o ON true
		LEFT JOIN LATERAL (`+onOrderAtBasis+`) t ON true
		WHERE r.recommendation = @id`, binds{"id": b.Recommendation}).Scan(&r)
	if err := oneRow(found, "recommendation", b.Recommendation); err != nil {
		return err
	}
	b.Kind, b.RevisionThen, b.RevisionNow = r.BasisKind, r.ForecastRevision, r.RevisionNow
	b.StockFrom, b.OrdersFrom, b.ForecastFrom = r.StockFrom, r.OrdersFrom, r.ForecastFrom
	b.RevisionThenAt, b.RevisionNowAt = r.ThenPublished, r.NowPublished
	b.Then = models.BasisFigure{AsOf: r.StockAsOf, OrdersAt: r.ThenOrders, OnHand: r.ThenOnHand, Allocated: r.ThenAllocated, Available: r.StockQuantity}
	if r.BasisKind != "missing" {
		b.Then.OnOrder = &r.ThenOnOrder
	}
	if r.StockVersion != nil {
		b.Then.Version = *r.StockVersion
	}
	b.Now = models.BasisFigure{
		Version: r.NowVersion, AsOf: r.NowAsOf, OnHand: r.OnHand, Allocated: r.Allocated, Available: r.Available, OnOrder: &r.OnOrder, OrdersAt: r.NowOrders,
	}
	return nil
}

// toldBy names the sources whose word counts of entities at r.dc, of those that
// have told of them.
func toldBy(entities ...string) string {
	return `(SELECT coalesce(string_agg(DISTINCT s.source, ', '), '') FROM freshness s WHERE s.entity IN ('` + strings.Join(entities, "', '") + `') AND s.dc = r.dc
		AND NOT EXISTS (SELECT FROM owners w WHERE w.entity = s.entity AND w.record = '' AND w.source <> s.source))`
}

// storedChecks are the verdicts as they were known then, in the order of the moments.
func storedChecks(db *gorm.DB, recommendation string, at known) ([]models.BasisCheck, error) {
	var rows []struct {
		models.BasisCheck
		AgeS int64
	}
	err := db.Raw(`
		SELECT moment, verdict, cause, changed, stock_version, net_movement, deviation, tolerance, recomputed, age_s, checked_at
		FROM basis_checks WHERE recommendation = @id AND checked_at <= CAST(@at AS timestamptz)
		ORDER BY checked_at, array_position(ARRAY['compute', 'approve', 'order'], moment)`,
		binds{"id": recommendation, "at": knownText(at)}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the verdicts on %s: %w", recommendation, err)
	}
	checks := make([]models.BasisCheck, len(rows))
	for i, r := range rows {
		checks[i] = r.BasisCheck
		checks[i].Age = time.Duration(r.AgeS) * time.Second
	}
	return checks, nil
}

// movementsSince are the stock movements after a recommendation's basis, the newest first.
func movementsSince(db *gorm.DB, recommendation string, at known) ([]models.StockMovement, error) {
	var movements []models.StockMovement
	err := db.Raw(`
		SELECT m.version, m.kind, m.document, m.on_hand_delta, m.allocated_delta, m.on_hand, m.allocated, m.seq, m.occurred_at, m.recorded_at, `+salesOrderBehind+` AS sales_order
		FROM recommendations r JOIN stock_movements m ON m.item = r.item AND m.dc = r.dc AND m.version > r.stock_version
		WHERE r.recommendation = @id AND m.recorded_at <= CAST(@at AS timestamptz) ORDER BY m.version DESC, m.seq DESC LIMIT @limit`,
		binds{"id": recommendation, "limit": maxMovements + 1, "at": knownText(at)}).Scan(&movements).Error
	if err != nil {
		return nil, fmt.Errorf("read the movements since the basis of %s: %w", recommendation, err)
	}
	return movements, nil
}
