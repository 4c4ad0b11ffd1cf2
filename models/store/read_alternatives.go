package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// fillGaps adds to each gap what could take the place of what is missing.
func (a *Approvals) fillGaps(ctx context.Context, gaps []models.ConfirmationGap) error {
	for _, fill := range []func(context.Context, []models.ConfirmationGap) error{a.otherLines, a.spareStock, a.otherSuppliers} {
		if err := fill(ctx, gaps); err != nil {
			return fmt.Errorf("look for alternatives to the confirmation gaps: %w", err)
		}
	}
	return nil
}

// gapKeys are the lines of the gaps, as arrays.
func gapKeys(gaps []models.ConfirmationGap) (items, dcs []string) {
	for _, g := range gaps {
		items, dcs = append(items, g.Item), append(dcs, g.DC)
	}
	return items, dcs
}

func (a *Approvals) otherLines(ctx context.Context, gaps []models.ConfirmationGap) error {
	items, dcs := gapKeys(gaps)
	rows, err := a.db.Pool.Query(ctx, `
		SELECT l.item, o.dc, l.number, l.line, greatest(coalesce(c.quantity, l.quantity) - coalesce(r.quantity, 0), 0),
			coalesce(s.eta_day, c.promised_day, l.need_by) AS day
		FROM orders o JOIN order_lines l USING (number)
		LEFT JOIN LATERAL (`+confirmedAs+`) c ON true
		LEFT JOIN LATERAL (SELECT max(eta_day) AS eta_day FROM asns WHERE number = l.number AND line = l.line) s ON true
		LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity FROM receipts WHERE number = l.number AND line = l.line) r ON true
		WHERE o.state IN ('open', 'confirmed', 'shipped') AND (l.item, o.dc) IN (SELECT * FROM unnest($1::text[], $2::text[]))
			AND coalesce(c.quantity, l.quantity) > coalesce(r.quantity, 0)
		ORDER BY day, l.number, l.line`, items, dcs)
	if err != nil {
		return err
	}
	var item, dc string
	var line models.OtherLine
	_, err = pgx.ForEachRow(rows, []any{&item, &dc, &line.Number, &line.Line, &line.Quantity, &line.Day}, func() error {
		for i := range gaps {
			g := &gaps[i]
			if g.Item == item && g.DC == dc && (g.Number != line.Number || g.Line != line.Line) {
				g.Alternatives.Lines = append(g.Alternatives.Lines, line)
			}
		}
		return nil
	})
	return err
}

// spareStock asks the other DCs what they can give without running out within
// the lead time of the item's supplier. One without a forecast may need all it has.
func (a *Approvals) spareStock(ctx context.Context, gaps []models.ConfirmationGap) error {
	items, _ := gapKeys(gaps)
	rows, err := a.db.Pool.Query(ctx, `SELECT item, dc FROM positions WHERE item = ANY ($1) AND available > 0`, items)
	if err != nil {
		return err
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ItemDC])
	if err != nil || len(keys) == 0 {
		return err
	}
	now := a.rule.Clock.At(a.now())
	covers, err := NewConditions(a.db).Covers(ctx, now, keys)
	if err != nil {
		return err
	}
	for i := range gaps {
		g := &gaps[i]
		for _, c := range covers {
			days := int(c.LeadTime/(24*time.Hour)) + 1
			if spare := c.Spare(now, days); c.Item == g.Item && c.DC != g.DC && spare.IsPositive() {
				g.Alternatives.Transfers = append(g.Alternatives.Transfers, models.SpareStock{DC: c.DC, Quantity: spare})
			}
		}
		slices.SortFunc(g.Alternatives.Transfers, func(x, y models.SpareStock) int {
			return cmp.Or(y.Quantity.Cmp(x.Quantity), cmp.Compare(x.DC, y.DC))
		})
	}
	return nil
}

func (a *Approvals) otherSuppliers(ctx context.Context, gaps []models.ConfirmationGap) error {
	items, _ := gapKeys(gaps)
	rows, err := a.db.Pool.Query(ctx, `
		SELECT l.item, o.supplier, coalesce(s.name, o.supplier), count(DISTINCT (l.number, l.line)), max(r.received_at) AS at
		FROM order_lines l JOIN orders o USING (number) JOIN receipts r USING (number, line) LEFT JOIN suppliers s USING (supplier)
		WHERE l.item = ANY ($1) AND o.supplier <> '' GROUP BY l.item, o.supplier, s.name ORDER BY at DESC, o.supplier`, items)
	if err != nil {
		return err
	}
	var item string
	var other models.OtherSupplier
	_, err = pgx.ForEachRow(rows, []any{&item, &other.Supplier, &other.Name, &other.Lines, &other.ReceivedAt}, func() error {
		for i := range gaps {
			if g := &gaps[i]; g.Item == item && g.Supplier != other.Supplier {
				g.Alternatives.Suppliers = append(g.Alternatives.Suppliers, other)
			}
		}
		return nil
	})
	return err
}
