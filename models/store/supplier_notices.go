package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"throughline/models"
)

// aNotice is a supplier's word x about no order that is still shown.
const aNotice = ` FROM supplier_exceptions x WHERE x.number = '' AND x.occurred_at > @since AND (@supplier = '' OR x.supplier = @supplier)`

// noticesLimit bounds what one look reads.
const noticesLimit = 200

// SupplierNotices are what suppliers said of no order in the last 30 days, the
// newest first and 200 at most.
func (a *Approvals) SupplierNotices(ctx context.Context) ([]models.SupplierNotice, error) {
	return a.noticesOf(a.db.Gorm.WithContext(ctx), "")
}

// SupplierNoticeCount counts what SupplierNotices lists, without its limit.
func (a *Approvals) SupplierNoticeCount(ctx context.Context) (int64, error) {
	var n int64
	err := a.db.Gorm.WithContext(ctx).Raw(`SELECT count(*)`+aNotice, a.noticeBinds("")).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count what suppliers said of no order: %w", err)
	}
	return n, nil
}

func (a *Approvals) noticeBinds(supplier string) binds {
	return binds{"since": a.now().Add(-models.NoticeLookBack), "supplier": supplier, "limit": noticesLimit}
}

// noticesOf are those of one supplier, or of all for an empty one.
func (a *Approvals) noticesOf(db *gorm.DB, supplier string) ([]models.SupplierNotice, error) {
	var notices []models.SupplierNotice
	err := db.Raw(`
		SELECT n.*, coalesce(nullif(s.name, ''), n.supplier) AS name,
			(SELECT count(*) FROM proposals p JOIN recommendations r USING (recommendation) WHERE p.state = 'waiting' AND r.supplier = n.supplier) AS waiting
		FROM (SELECT x.seq, x.supplier, x.kind, x.message, x.occurred_at`+aNotice+` ORDER BY x.occurred_at DESC, x.seq DESC LIMIT @limit) n
		LEFT JOIN suppliers s USING (supplier) ORDER BY n.occurred_at DESC, n.seq DESC`, a.noticeBinds(supplier)).Scan(&notices).Error
	if err != nil {
		return nil, fmt.Errorf("read what suppliers said of no order: %w", err)
	}
	return notices, nil
}
