package store

import (
	"context"
	"fmt"

	"throughline/models"
)

// Badges counts what waits in each queue.
func (o *Overview) Badges(ctx context.Context) ([]models.QueueCount, error) {
	var counts []models.QueueCount
	err := o.db.Gorm.WithContext(ctx).Raw(`
		SELECT t.team AS queue, count(*) AS open, min(x.priority) AS worst
		FROM exceptions x CROSS JOIN LATERAL (SELECT x.team UNION SELECT x.also_team WHERE x.also_team <> '' UNION SELECT x.routed_team WHERE x.routed_team <> '') AS t (team)
		WHERE x.state <> 'resolved' GROUP BY t.team
		UNION ALL
		SELECT 'approvals', count(*), '' FROM proposals WHERE state = 'waiting'`).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count the queues: %w", err)
	}
	return counts, nil
}
