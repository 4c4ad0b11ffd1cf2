package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Concentration reads where the open exceptions of stock gather, those put
// aside left out.
func (o *Overview) Concentration(ctx context.Context) ([]models.Concentration, error) {
	rows, err := o.db.Pool.Query(ctx, `
		WITH of_items AS (
			SELECT x.item, x.dc, coalesce(nullif(max(x.supplier), ''), max(i.supplier), '') AS supplier, coalesce(max(i.abc_class), '') AS class,
				count(*) AS exceptions, max(x.value_at_risk) FILTER (WHERE x.currency = `+companyCurrency+`) AS value,
				bool_or(x.value_at_risk > 0 AND x.currency <> `+companyCurrency+`) AS is_foreign
			FROM exceptions x LEFT JOIN items i USING (item)
			WHERE x.state <> 'resolved' AND x.item <> '' AND x.dc <> '' AND `+isShelved+` IS NOT TRUE
			GROUP BY x.item, x.dc)
		SELECT o.dc, o.supplier, coalesce(max(s.name), ''), o.class, count(*), sum(o.exceptions)::bigint, coalesce(sum(o.value), 0), count(*) FILTER (WHERE o.is_foreign)
		FROM of_items o LEFT JOIN suppliers s USING (supplier)
		GROUP BY o.dc, o.supplier, o.class ORDER BY o.dc, o.supplier, o.class`)
	if err != nil {
		return nil, fmt.Errorf("read where exceptions gather: %w", err)
	}
	return collect(rows, "read where exceptions gather", func(row pgx.CollectableRow, c *models.Concentration) error {
		return row.Scan(&c.DC, &c.Supplier, &c.SupplierName, &c.Class, &c.Items, &c.Exceptions, &c.Value, &c.Foreign)
	})
}
