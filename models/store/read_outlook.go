package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// historyLines is how many of a source's newest order lines its history is made of.
const historyLines = 200

// outlook is the coming supply and demand of an item at a DC.
func (a *Approvals) outlook(ctx context.Context, item, dc string) (models.Outlook, error) {
	covers, err := NewConditions(a.db).Covers(ctx, a.rule.Clock.At(a.now()), []ItemDC{{Item: item, DC: dc}})
	if err != nil || len(covers) == 0 {
		return models.Outlook{}, err
	}
	c := covers[0]
	return models.Outlook{Cover: c.Cover, Known: true, LeadTime: c.LeadTime, Revision: c.Revision, AsOf: c.AsOf}, nil
}

// historyOf is how the source of a proposal kept its word: a supplier on all
// of its items, a DC on the transfers of this one.
func historyOf(db *gorm.DB, p models.Proposal) (models.SourceHistory, error) {
	lines := `FROM items i JOIN order_lines l USING (item) JOIN orders o USING (number)
		WHERE i.supplier = @supplier AND o.supplier = @supplier`
	if p.FromDC != "" {
		lines = `FROM order_lines l JOIN orders o USING (number) WHERE l.item = @item AND o.from_dc = @from`
	}
	var row struct {
		models.SourceHistory
		P50S, P90S float64
	}
	err := db.Raw(`
		SELECT count(*) AS lines, count(c.at) AS confirmed, min(n.ordered_at) AS since,
			count(*) FILTER (WHERE c.quantity >= n.quantity) AS in_full,
			count(*) FILTER (WHERE c.day <= n.need_by AND c.quantity > 0) AS in_time,
			count(g.quantity) AS received, count(*) FILTER (WHERE g.quantity >= n.quantity) AS received_all,
			coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.at - n.ordered_at)), 0) AS p50_s,
			coalesce(percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM c.at - n.ordered_at)), 0) AS p90_s
		FROM (SELECT l.number, l.line, l.quantity, l.need_by, o.ordered_at `+lines+` ORDER BY o.ordered_at DESC LIMIT @limit) n
		LEFT JOIN LATERAL (SELECT confirmed_at AS at, quantity, promised_day AS day FROM confirmations
			WHERE number = n.number AND line = n.line ORDER BY confirmed_at, seq LIMIT 1) c ON true
		LEFT JOIN LATERAL (SELECT sum(quantity) AS quantity FROM receipts WHERE number = n.number AND line = n.line) g ON true`,
		binds{"supplier": p.Supplier, "item": p.Item, "from": p.FromDC, "limit": historyLines}).Scan(&row).Error
	if err != nil {
		return row.SourceHistory, fmt.Errorf("read how %s%s kept its word: %w", p.Supplier, p.FromDC, err)
	}
	row.ResponseP50, row.ResponseP90 = seconds(row.P50S), seconds(row.P90S)
	return row.SourceHistory, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
