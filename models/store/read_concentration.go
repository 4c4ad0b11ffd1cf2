package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// gathersWhere are the open exceptions of stock x, those put aside left out.
const gathersWhere = `x.state <> 'resolved' AND x.item <> '' AND x.dc <> '' AND ` + isShelved + ` IS NOT TRUE`

// gatherWithin is a cut ($1 to $4) of rows that name DC, supplier, category and class.
const gatherWithin = `
	($1 = '' OR dc = $1) AND ($2 = '' OR supplier = CASE $2 WHEN '` + models.NotKnown + `' THEN '' ELSE $2 END)
	AND ($3 = '' OR category = CASE $3 WHEN '` + models.NotKnown + `' THEN '' ELSE $3 END)
	AND ($4 = '' OR class = CASE $4 WHEN '` + models.NotKnown + `' THEN '' ELSE $4 END)`

// gathered are the items at DCs that open exceptions put at risk.
const gathered = `of_items AS (
	SELECT x.item, x.dc, coalesce(nullif(max(x.supplier), ''), max(i.supplier), '') AS supplier, coalesce(max(i.description), '') AS description,
		coalesce(max(i.category), '') AS category, coalesce(max(i.abc_class), '') AS class,
		count(*) AS exceptions, max(x.value_at_risk) FILTER (WHERE x.currency = ` + companyCurrency + `) AS value,
		bool_or(x.value_at_risk > 0 AND x.currency <> ` + companyCurrency + `) AS is_foreign
	FROM exceptions x LEFT JOIN items i USING (item)
	WHERE ` + gathersWhere + `
	GROUP BY x.item, x.dc)`

// Concentration reads where the open exceptions of stock gather, those put
// aside left out.
func (o *Overview) Concentration(ctx context.Context, f models.ConcentrationFilter) ([]models.Concentration, error) {
	rows, err := o.db.Pool.Query(ctx, `
		WITH `+gathered+`
		SELECT o.dc, o.supplier, coalesce(max(s.name), ''), o.category, o.class, count(*), sum(o.exceptions)::bigint, coalesce(sum(o.value), 0), count(*) FILTER (WHERE o.is_foreign)
		FROM (SELECT * FROM of_items WHERE `+gatherWithin+`) o LEFT JOIN suppliers s USING (supplier)
		GROUP BY o.dc, o.supplier, o.category, o.class ORDER BY o.dc, o.supplier, o.category, o.class`, f.DC, f.Supplier, f.Category, f.Class)
	if err != nil {
		return nil, fmt.Errorf("read where exceptions gather: %w", err)
	}
	return collect(rows, "read where exceptions gather", func(row pgx.CollectableRow, c *models.Concentration) error {
		return row.Scan(&c.DC, &c.Supplier, &c.SupplierName, &c.Category, &c.Class, &c.Items, &c.Exceptions, &c.Value, &c.Foreign)
	})
}

// Gathered reads the exceptions behind a cut, the dearest item first and those of
// an item at a DC together.
func (o *Overview) Gathered(ctx context.Context, f models.ConcentrationFilter, part models.Part) ([]models.GatheredException, error) {
	rows, err := o.db.Pool.Query(ctx, `
		WITH `+gathered+`
		SELECT x.id, x.title, x.happened, x.priority, x.state, x.owner, x.opened_at, x.value_at_risk, x.currency, o.item, o.description, o.dc, o.supplier, o.category
		FROM (SELECT * FROM of_items WHERE `+gatherWithin+`) o JOIN exceptions x USING (item, dc)
		WHERE `+gathersWhere+`
		ORDER BY o.value DESC NULLS LAST, o.item, o.dc, x.value_at_risk DESC, x.id LIMIT $5 OFFSET $6`,
		f.DC, f.Supplier, f.Category, f.Class, part.Limit, part.Offset)
	if err != nil {
		return nil, fmt.Errorf("read the exceptions that gather: %w", err)
	}
	return collect(rows, "read the exceptions that gather", func(row pgx.CollectableRow, e *models.GatheredException) error {
		return row.Scan(&e.Exception, &e.Title, &e.Happened, &e.Priority, &e.State, &e.Owner, &e.OpenedAt, &e.Value, &e.Currency,
			&e.Item, &e.Description, &e.DC, &e.Supplier, &e.Category)
	})
}

// GatheredDays reads the course of a cut over business days, weeks or months, the
// earliest first. ends are the real instants between them: the first begins the first
// of them, the last is now. Nobody keeps when an exception was put aside, so all count.
func (o *Overview) GatheredDays(ctx context.Context, f models.ConcentrationFilter, ends []time.Time) ([]models.GatheredDay, error) {
	rows, err := o.db.Pool.Query(ctx, `
		WITH past AS MATERIALIZED (
			SELECT * FROM (
				SELECT x.item, x.dc, coalesce(nullif(max(x.supplier) OVER place, ''), i.supplier, '') AS supplier, coalesce(i.category, '') AS category,
					coalesce(i.abc_class, '') AS class, x.opened_at, coalesce(x.resolved_at, 'infinity') AS closed_at,
					CASE WHEN x.currency = `+companyCurrency+` THEN x.value_at_risk END AS value
				FROM exceptions x LEFT JOIN items i USING (item)
				WHERE x.item <> '' AND x.dc <> '' AND (x.state <> 'resolved' OR x.resolved_at > $5)
				WINDOW place AS (PARTITION BY x.item, x.dc)) p
			WHERE `+gatherWithin+`)
		SELECT (SELECT count(*) FROM past WHERE opened_at >= d.began AND opened_at < d.ended), stood.open, stood.value
		FROM (SELECT ended, lag(ended) OVER (ORDER BY ended) AS began FROM unnest($6::timestamptz[]) AS e(ended)) d, LATERAL (
			SELECT coalesce(sum(n), 0)::bigint AS open, coalesce(sum(value), 0) AS value FROM (
				SELECT count(*) AS n, max(value) AS value FROM past WHERE opened_at < d.ended AND closed_at >= d.ended GROUP BY item, dc) i) stood
		WHERE d.began IS NOT NULL ORDER BY d.ended`, f.DC, f.Supplier, f.Category, f.Class, ends[0], ends)
	if err != nil {
		return nil, fmt.Errorf("read the course of exceptions: %w", err)
	}
	return collect(rows, "read the course of exceptions", func(row pgx.CollectableRow, d *models.GatheredDay) error {
		return row.Scan(&d.Opened, &d.Open, &d.Value)
	})
}
