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

// exceptionOfEvent finds the exception that stands for the cause for which an
// event did not pass; CodeNotFound when none does. It goes by the cause as the
// watch does: parked events by their fingerprint, waiting ones by the record
// that they wait for.
func exceptionOfEvent(db *gorm.DB, seq int64) (models.Exception, error) {
	var e models.Exception
	found := db.Raw(`
		SELECT x.* FROM unsettled_events u JOIN exceptions x ON x.standing AND CASE u.state
			WHEN 'parked' THEN x.fingerprint = u.fingerprint::text
			WHEN 'waiting' THEN x.dedupe_key = ? || '|' || u.waits_for END
		WHERE u.seq = ? ORDER BY x.id DESC LIMIT 1`, string(models.ExceptionUnknownReference), seq).Scan(&e)
	if found.Error == nil && found.RowsAffected == 0 {
		return e, models.Errorf(models.CodeNotFound, "No exception stands for event %d.", seq)
	}
	return e, found.Error
}

// Route hands the exception that stands for an event to a team or a person,
// with its note and its audit row in one transaction (invariant 8). One that
// was resolved by hand while its cause stands is opened again; one that was
// put aside comes back. CodeNotFound when none stands for the event.
func (s *Exceptions) Route(ctx context.Context, r models.EventRoute, clocks models.Escalations) (models.Exception, error) {
	if err := r.Validate(); err != nil {
		return models.Exception{}, err
	}
	var after models.Exception
	err := s.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		found, err := exceptionOfEvent(tx, r.Seq)
		if err != nil {
			return err
		}
		before, err := lockException(tx, found.ID)
		if err != nil {
			return err
		}
		if !before.Standing {
			return models.Errorf(models.CodeConflict, "The cause of event %d cleared meanwhile.", r.Seq)
		}
		if after, err = routeException(tx, before, r, clocks); err != nil {
			return err
		}
		return recordRoute(tx, before, after, r)
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("hand on the exception of event %d: %w", r.Seq, err)
	}
	return after, err
}

func routeException(tx *gorm.DB, before models.Exception, r models.EventRoute, clocks models.Escalations) (models.Exception, error) {
	set := map[string]any{
		"owner": r.Owner, "state": models.ExceptionAcknowledged, "waiting_until": nil, "shelved_until": nil, "kind_shelf": nil, "version": before.Version + 1,
		"acknowledged_at": gorm.Expr("coalesce(acknowledged_at, now())"),
	}
	team := before.Owning()
	if r.Team != "" {
		set["routed_team"], team = r.Team, r.Team
		set["resolve_due_at"] = clocks.HandedOn(before.Owning(), team, before.Priority, before.ResolveDueAt, time.Now())
	}
	if r.Owner != "" {
		set["state"] = models.ExceptionAssigned
	}
	if before.State == models.ExceptionResolved {
		set["resolved_at"], set["resolution"] = nil, ""
		_, set["resolve_due_at"] = clocks.Due(team, before.Priority, time.Now())
	}
	var after models.Exception
	err := tx.Table("exceptions").Where("id = ?", before.ID).Updates(set).Error
	if err == nil {
		err = tx.Table("exceptions").Where("id = ?", before.ID).Take(&after).Error
	}
	return after, err
}

func recordRoute(tx *gorm.DB, before, after models.Exception, r models.EventRoute) error {
	to := r.Owner
	if to == "" {
		to = "the queue of " + string(r.Team)
	}
	note := "to " + to + ", for event " + strconv.FormatInt(r.Seq, 10) + ": " + r.Note
	err := tx.Exec(`INSERT INTO exception_notes (exception_id, actor, action, note) VALUES (?, ?, 'handed on', ?)`, after.ID, r.Actor, note).Error
	if err != nil {
		return err
	}
	return auditGorm(tx, models.AuditEntry{
		Actor: r.Actor, Action: "exception.route", Subject: exceptionSubject(after.ID), Reason: note,
		Before: auditedException(before, 0), After: auditedException(after, 0),
	})
}
