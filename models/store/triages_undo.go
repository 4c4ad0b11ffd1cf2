package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// Undo takes back each change of a triage that stands as it left it, as the undo
// of that exception alone, and returns the triage. CodeForbidden when it is
// another person's, CodePrecondition when it has not ended or did so longer ago
// than models.UndoWindow.
func (t *Triages) Undo(ctx context.Context, id int64, actor string) (models.Triage, error) {
	if err := t.startUndo(ctx, id, actor); err != nil {
		return models.Triage{}, told(err, "start to undo a triage")
	}
	run, err := t.Get(ctx, id)
	if err != nil {
		return run, err
	}
	for _, item := range run.Items {
		if item.Outcome != models.TriageDone {
			continue
		}
		if err := t.undoItem(ctx, run, item); err != nil {
			return run, told(err, "undo a triage")
		}
	}
	return t.Get(ctx, id)
}

// startUndo notes the first press, with its audit row: what follows may take
// longer than the window, and may be interrupted.
func (t *Triages) startUndo(ctx context.Context, id int64, actor string) error {
	return t.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		run, err := lockTriage(tx, id, actor)
		if err != nil || run.UndoneAt != nil {
			return err
		}
		noted := tx.Exec(`UPDATE triages SET undone_at = now() WHERE id = ? AND ended_at > now() - make_interval(secs => ?)`,
			id, (models.UndoWindow + undoGrace).Seconds())
		if noted.Error != nil {
			return noted.Error
		}
		if noted.RowsAffected == 0 {
			return models.Errorf(models.CodePrecondition, "It ended more than %.0f s ago, or is not done yet: it stands.", models.UndoWindow.Seconds())
		}
		return auditGorm(tx, triageAudit(run, "undo", actor))
	})
}

// undoItem takes one change back; of one that somebody changed since it says so.
func (t *Triages) undoItem(ctx context.Context, run models.Triage, item models.TriageItem) error {
	return t.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		done, err := lockTriageItem(tx, run.ID, item.ID, models.TriageDone)
		if err != nil || !done {
			return err
		}
		var seconds float64
		if err := tx.Raw(`SELECT extract(epoch FROM now() - started_at) FROM triages WHERE id = ?`, run.ID).Scan(&seconds).Error; err != nil {
			return err
		}
		outcome, note := models.TriageUndone, ""
		_, err = undoException(tx, item.ID, item.LeftVersion, run.Actor, time.Duration(seconds*float64(time.Second)))
		if refused, ok := errors.AsType[*models.Error](err); ok {
			outcome, note, err = models.TriageDone, "not taken back: "+refused.Message, nil
		}
		if err != nil {
			return err
		}
		return tx.Exec(`UPDATE triage_items SET outcome = ?, outcome_note = ? WHERE triage = ? AND exception_id = ?`, string(outcome), note, run.ID, item.ID).Error
	})
}
