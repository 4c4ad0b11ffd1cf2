package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// undoGrace is how much longer than people are told a change can be taken back:
// the press takes its time to arrive.
const undoGrace = 5 * time.Second

// Undo takes back what actor just did with an exception, with its note and its
// audit row in one transaction (invariant 8), and returns the exception as it
// then is. version is what the change left. When somebody changed it since, it
// fails as Change does; CodePrecondition says that it is too late, or that the
// last change was none of the actor's.
func (s *Exceptions) Undo(ctx context.Context, id int64, version int, actor string) (models.Exception, error) {
	var after models.Exception
	err := s.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		after, err = undoException(tx, id, version, actor, models.UndoWindow+undoGrace)
		return err
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("undo the change of exception %d: %w", id, err)
	}
	return after, err
}

// undoException takes back, in its transaction, a change that is no older than
// window; it writes nothing when it is refused.
func undoException(tx *gorm.DB, id int64, version int, actor string, window time.Duration) (after models.Exception, err error) {
	before, err := lockException(tx, id)
	if err != nil {
		return after, err
	}
	if before.Version != version {
		return after, changedSince(tx, before)
	}
	action, was, err := undoable(tx, before, actor, window)
	if err != nil {
		return after, err
	}
	if after, err = restoreException(tx, before, was); err != nil {
		return after, err
	}
	return after, recordUndo(tx, before, after, action, actor)
}

// undoable is the last change and what stood before it, by its audit row.
func undoable(tx *gorm.DB, e models.Exception, actor string, window time.Duration) (models.ExceptionAction, exceptionWork, error) {
	var last struct {
		Actor, Action, Before string
		Version               int // that it left
		InTime                bool
	}
	err := tx.Raw(`
		SELECT actor, action, before::text AS before, CAST(after->>'version' AS integer) AS version, at > now() - make_interval(secs => @window) AS in_time
		FROM audit WHERE subject = @subject AND after->>'version' IS NOT NULL ORDER BY id DESC LIMIT 1`,
		binds{"subject": exceptionSubject(e.ID), "window": window.Seconds()}).Scan(&last).Error
	if err != nil {
		return "", exceptionWork{}, err
	}
	action := models.ExceptionAction(strings.TrimPrefix(last.Action, "exception."))
	switch {
	case last.Actor != actor || last.Version != e.Version || !action.Known():
		return "", exceptionWork{}, models.Errorf(models.CodePrecondition, "The last change of exception %d is not yours to undo.", e.ID)
	case !last.InTime:
		return "", exceptionWork{}, models.Errorf(models.CodePrecondition, "That was more than %.0f s ago: it stands.", models.UndoWindow.Seconds())
	}
	var was exceptionWork
	return action, was, json.Unmarshal([]byte(last.Before), &was)
}

func restoreException(tx *gorm.DB, before models.Exception, was exceptionWork) (models.Exception, error) {
	var after models.Exception
	err := tx.Table("exceptions").Where("id = ?", before.ID).Updates(map[string]any{
		"state": was.State, "owner": was.Owner, "resolution": was.Resolution, "waiting_until": was.WaitingUntil, "shelved_until": was.ShelvedUntil, "kind_shelf": was.KindShelf,
		"acknowledged_at": was.AcknowledgedAt, "resolved_at": was.ResolvedAt, "version": before.Version + 1,
	}).Error
	if err == nil {
		err = tx.Table("exceptions").Where("id = ?", before.ID).Take(&after).Error
	}
	return after, err
}

func recordUndo(tx *gorm.DB, before, after models.Exception, action models.ExceptionAction, actor string) error {
	err := tx.Exec(`INSERT INTO exception_notes (exception_id, actor, action, note) VALUES (?, ?, 'undone', ?)`, after.ID, actor, string(action)).Error
	if err != nil {
		return err
	}
	return auditGorm(tx, models.AuditEntry{
		Actor: actor, Action: "exception.undo", Subject: exceptionSubject(after.ID), Reason: "takes back: " + string(action),
		Before: auditedException(before, 0), After: auditedException(after, 0),
	})
}

func exceptionSubject(id int64) string { return "exception:" + strconv.FormatInt(id, 10) }
