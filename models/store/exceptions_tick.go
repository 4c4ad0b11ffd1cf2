package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

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

// paceTicks is how many times a step has to have been ticked until their median
// tells something.
const paceTicks = 5

// stepPaces measures the steps of a kind's runbook in the order in which they
// were ticked. A step is known by its words, so a changed one begins anew.
func stepPaces(db *gorm.DB, code models.ExceptionCode) ([]models.StepPace, error) {
	var rows []struct {
		Step    string
		Seconds float64
		Ticks   int64
	}
	err := db.Raw(`
		SELECT step, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ticked_at - since)) AS seconds, count(*) AS ticks
		FROM (SELECT t.step, t.ticked_at, lag(t.ticked_at, 1, coalesce(e.acknowledged_at, e.opened_at)) OVER (PARTITION BY e.id ORDER BY t.ticked_at) AS since
			FROM runbook_ticks t JOIN exceptions e ON e.id = t.exception_id WHERE e.code = @code) done
		WHERE ticked_at >= since GROUP BY step HAVING count(*) >= @least`, binds{"code": code, "least": paceTicks}).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	paces := make([]models.StepPace, len(rows))
	for i, r := range rows {
		paces[i] = models.StepPace{Step: r.Step, Median: time.Duration(r.Seconds * float64(time.Second)), Ticks: r.Ticks}
	}
	return paces, nil
}
