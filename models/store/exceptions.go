package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"throughline/models"
)

// Exceptions is the one store of everything that needs a response. It is safe
// for concurrent use.
type Exceptions struct{ db *DB }

// NewExceptions works on db.
func NewExceptions(db *DB) *Exceptions { return &Exceptions{db: db} }

// Get reads one exception with its history. An unknown id is CodeNotFound.
func (s *Exceptions) Get(ctx context.Context, id int64) (models.ExceptionDetail, error) {
	var d models.ExceptionDetail
	g := s.db.Gorm.WithContext(ctx)
	err := g.Table("exceptions").Where("id = ?", id).Take(&d.Exception).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return d, models.Errorf(models.CodeNotFound, "There is no exception %d.", id)
	}
	if err == nil {
		err = g.Table("exception_notes").Where("exception_id = ?", id).Order("id").Find(&d.Notes).Error
	}
	if err == nil {
		err = g.Table("runbook_ticks").Where("exception_id = ?", id).Order("ticked_at").Find(&d.Ticks).Error
	}
	if err == nil {
		err = readChained(g, &d)
	}
	if err == nil {
		err = readCompared(g, &d)
	}
	if err != nil {
		return d, fmt.Errorf("read exception %d: %w", id, err)
	}
	return d, nil
}

// Counts says how many exceptions are open per team and priority. Its cost
// grows with what is open, not with what ever was.
func (s *Exceptions) Counts(ctx context.Context) ([]models.ExceptionCount, error) {
	var counts []models.ExceptionCount
	err := s.db.Gorm.WithContext(ctx).Raw(`
		SELECT t.team, x.priority, count(*) AS open, count(*) FILTER (WHERE x.owner = '') AS unowned,
			count(*) FILTER (WHERE ` + isShelved + `) AS shelved,
			count(*) FILTER (WHERE x.escalation > 0 AND ` + isShelved + ` IS NOT TRUE) AS escalated,
			count(*) FILTER (WHERE x.resolve_due_at < now() OR x.acknowledged_at IS NULL AND x.ack_due_at < now()) AS overdue
		FROM exceptions x CROSS JOIN LATERAL (SELECT x.team UNION SELECT x.also_team WHERE x.also_team <> '' UNION SELECT x.routed_team WHERE x.routed_team <> '') AS t(team)
		WHERE x.state <> 'resolved'
		GROUP BY t.team, x.priority ORDER BY t.team, x.priority`).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count the open exceptions: %w", err)
	}
	return counts, nil
}
