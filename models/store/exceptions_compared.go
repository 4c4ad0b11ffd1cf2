package store

import (
	"gorm.io/gorm"

	"throughline/models"
)

// readCompared reads the two orders of a possible duplicate; the key of such an
// exception names them both.
func readCompared(db *gorm.DB, d *models.ExceptionDetail) error {
	if d.Code != models.ExceptionDuplicateOrder {
		return nil
	}
	return db.Raw(`
		SELECT o.number, o.reference, o.state, l.quantity, l.unit, l.need_by, o.ordered_at, answer.quantity AS confirmed, answer.day AS promised
		FROM exceptions x JOIN orders o ON o.number = ANY (string_to_array(x.dedupe_key, '|'))
		JOIN order_lines l ON l.number = o.number AND l.item = x.item
		LEFT JOIN LATERAL (SELECT c.quantity, c.promised_day AS day FROM confirmations c
			WHERE c.number = l.number AND c.line = l.line ORDER BY c.confirmed_at DESC LIMIT 1) answer ON true
		WHERE x.id = ? ORDER BY o.ordered_at, o.number, l.line`, d.ID).Scan(&d.Compared).Error
}
