package store

import (
	"fmt"

	"gorm.io/gorm"

	"throughline/models"
)

// thresholdsOf reads the levels that stock of the chain's item fell to. Only the
// newest word of each is kept, so an earlier moment shows none.
func thresholdsOf(db *gorm.DB, chain *models.Chain, at known) error {
	if at != nil {
		return nil
	}
	err := db.Raw(`
		SELECT b.threshold, b.level, b.available AS told, b.occurred_at AS at, b.seq, p.available
		FROM threshold_breaches b LEFT JOIN positions p USING (item, dc)
		WHERE b.item = @item AND b.dc = @dc ORDER BY b.threshold`, binds{"item": chain.Item, "dc": chain.DC}).Scan(&chain.Thresholds).Error
	if err != nil {
		return fmt.Errorf("read the thresholds of %s at %s: %w", chain.Item, chain.DC, err)
	}
	return nil
}
