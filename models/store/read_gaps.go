package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// gapHorizon is how far ahead, in business time, a gap's effect is looked for.
const gapHorizon = coverDays * 24 * time.Hour

// openGaps are the open purchase lines whose confirmation differs from the order.
const openGaps = `
	FROM orders o JOIN order_lines l USING (number)
	JOIN LATERAL (` + confirmedAs + `) c ON true
	WHERE o.state IN ('open', 'confirmed') AND o.kind = 'purchase' AND ($1 = '' OR o.dc = $1) AND ($2 = '' OR (l.number, l.line) = ($2, $3))
		AND (c.quantity < l.quantity OR c.promised_day > l.need_by)
		AND NOT EXISTS (SELECT 1 FROM asns WHERE number = l.number AND line = l.line)`

// ConfirmationGapCount counts what ConfirmationGaps lists.
func (a *Approvals) ConfirmationGapCount(ctx context.Context, dc string) (int64, error) {
	var n int64
	if err := a.db.Pool.QueryRow(ctx, `SELECT count(*)`+openGaps, dc, "", 0).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the confirmation gaps: %w", err)
	}
	return n, nil
}

// ConfirmationGap reads one gap, CodeNotFound when the line has none.
func (a *Approvals) ConfirmationGap(ctx context.Context, number string, line int) (models.ConfirmationGap, error) {
	gaps, err := a.gaps(ctx, "", number, line, models.Sorting{}, models.Part{Limit: 1})
	if err == nil && len(gaps) == 0 {
		err = models.Errorf(models.CodeNotFound, "Line %d of %s is confirmed as it was ordered, or no longer open.", line, number)
	}
	if err != nil {
		return models.ConfirmationGap{}, err
	}
	return gaps[0], nil
}

// gapOrder is the list's own: what has an exception, and of that what is worth most.
const gapOrder = "e.id IS NULL, (l.quantity * l.unit_price) DESC"

// gapSorts are what a reader may sort the gaps by instead.
var gapSorts = map[string]string{
	"order": "l.number", "item": "l.item", "dc": "l.dc", "supplier": "coalesce(s.name, l.supplier)", "ordered": "l.quantity", "confirmed": "l.confirmed",
	"short": "greatest(l.quantity - l.confirmed, 0)", "need_by": "l.need_by", "promised": "l.promised_day", "late": "greatest(l.promised_day - l.need_by, 0)", "answered": "l.confirmed_at", "owner": "coalesce(e.owner, '')",
}

// ConfirmationGaps lists the open purchase lines whose confirmation differs from
// the order, what is worth most first unless it is sorted by order, item, dc,
// supplier, ordered, confirmed, short, need_by, promised, late, answered or owner. An empty
// dc means all.
func (a *Approvals) ConfirmationGaps(ctx context.Context, dc string, by models.Sorting, part models.Part) ([]models.ConfirmationGap, error) {
	return a.gaps(ctx, dc, "", 0, by, part)
}

func (a *Approvals) gaps(ctx context.Context, dc, number string, line int, by models.Sorting, part models.Part) ([]models.ConfirmationGap, error) {
	rows, err := a.db.Pool.Query(ctx, `
		WITH gaps AS (SELECT o.dc, o.supplier, o.currency, l.*, c.quantity AS confirmed, c.promised_day, c.confirmed_at, c.days, c.quantities`+openGaps+`)
		SELECT l.number, l.line, l.item, coalesce(i.description, ''), l.dc, l.unit, l.supplier, coalesce(s.name, l.supplier),
			l.quantity, l.confirmed, l.need_by, l.promised_day, l.confirmed_at, l.days, l.quantities::text[], l.unit_price, l.currency,
			coalesce(e.id, 0), coalesce(e.owner, ''), coalesce(x.message, ''), x.occurred_at, coalesce(x.seq, 0)
		FROM gaps l
		LEFT JOIN LATERAL (`+supplierWord+`) x ON true
		LEFT JOIN items i USING (item) LEFT JOIN suppliers s ON s.supplier = l.supplier
		LEFT JOIN LATERAL (SELECT id, owner FROM exceptions
			WHERE code = $4 AND document = l.number AND item = l.item AND state <> 'resolved' ORDER BY id DESC LIMIT 1) e ON true
		ORDER BY `+orderBy(by, gapSorts, gapOrder, "l.number, l.line")+` LIMIT $5 OFFSET $6`,
		dc, number, line, models.ExceptionConfirmationGap, pageSize(part.Limit), part.Offset)
	if err != nil {
		return nil, fmt.Errorf("list the confirmation gaps: %w", err)
	}
	gaps, err := collect(rows, "list the confirmation gaps", scanGap)
	if err != nil || len(gaps) == 0 {
		return gaps, err
	}
	if err := a.judgeGaps(ctx, gaps); err != nil {
		return nil, err
	}
	return gaps, a.fillGaps(ctx, gaps)
}

func scanGap(row pgx.CollectableRow, g *models.ConfirmationGap) error {
	var days []time.Time
	var quantities []string
	err := row.Scan(&g.Number, &g.Line, &g.Item, &g.Description, &g.DC, &g.Unit, &g.Supplier, &g.SupplierName,
		&g.Requested, &g.Confirmed, &g.NeedBy, &g.Promised, &g.ConfirmedAt, &days, &quantities, &g.Price, &g.Currency, &g.Exception, &g.Owner,
		&g.Said, &g.SaidAt, &g.SaidSeq)
	if err != nil {
		return err
	}
	g.Parts, err = confirmedParts(days, quantities)
	return err
}

// judgeGaps adds to each gap what it does to stock.
func (a *Approvals) judgeGaps(ctx context.Context, gaps []models.ConfirmationGap) error {
	now := a.rule.Clock.At(a.now())
	keys := make([]ItemDC, len(gaps))
	for i, g := range gaps {
		keys[i] = ItemDC{Item: g.Item, DC: g.DC}
	}
	covers, err := NewConditions(a.db).Covers(ctx, now, keys)
	if err != nil {
		return err
	}
	found := make(map[ItemDC]ItemCover, len(covers))
	for _, c := range covers {
		found[ItemDC{Item: c.Item, DC: c.DC}] = c
	}
	for i := range gaps {
		if cover, ok := found[keys[i]]; ok {
			gaps[i].Judge(cover.Cover, now, now.Add(gapHorizon))
			gaps[i].StockAsOf = cover.AsOf
		}
	}
	return nil
}
