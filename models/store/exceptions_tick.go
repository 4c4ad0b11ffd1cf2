package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"throughline/models"
)

// Tick notes that a step of an exception's runbook was done, or takes that
// back, with its audit row in one transaction (invariant 8). Who ticked first
// stays; a tick that is there, or gone, already changes nothing.
func (s *Exceptions) Tick(ctx context.Context, id int64, step, actor string, done bool) error {
	action, statement := "exception.step_done", `
		INSERT INTO runbook_ticks (exception_id, step, actor) VALUES (@id, @step, @actor) ON CONFLICT DO NOTHING`
	if !done {
		action, statement = "exception.step_undone", `DELETE FROM runbook_ticks WHERE exception_id = @id AND step = @step`
	}
	err := s.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		e, err := lockException(tx, id)
		if err != nil {
			return err
		}
		if e.State == models.ExceptionResolved {
			return models.Errorf(models.CodeConflict, "Exception %d is resolved: its steps stay as they are.", id)
		}
		changed := tx.Exec(statement, binds{"id": id, "step": step, "actor": actor})
		if changed.Error != nil || changed.RowsAffected == 0 {
			return changed.Error
		}
		return auditGorm(tx, models.AuditEntry{Actor: actor, Action: action, Subject: "exception:" + strconv.FormatInt(id, 10), Reason: step})
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("tick a step of exception %d: %w", id, err)
	}
	return err
}
