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
		d.Paces, err = stepPaces(g, d.Code)
	}
	if err == nil {
		err = readChained(g, &d)
	}
	if err == nil {
		err = readCause(g, &d)
	}
	if err == nil {
		err = readCompared(g, &d)
	}
	if err != nil {
		return d, fmt.Errorf("read exception %d: %w", id, err)
	}
	return d, nil
}
