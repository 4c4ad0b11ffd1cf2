package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// EventHolds keeps events that people hold. It is safe for concurrent use.
type EventHolds struct{ db *DB }

// NewEventHolds works through db.
func NewEventHolds(db *DB) *EventHolds { return &EventHolds{db: db} }

const holdColumns = `h.seq, h.reason, h.actor, h.since, h.ends`

func scanHold(row pgx.CollectableRow, h *models.EventHold, more ...any) error {
	return row.Scan(append([]any{&h.Seq, &h.Reason, &h.Actor, &h.Since, &h.Ends}, more...)...)
}

// Held lists what is held at a real instant, what ends first in front.
func (s *EventHolds) Held(ctx context.Context, now time.Time, part models.Part) ([]models.HeldEvent, error) {
	rows, err := s.db.Pool.Query(ctx, `
		SELECT `+holdColumns+`, u.state, u.code, u.reason, u.item, u.dc, u.received_at
		FROM event_holds h JOIN unsettled_events u USING (seq) WHERE h.ends > $1 ORDER BY h.ends, h.seq LIMIT $2 OFFSET $3`, now, part.Limit, part.Offset)
	if err != nil {
		return nil, fmt.Errorf("list the held events: %w", err)
	}
	return collect(rows, "list the held events", func(row pgx.CollectableRow, e *models.HeldEvent) error {
		return scanHold(row, &e.EventHold, &e.State, &e.Code, &e.Cause, &e.Item, &e.DC, &e.ReceivedAt)
	})
}

// HeldCount counts what is held at a real instant.
func (s *EventHolds) HeldCount(ctx context.Context, now time.Time) (n int64, err error) {
	err = s.db.Pool.QueryRow(ctx, `SELECT count(*) FROM event_holds h JOIN unsettled_events USING (seq) WHERE h.ends > $1`, now).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the held events: %w", err)
	}
	return n, nil
}

// Hold keeps an event aside, with its audit row. CodeConflict when it is
// settled, goes on by itself with the event before it, or is held already.
func (s *EventHolds) Hold(ctx context.Context, h models.EventHold) error {
	if err := h.Validate(); err != nil {
		return err
	}
	return s.change(ctx, h.Seq, func(tx pgx.Tx, state string) error {
		if state != string(StateParked) && state != string(StateWaiting) {
			return models.Errorf(models.CodeConflict, "Event %d follows an earlier one of its key: hold that one.", h.Seq)
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO event_holds AS h (seq, reason, actor, since, ends) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (seq) DO UPDATE SET reason = $2, actor = $3, since = $4, ends = $5 WHERE h.ends <= $4`,
			h.Seq, h.Reason, h.Actor, h.Since, h.Ends)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "Event %d is held already.", h.Seq)
		}
		after, err := json.Marshal(map[string]any{"ends": h.Ends})
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: h.Actor, Action: "event.hold", Subject: "event:" + strconv.FormatInt(h.Seq, 10), Reason: h.Reason, After: string(after),
		})
	})
}

// Release ends a hold before its time, with its audit row; CodeConflict when it is over.
func (s *EventHolds) Release(ctx context.Context, seq int64, actor, reason string, now time.Time) error {
	if actor == "" || reason == "" {
		return models.Errorf(models.CodeInvalid, "Say why: the reason is kept with the event.")
	}
	return s.change(ctx, seq, func(tx pgx.Tx, _ string) error {
		tag, err := tx.Exec(ctx, `DELETE FROM event_holds WHERE seq = $1 AND ends > $2`, seq, now)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "Event %d is not held any more.", seq)
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "event.release", Subject: "event:" + strconv.FormatInt(seq, 10), Reason: reason,
		})
	})
}

// change takes the lock of the event's shard first, as every replay does, so
// that a hold comes before a replay or after it.
func (s *EventHolds) change(ctx context.Context, seq int64, do func(tx pgx.Tx, state string) error) error {
	err := pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
		var shard int16
		var state string
		err := tx.QueryRow(ctx, `
			SELECT c.shard FROM shard_cursors c WHERE c.shard = (SELECT shard FROM unsettled_events WHERE seq = $1) FOR UPDATE`, seq).Scan(&shard)
		if err == nil {
			err = tx.QueryRow(ctx, `SELECT state FROM unsettled_events WHERE seq = $1 AND shard = $2`, seq, shard).Scan(&state)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeConflict, "Event %d is settled, or an edit moved it meanwhile.", seq)
		}
		if err != nil {
			return err
		}
		return do(tx, state)
	})
	if err != nil {
		return fmt.Errorf("change the hold of event %d: %w", seq, err)
	}
	return nil
}

// EventHolds reads which of the events a person holds at a real instant. The
// shard's cursor must be locked, so that none is put or released meanwhile.
func (t *ApplyTx) EventHolds(ctx context.Context, seqs []int64, now time.Time) (map[int64]models.EventHold, error) {
	rows, err := t.conn.Query(ctx, `SELECT `+holdColumns+` FROM event_holds h WHERE h.seq = ANY ($1) AND h.ends > $2`, seqs, now)
	if err != nil {
		return nil, fmt.Errorf("read who holds events: %w", err)
	}
	found, err := collect(rows, "read who holds events", func(row pgx.CollectableRow, h *models.EventHold) error { return scanHold(row, h) })
	holds := make(map[int64]models.EventHold, len(found))
	for _, h := range found {
		holds[h.Seq] = h
	}
	return holds, err
}

// readHold finds the hold of an event; whether it is over depends on the hour.
func (f *Failures) readHold(ctx context.Context, d *models.EventDetail) error {
	rows, err := f.db.Pool.Query(ctx, `SELECT `+holdColumns+` FROM event_holds h WHERE h.seq = $1`, d.Seq)
	if err != nil {
		return err
	}
	h, err := pgx.CollectOneRow(rows, func(row pgx.CollectableRow) (h models.EventHold, err error) { return h, scanHold(row, &h) })
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	d.Hold = &h
	return err
}
