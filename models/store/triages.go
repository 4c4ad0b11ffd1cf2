package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"throughline/models"
)

// Triages holds what people do with many exceptions at once. It is safe for
// concurrent use.
type Triages struct{ db *DB }

// NewTriages works on db.
func NewTriages(db *DB) *Triages { return &Triages{db: db} }

// Plan stores a preview of the exceptions that were ticked, or that the filter
// matches at this moment, and changes none of them; CodeInvalid for an empty
// filter and for more than models.MaxTriage, CodeConflict when nothing matches.
func (t *Triages) Plan(ctx context.Context, p models.TriagePlan) (id int64, err error) {
	if err := p.Validate(); err != nil {
		return 0, err
	}
	err = t.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		err := tx.Raw(`INSERT INTO triages (action, actor, queue) VALUES (?, ?, ?) RETURNING id`, string(p.Action), p.Actor, p.Queue).Scan(&id).Error
		if err != nil {
			return err
		}
		chosen := tx.Session(&gorm.Session{NewDB: true}).Table("exceptions").Select("?::bigint, id, version", id).Limit(models.MaxTriage + 1)
		if len(p.Picked) > 0 {
			chosen = chosen.Where("id IN ?", p.Picked)
		} else {
			chosen = filterExceptions(chosen, p.Filter)
		}
		stored := tx.Exec(`INSERT INTO triage_items (triage, exception_id, shown_version) ?`, chosen)
		switch {
		case stored.Error != nil:
			return stored.Error
		case stored.RowsAffected == 0:
			return models.Errorf(models.CodeConflict, "Nothing of it stands in the list any more: somebody was faster, or it is right again.")
		case stored.RowsAffected > models.MaxTriage:
			return models.TooManyForTriage()
		}
		return nil
	})
	return id, told(err, "plan a triage")
}

// Get reads a triage with its exceptions as they are now; CodeNotFound when there is none.
func (t *Triages) Get(ctx context.Context, id int64) (models.Triage, error) {
	run, err := readTriage(t.db.Gorm.WithContext(ctx).Table("triages"), id)
	if err == nil {
		err = t.db.Gorm.WithContext(ctx).Raw(`
			SELECT x.*, i.shown_version, i.outcome, i.outcome_note, i.left_version
			FROM triage_items i JOIN exceptions x ON x.id = i.exception_id WHERE i.triage = ? ORDER BY x.priority, x.id`, id).Scan(&run.Items).Error
	}
	return run, told(err, "read a triage")
}

// readTriage reads the triage itself.
func readTriage(q *gorm.DB, id int64) (models.Triage, error) {
	var run models.Triage
	err := q.Where("id = ?", id).Take(&run).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = models.Errorf(models.CodeNotFound, "There is no triage %d, or retention has taken it.", id)
	}
	return run, err
}

// triageAudit is the row of what a person does with a triage as a whole.
func triageAudit(run models.Triage, verb, actor string) models.AuditEntry {
	after, _ := json.Marshal(struct {
		Action  models.ExceptionAction `json:"action"`
		Owner   string                 `json:"owner,omitempty"`
		Seconds int                    `json:"seconds,omitempty"`
		Queue   string                 `json:"queue"`
	}{run.Action, run.Owner, run.Seconds, run.Queue})
	return models.AuditEntry{
		Actor: actor, Action: "triage." + verb, Subject: "triage:" + strconv.FormatInt(run.ID, 10), Reason: run.Note,
		After: string(after), // strings and a number always marshal
	}
}

// told is an error with what was tried, unless a person is to read it as it is.
func told(err error, what string) error {
	if _, coded := errors.AsType[*models.Error](err); err == nil || coded {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}
