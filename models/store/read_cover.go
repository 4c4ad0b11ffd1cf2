package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// BelowCover lists the items of a DC that have less than the lead time's
// demand, the fewest days of cover first.
func (o *Overview) BelowCover(ctx context.Context, dc string, part models.Part) ([]models.CoverRow, error) {
	var rows []models.CoverRow
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT p.item, i.description, i.abc_class AS class, p.unit, p.available, d.demand, p.as_of,
			round(greatest(p.available, 0) * d.days / nullif(d.demand, 0), 1) AS days_cover,
			coalesce(s.lead_time_days, 1) AS lead_time, coalesce(oo.quantity, 0) AS on_order
		FROM positions p JOIN items i USING (item) LEFT JOIN suppliers s USING (supplier)
		JOIN LATERAL (
			SELECT cardinality(span.q) AS days, (SELECT sum(q) FROM unnest(span.q) AS q) AS demand
			FROM (SELECT f.quantities[1:greatest(1, ceil(coalesce(s.lead_time_days, 1)))::int] AS q
				FROM forecast_revisions f WHERE f.item = p.item AND f.dc = p.dc ORDER BY f.revision DESC LIMIT 1) AS span
			) d ON true
		LEFT JOIN LATERAL (`+onOrder+`) oo ON true
		WHERE p.dc = @dc AND p.available < d.demand
		ORDER BY days_cover NULLS LAST, d.demand DESC, p.item LIMIT @limit OFFSET @offset`,
		map[string]any{"dc": dc, "limit": part.Limit, "offset": part.Offset}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list what is below cover at %s: %w", dc, err)
	}
	return rows, nil
}

// onOrder is what open orders still bring for p.item at p.dc.
const onOrder = `
	SELECT sum(greatest(0, l.quantity - coalesce(r.quantity, 0))) AS quantity
	FROM order_lines l JOIN orders o USING (number)
	LEFT JOIN (SELECT number, line, sum(quantity) AS quantity FROM receipts GROUP BY number, line) r USING (number, line)
	WHERE l.item = p.item AND o.dc = p.dc AND o.state IN ('open', 'confirmed', 'shipped')`
