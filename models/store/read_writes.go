package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

// ERPWrite reads a write with its attempts and the exceptions that speak of
// it; CodeNotFound when there is none.
func (f *Failures) ERPWrite(ctx context.Context, id int64) (models.ERPWriteDetail, error) {
	var row struct {
		Write      writeRow `gorm:"embedded"`
		Item, DC   string
		Actor      string
		ApprovedAt *time.Time
		Value      decimal.Decimal
		Currency   string
		Seq        int64 // of the recommendation's event
	}
	found := f.db.Gorm.WithContext(ctx).Raw(`
		SELECT w.id, w.recommendation, w.system, w.kind, w.reference, w.request::text AS request, w.state, w.document, w.attempts,
			w.next_attempt_at, w.sent_at, w.lease_until, w.error_class, w.error, w.created_at, w.updated_at, r.trace_parent,
			r.item, r.dc, r.seq, p.value, p.currency, coalesce(d.actor, '') AS actor, d.decided_at AS approved_at
		FROM erp_writes w JOIN recommendations r USING (recommendation) JOIN proposals p USING (recommendation)
		LEFT JOIN decisions d ON d.recommendation = w.recommendation AND d.verdict = 'approved'
		WHERE w.id = @id`, binds{"id": id}).Scan(&row)
	if err := oneRow(found, "ERP write", strconv.FormatInt(id, 10)); err != nil {
		return models.ERPWriteDetail{}, err
	}
	write, err := row.Write.write()
	if err != nil {
		return models.ERPWriteDetail{}, err
	}
	detail := models.ERPWriteDetail{ERPWrite: write, Item: row.Item, DC: row.DC, Actor: row.Actor, ApprovedAt: row.ApprovedAt, Value: row.Value, Currency: row.Currency}
	received, err := f.event(ctx, row.Seq)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return detail, fmt.Errorf("read what ERP write %d rests on: %w", id, err)
	}
	detail.Received = received.Data
	err = f.db.Gorm.WithContext(ctx).Raw(`
		SELECT attempt, action, started_at, ended_at, outcome, class, error, request, response FROM (
			SELECT * FROM erp_write_attempts WHERE write_id = @id ORDER BY id DESC LIMIT 50) newest ORDER BY id`,
		binds{"id": id}).Scan(&detail.Tries).Error
	if err != nil {
		return detail, fmt.Errorf("read the attempts of ERP write %d: %w", id, err)
	}
	err = f.db.Gorm.WithContext(ctx).Raw(`
		SELECT * FROM exceptions WHERE state <> 'resolved' AND (erp_write = @id OR recommendation = @rec) ORDER BY priority, id DESC LIMIT 10`,
		binds{"id": id, "rec": write.Recommendation}).Scan(&detail.Exceptions).Error
	if err != nil {
		return detail, fmt.Errorf("read the exceptions of ERP write %d: %w", id, err)
	}
	return detail, f.readSameCause(ctx, &detail)
}

// sameCauseLimit bounds the list of writes that fail like another.
const sameCauseLimit = 20

// readSameCause finds the other writes that fail with the same words: the ERP's
// refusals have no codes that all of them know. A write that succeeds keeps none.
func (f *Failures) readSameCause(ctx context.Context, w *models.ERPWriteDetail) error {
	if w.Error == "" {
		return nil
	}
	err := f.db.Gorm.WithContext(ctx).Raw(`
		SELECT w.id, w.recommendation, r.item, r.dc, r.supplier, p.value, p.currency, w.state, w.created_at
		FROM erp_writes w JOIN recommendations r USING (recommendation) JOIN proposals p USING (recommendation)
		WHERE w.error = @error AND w.error <> '' AND w.id <> @id AND w.system = @system AND w.state <> 'discarded'
		ORDER BY w.id DESC LIMIT @limit`,
		binds{"error": w.Error, "id": w.ID, "system": w.System, "limit": sameCauseLimit + 1}).Scan(&w.Same).Error
	if err != nil {
		return fmt.Errorf("read what fails like ERP write %d: %w", w.ID, err)
	}
	if len(w.Same) > sameCauseLimit {
		w.Same, w.MoreSame = w.Same[:sameCauseLimit], true
	}
	return nil
}
