package store

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// Badges counts what waits in each queue: of a team's, what it owns and is not put
// aside; of the approvals, recommendations and suppliers' notices that nobody ticked off.
func (o *Overview) Badges(ctx context.Context) ([]models.QueueCount, error) {
	var counts []models.QueueCount
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT `+owningTeam+` AS queue, count(*) AS open, min(priority) AS worst
		FROM exceptions WHERE state <> 'resolved' AND `+isShelved+` IS NOT TRUE GROUP BY 1
		UNION ALL
		SELECT 'approvals', (SELECT count(*) FROM proposals WHERE state = 'waiting') + (SELECT count(*)`+aNotice+` AND x.seen_at IS NULL), ''`,
		binds{"since": time.Now().Add(-models.NoticeLookBack), "supplier": ""}).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count the queues: %w", err)
	}
	return counts, nil
}
