package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"throughline/models"
)

// Run does what a triage was planned for with each of its exceptions that was not
// decided yet, as a change of that exception alone, and returns it with what came
// of each. A second go-ahead, or one after an interruption, goes on as the first
// began and does nothing twice. CodeForbidden when the triage is another
// person's, CodeInvalid when the order lacks what the action needs.
func (t *Triages) Run(ctx context.Context, id int64, o models.TriageOrder) (models.Triage, error) {
	if err := t.start(ctx, id, o); err != nil {
		return models.Triage{}, told(err, "start a triage")
	}
	run, err := t.Get(ctx, id)
	if err != nil {
		return run, err
	}
	for _, item := range run.Items {
		if item.Outcome != "" {
			continue
		}
		if err := t.decide(ctx, run, item, o); err != nil {
			return run, told(err, "change an exception of a triage")
		}
	}
	err = t.db.Gorm.WithContext(ctx).Exec(`UPDATE triages SET ended_at = now() WHERE id = ? AND ended_at IS NULL`, id).Error
	if err != nil {
		return run, told(err, "end a triage")
	}
	return t.Get(ctx, id)
}

// start keeps what was ordered, with its audit row; what was started stays as it is.
func (t *Triages) start(ctx context.Context, id int64, o models.TriageOrder) error {
	return t.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		run, err := lockTriage(tx, id, o.Actor)
		if err != nil || run.StartedAt != nil {
			return err
		}
		run.Note = o.Note
		switch run.Action {
		case models.ActionAssign:
			run.Owner = cmp.Or(o.Owner, o.Actor)
		case models.ActionShelve:
			run.Seconds = int(o.For / time.Second)
		default:
		}
		if err := run.Change(models.TriageItem{}).Validate(); err != nil {
			return err
		}
		err = tx.Exec(`UPDATE triages SET owner = ?, note = ?, seconds = ?, started_at = now() WHERE id = ?`, run.Owner, run.Note, run.Seconds, id).Error
		if err != nil {
			return err
		}
		return auditGorm(tx, triageAudit(run, string(run.Action), o.Actor))
	})
}

func lockTriage(tx *gorm.DB, id int64, actor string) (models.Triage, error) {
	run, err := readTriage(tx.Table("triages").Clauses(clause.Locking{Strength: "UPDATE"}), id)
	if err == nil && run.Actor != actor {
		err = models.Errorf(models.CodeForbidden, "Triage %d is %s's: choose the exceptions yourself.", id, run.Actor)
	}
	return run, err
}

// decide changes one exception and writes what came of it in one transaction, so
// that no crash leaves a change without its outcome.
func (t *Triages) decide(ctx context.Context, run models.Triage, item models.TriageItem, o models.TriageOrder) error {
	return t.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		left, err := lockTriageItem(tx, run.ID, item.ID, "")
		if err != nil || !left {
			return err
		}
		e, err := lockException(tx, item.ID)
		if err != nil {
			return err
		}
		if e.Version == item.ShownVersion {
			item.Outcome = run.Bar(e, o.Teams, time.Now())
			if item.Outcome == "" && run.Action == models.ActionAssign && !e.Of(o.OwnerTeams) {
				item.Outcome, item.OutcomeNote = models.TriageNotAllowed, "in no queue of "+run.Owner
			}
		}
		if item.Outcome == "" {
			if item, err = changeItem(tx, run, item); err != nil {
				return err
			}
		}
		return tx.Exec(`UPDATE triage_items SET outcome = ?, outcome_note = ?, left_version = ? WHERE triage = ? AND exception_id = ?`,
			string(item.Outcome), item.OutcomeNote, item.LeftVersion, run.ID, item.ID).Error
	})
}

func changeItem(tx *gorm.DB, run models.Triage, item models.TriageItem) (models.TriageItem, error) {
	after, err := changeException(tx, run.Change(item))
	if meanwhile, ok := errors.AsType[*models.ExceptionChanged](err); ok {
		item.Outcome, item.OutcomeNote = models.TriageChanged, string(meanwhile.Exception.State)+" by "+meanwhile.By
		return item, nil
	}
	item.Outcome, item.LeftVersion = models.TriageDone, after.Version
	return item, err
}

// lockTriageItem tells whether an exception still has the outcome, and holds it.
func lockTriageItem(tx *gorm.DB, triage, exception int64, outcome models.TriageOutcome) (bool, error) {
	var held []int64
	err := tx.Raw(`SELECT exception_id FROM triage_items WHERE triage = ? AND exception_id = ? AND outcome = ? FOR UPDATE`,
		triage, exception, string(outcome)).Scan(&held).Error
	return len(held) == 1, err
}
