package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"throughline/models"
)

// Change does what a person asked for, with its note and its audit row in one
// transaction (invariant 8), and returns the exception as it then is. When
// somebody changed it since the page was shown, it fails with CodeConflict and
// a *models.ExceptionChanged that carries the current state.
func (s *Exceptions) Change(ctx context.Context, c models.ExceptionChange) (models.Exception, error) {
	if err := c.Validate(); err != nil {
		return models.Exception{}, err
	}
	var after models.Exception
	err := s.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		after, err = changeException(tx, c)
		return err
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("change exception %d: %w", c.ID, err)
	}
	return after, err
}

// changeException is a valid change in its transaction; it writes nothing when
// it fails with CodeConflict, CodePrecondition or CodeNotFound.
func changeException(tx *gorm.DB, c models.ExceptionChange) (after models.Exception, err error) {
	before, err := lockException(tx, c.ID)
	if err != nil {
		return after, err
	}
	if before.Version != c.Version {
		return after, changedSince(tx, before)
	}
	next, err := before.After(c.Action, time.Now())
	if err != nil {
		return after, err
	}
	if after, err = moveException(tx, before, next, c); err != nil {
		return after, err
	}
	return after, recordChange(tx, before, after, c)
}

func lockException(tx *gorm.DB, id int64) (models.Exception, error) {
	var e models.Exception
	err := tx.Table("exceptions").Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&e).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return e, models.Errorf(models.CodeNotFound, "There is no exception %d.", id)
	}
	return e, err
}

func changedSince(tx *gorm.DB, now models.Exception) error {
	var last models.ExceptionNote
	err := tx.Table("exception_notes").Where("exception_id = ? AND action NOT IN ('priority', 'escalated', 'follows', 'alone', 'kind shelved', 'returned', 'asked', 'polled')", now.ID).Order("id DESC").Limit(1).Find(&last).Error
	if err != nil {
		return err
	}
	return models.Wrap(models.CodeConflict, &models.ExceptionChanged{Exception: now, By: last.Actor},
		fmt.Sprintf("The exception changed since this page was shown: it is now %s, by %s.", now.StateAt(time.Now()).Word(), last.Actor))
}

// moveException writes the new state. The first response of a person stops the
// clock of the acknowledgement.
func moveException(tx *gorm.DB, before models.Exception, next models.ExceptionState, c models.ExceptionChange) (models.Exception, error) {
	set := map[string]any{
		"state": next, "version": before.Version + 1,
		"acknowledged_at": gorm.Expr("coalesce(acknowledged_at, now())"),
	}
	if next != before.State {
		set["waiting_until"] = nil
	}
	switch c.Action {
	case models.ActionAssign:
		set["owner"] = c.Owner
		if c.Owner == "" {
			set["owner"] = c.Actor
		}
	case models.ActionStart:
		set["owner"] = c.Actor
	case models.ActionWait:
		set["waiting_until"] = gorm.Expr("now() + make_interval(secs => ?)", c.For.Seconds())
	case models.ActionShelve:
		set["shelved_until"], set["kind_shelf"] = gorm.Expr("now() + make_interval(secs => ?)", c.For.Seconds()), nil
	case models.ActionUnshelve:
		set["shelved_until"], set["kind_shelf"] = nil, nil
	case models.ActionResolve:
		set["resolved_at"], set["resolution"] = gorm.Expr("now()"), c.Note
	}
	var after models.Exception
	err := tx.Table("exceptions").Where("id = ?", before.ID).Updates(set).Error
	if err == nil {
		err = tx.Table("exceptions").Where("id = ?", before.ID).Take(&after).Error
	}
	return after, err
}

func recordChange(tx *gorm.DB, before, after models.Exception, c models.ExceptionChange) error {
	note := c.Note
	if c.Action == models.ActionAssign {
		note = "to " + after.Owner
		if c.Note != "" {
			note += ": " + c.Note
		}
	}
	err := tx.Exec(`INSERT INTO exception_notes (exception_id, actor, action, note) VALUES (?, ?, ?, ?)`,
		c.ID, c.Actor, string(c.Action), note).Error
	if err != nil {
		return err
	}
	return auditGorm(tx, models.AuditEntry{
		Actor: c.Actor, Action: "exception." + string(c.Action), Subject: exceptionSubject(c.ID),
		Reason: c.Note, Before: auditedException(before, 0), After: auditedException(after, c.Triage),
	})
}

// exceptionWork is the part of an exception that people change, as the audit
// trail holds it. A change is taken back by what it says of before.
type exceptionWork struct {
	State          models.ExceptionState `json:"state"`
	Owner          string                `json:"owner"`
	Version        int                   `json:"version"`
	AcknowledgedAt *time.Time            `json:"acknowledged_at"`
	ResolvedAt     *time.Time            `json:"resolved_at"`
	Resolution     string                `json:"resolution"`
	WaitingUntil   *time.Time            `json:"waiting_until,omitempty"`
	ShelvedUntil   *time.Time            `json:"shelved_until"`
	KindShelf      *int64                `json:"kind_shelf"`
	RoutedTeam     models.Team           `json:"routed_team"`
	Triage         int64                 `json:"triage,omitempty"` // that brought it there
}

// auditedException is an exception as the audit trail holds it; triage is 0 for
// a change alone.
func auditedException(e models.Exception, triage int64) string {
	text, _ := json.Marshal(exceptionWork{
		State: e.State, Owner: e.Owner, Version: e.Version, AcknowledgedAt: e.AcknowledgedAt, ResolvedAt: e.ResolvedAt,
		Resolution: e.Resolution, WaitingUntil: e.WaitingUntil, ShelvedUntil: e.ShelvedUntil, KindShelf: e.KindShelf, RoutedTeam: e.RoutedTeam, Triage: triage,
	})
	return string(text) // strings, times and a number always marshal
}
