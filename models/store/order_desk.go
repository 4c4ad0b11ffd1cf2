package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// onOrderDesk is what is approved and not ordered.
const onOrderDesk = `
	FROM proposals p JOIN recommendations r USING (recommendation)
	JOIN erp_writes w USING (recommendation)
	JOIN decisions d ON d.recommendation = p.recommendation AND d.verdict = 'approved'
	LEFT JOIN items i ON i.item = r.item
	LEFT JOIN suppliers s ON s.supplier = r.supplier
	LEFT JOIN milestones m ON m.kind = 'ordered' AND m.subject = p.recommendation
	LEFT JOIN exceptions e ON e.standing AND e.dedupe_key = 'WFL-05|' || p.recommendation
	WHERE p.state IN ('approved', 'failed') AND (@dc = '' OR r.dc = @dc)`

// OrderDeskCount counts what OrderDesk lists.
func (a *Approvals) OrderDeskCount(ctx context.Context, dc string) (int64, error) {
	var n int64
	if err := a.db.Gorm.WithContext(ctx).Raw(`SELECT count(*)`+onOrderDesk, binds{"dc": dc}).Scan(&n).Error; err != nil {
		return 0, fmt.Errorf("count the order desk: %w", err)
	}
	return n, nil
}

// deskSorts are what a reader may sort the desk by.
var deskSorts = map[string]string{
	"id": "p.recommendation", "item": "r.item", "dc": "r.dc",
	"from": "coalesce(nullif(r.from_dc, ''), nullif(s.name, ''), r.supplier)", "quantity": "p.quantity",
	"value": "p.value", "cut_off": "r.order_by", "approved": "p.decided_at",
	"stopped": "w.state", "tries": "w.attempts", "next": "w.next_attempt_at",
	"window": "m.due_at", "owner": "coalesce(e.owner, '')",
}

// OrderDesk lists what is approved and not ordered, the earliest cut-off first
// unless it is sorted by id, item, dc, from, quantity, value, cut_off, approved,
// stopped, tries, next, window or owner. An empty dc means all.
func (a *Approvals) OrderDesk(ctx context.Context, dc string, by models.Sorting, part models.Part) ([]models.OrderDeskRow, error) {
	var rows []models.OrderDeskRow
	err := a.db.Gorm.WithContext(ctx).Raw(`
		SELECT p.recommendation, r.kind, r.item, r.dc, r.from_dc, r.supplier, p.state, p.policy_version, p.route,
			p.quantity, r.unit, r.unit_price, p.value, p.currency, r.need_by, r.order_by, p.version,
			p.first_approver, p.changed_by, p.superseded_by, p.entered_at, p.due_at, p.decided_at, p.ordered_at, p.fallback, p.late_feed,
			coalesce(i.description, '') AS description, coalesce(s.name, '') AS supplier_name,
			w.id AS write_id, w.state AS write_state, w.attempts, w.next_attempt_at, w.error_class, w.error, d.actor AS approved_by,
			m.due_at AS late_at, coalesce(e.id, 0) AS exception, coalesce(e.owner, '') AS owner`+onOrderDesk+`
		ORDER BY `+orderBy(by, deskSorts, "r.order_by", "p.recommendation")+` LIMIT @limit OFFSET @offset`,
		binds{"dc": dc, "limit": pageSize(part.Limit), "offset": part.Offset}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the order desk: %w", err)
	}
	return rows, nil
}
