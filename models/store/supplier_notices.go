package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

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

// SupplierNoticeCount counts what of SupplierNotices nobody ticked off, without its limit.
func (a *Approvals) SupplierNoticeCount(ctx context.Context) (int64, error) {
	var n int64
	err := a.db.Gorm.WithContext(ctx).Raw(`SELECT count(*)`+aNotice+` AND x.seen_at IS NULL`, a.noticeBinds("")).Scan(&n).Error
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
		FROM (SELECT x.seq, x.supplier, x.kind, x.message, x.occurred_at, x.seen_at, x.seen_by, x.seen_note, count(*) OVER () AS total`+aNotice+` ORDER BY x.occurred_at DESC, x.seq DESC LIMIT @limit) n
		LEFT JOIN suppliers s USING (supplier) ORDER BY n.occurred_at DESC, n.seq DESC`, a.noticeBinds(supplier)).Scan(&notices).Error
	if err != nil {
		return nil, fmt.Errorf("read what suppliers said of no order: %w", err)
	}
	return notices, nil
}

// SeeSupplierNotice ticks a notice off, by its event, with its audit row in one
// transaction (invariant 8). CodeNotFound when there is no such notice, CodeConflict
// when somebody was first, CodeInvalid without a note.
func (a *Approvals) SeeSupplierNotice(ctx context.Context, seq int64, actor, note string) error {
	if note == "" {
		return &models.Error{Code: models.CodeInvalid, Message: "Say in a sentence what follows from it.", Fields: []models.FieldError{{Field: "note", Message: "is required"}}}
	}
	err := a.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var before struct{ SeenBy string }
		found := tx.Raw(`SELECT seen_by FROM supplier_exceptions WHERE seq = ? AND number = '' FOR UPDATE`, seq).Scan(&before)
		switch {
		case found.Error != nil:
			return found.Error
		case found.RowsAffected == 0:
			return models.Errorf(models.CodeNotFound, "No supplier has said anything of no order with event %d.", seq)
		case before.SeenBy != "":
			return models.Errorf(models.CodeConflict, "%s has ticked it off already.", before.SeenBy)
		}
		err := tx.Exec(`UPDATE supplier_exceptions SET seen_at = ?, seen_by = ?, seen_note = ? WHERE seq = ?`, a.now(), actor, note, seq).Error
		if err != nil {
			return err
		}
		return auditGorm(tx, models.AuditEntry{Actor: actor, Action: "supplier_notice.see", Subject: "event:" + strconv.FormatInt(seq, 10), Reason: note})
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("tick off what a supplier said: %w", err)
	}
	return err
}
