package store

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
	"gorm.io/gorm"

	"throughline/models"
)

// onOrderKnown is what orders had still to bring, as it was recorded by @at.
const onOrderKnown = `
	SELECT coalesce(sum(greatest(0, l.quantity - coalesce(got.quantity, 0))), 0) AS quantity
	FROM orders o JOIN order_line_versions l USING (number)
	LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity FROM receipts
		WHERE number = l.number AND line = l.line AND recorded_at <= CAST(@at AS timestamptz)) got ON true
	WHERE l.item = r.item AND o.dc = r.dc AND l.state IN ('open', 'confirmed', 'shipped')
		AND l.version = (SELECT max(version) FROM order_line_versions v
			WHERE v.number = o.number AND v.recorded_at <= CAST(@at AS timestamptz))`

// figuresThen puts in place of what is known now what was known at a moment,
// from the stock ledger.
func figuresThen(db *gorm.DB, b *models.BasisInspector, at known) error {
	var r struct {
		Version           int64
		AsOf              *time.Time
		OnHand, Allocated *decimal.Decimal
		OnOrder           decimal.Decimal
		Revision          int64
		PublishedAt       *time.Time
	}
	err := db.Raw(`
		SELECT coalesce(m.version, 0) AS version, m.occurred_at AS as_of, m.on_hand, m.allocated, o.quantity AS on_order,
			coalesce(f.revision, 0) AS revision, f.published_at
		FROM recommendations r
		LEFT JOIN LATERAL (
			SELECT version, occurred_at, on_hand, allocated FROM stock_movements
			WHERE item = r.item AND dc = r.dc AND recorded_at <= CAST(@at AS timestamptz) ORDER BY version DESC, seq DESC LIMIT 1
		) m ON true
		LEFT JOIN LATERAL (
			SELECT revision, published_at FROM forecast_revisions
			WHERE item = r.item AND dc = r.dc AND applied_at <= CAST(@at AS timestamptz) ORDER BY revision DESC LIMIT 1
		) f ON true
		CROSS JOIN LATERAL (`+onOrderKnown+`) o
		WHERE r.recommendation = @id`, binds{"id": b.Recommendation, "at": knownText(at)}).Scan(&r).Error
	if err != nil {
		return fmt.Errorf("read the stock behind %s as it was known: %w", b.Recommendation, err)
	}
	b.RevisionNow, b.RevisionNowAt = r.Revision, r.PublishedAt
	b.Now = models.BasisFigure{Version: r.Version, AsOf: r.AsOf, OnHand: r.OnHand, Allocated: r.Allocated, OnOrder: &r.OnOrder}
	if r.OnHand != nil && r.Allocated != nil {
		available := r.OnHand.Sub(*r.Allocated)
		b.Now.Available = &available
	}
	return nil
}
