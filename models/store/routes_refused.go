package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// SetAside keeps an event that a subscriber refused and moves the subscription
// past it, in one transaction. CodeConflict when its cursor is no longer at
// after: somebody moved it meanwhile.
func (r *Routes) SetAside(ctx context.Context, refused models.RefusedEvent, after int64) error {
	e := refused.Event
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE consumer_cursors SET updated_at = now(),
				skipped_pos = CASE WHEN (skipped_pos, skipped_seq) > ($4, $5) THEN skipped_pos ELSE $4 END,
				skipped_seq = CASE WHEN (skipped_pos, skipped_seq) > ($4, $5) THEN skipped_seq ELSE $5 END
			WHERE consumer = $1 AND shard = $2 AND pos = $3`,
			models.Subscription{Name: refused.Subscription}.Consumer(), e.Shard, after, refused.Pos, e.Seq)
		if err != nil {
			return err
		}
		if tag.RowsAffected() != 1 {
			return models.Errorf(models.CodeConflict, "The route to %s was moved meanwhile.", refused.Subscription)
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO refused_events (subscription, pos, seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc,
				trace_id, conflict, extensions, data, applied_at, status, answer, attempts, refused_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, nullif($16, ''), $17, $18, $19, $20, $21, $22)
			ON CONFLICT (subscription, shard, pos, seq) WHERE state = 'open' DO UPDATE
			SET status = excluded.status, answer = excluded.answer, attempts = refused_events.attempts + excluded.attempts, refused_at = excluded.refused_at`,
			refused.Subscription, refused.Pos, e.Seq, e.Shard, e.ReceivedAt, e.OccurredAt, e.Source, e.ID, e.Type, e.Subject, e.Key, e.Item, e.DC,
			e.TraceID, e.Conflict, e.Extensions, e.Data, refused.AppliedAt, refused.Status, refused.Answer, refused.Attempts, refused.RefusedAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("set event %d aside for %s: %w", e.Seq, refused.Subscription, err)
	}
	return nil
}

// RefusedAgain keeps the answer to another attempt at an event that is set aside.
// It stays as old as it is: another try is no reason to wait longer.
func (r *Routes) RefusedAgain(ctx context.Context, refused models.RefusedEvent, d models.Delivery) error {
	_, err := r.db.Pool.Exec(ctx, `UPDATE refused_events SET attempts = attempts + 1, status = $2, answer = $3 WHERE id = $1 AND state = 'open'`,
		refused.ID, d.Status, d.Answer)
	if err != nil {
		return fmt.Errorf("keep how %s refused event %d again: %w", refused.Subscription, refused.Event.Seq, err)
	}
	return nil
}

// markRefused settles what was set aside and is taken now, and counts what of the
// same keys has passed the rest.
func markRefused(ctx context.Context, tx pgx.Tx, d Delivered) error {
	_, err := tx.Exec(ctx, `
		WITH taken AS (SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::text[]) t (pos, seq, key)),
		settled AS (
			UPDATE refused_events r SET state = 'delivered', settled_at = $6 FROM taken t
			WHERE r.subscription = $1 AND r.shard = $2 AND r.state = 'open' AND r.pos = t.pos AND r.seq = t.seq RETURNING r.id)
		UPDATE refused_events r SET passed = r.passed + later.events
		FROM (
			SELECT r.id, count(*) AS events FROM refused_events r JOIN taken t ON t.key = r.key AND (t.pos, t.seq) > (r.pos, r.seq)
			WHERE r.subscription = $1 AND r.shard = $2 AND r.state = 'open' GROUP BY r.id) later
		WHERE r.id = later.id AND r.id NOT IN (SELECT id FROM settled)`,
		d.Subscription, d.Shard,
		column(d.Changes, func(c *Change) int64 { return c.Pos }), column(d.Changes, func(c *Change) int64 { return c.Seq }),
		column(d.Changes, func(c *Change) string { return c.Key }), d.EndedAt)
	if err != nil {
		return fmt.Errorf("look what %s refused before: %w", d.Subscription, err)
	}
	return nil
}

const refusedColumns = `SELECT ` + eventColumns + `, id, subscription, pos, applied_at, status, answer, attempts, refused_at, passed, state, settled_at FROM refused_events`

func scanRefused(row pgx.CollectableRow, r *models.RefusedEvent) error {
	e := &r.Event
	return row.Scan(&e.Seq, &e.Shard, &e.ReceivedAt, &e.OccurredAt, &e.Source, &e.ID, &e.Type, &e.Subject, &e.Key, &e.Item, &e.DC, &e.TraceID,
		&e.Conflict, &e.Extensions, &e.Data, &r.ID, &r.Subscription, &r.Pos, &r.AppliedAt, &r.Status, &r.Answer, &r.Attempts, &r.RefusedAt,
		&r.Passed, &r.State, &r.SettledAt)
}

// Refused lists what a subscriber refused, the newest first: what a person has to
// decide on, or also what was settled. before is the id of the last of the page
// before, 0 for the first.
func (f *Failures) Refused(ctx context.Context, subscription string, settled bool, before int64, limit int) ([]models.RefusedEvent, error) {
	rows, err := f.db.Pool.Query(ctx, refusedColumns+`
		WHERE subscription = $1 AND ($2 OR state = 'open') AND ($3::bigint = 0 OR id < $3) ORDER BY id DESC LIMIT $4`, subscription, settled, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list what %s refused: %w", subscription, err)
	}
	return collect(rows, "list what "+subscription+" refused", scanRefused)
}

// RefusedEvent reads one event that a subscriber refused; CodeNotFound when it refused none of that id.
func (f *Failures) RefusedEvent(ctx context.Context, subscription string, id int64) (models.RefusedEvent, error) {
	rows, err := f.db.Pool.Query(ctx, refusedColumns+` WHERE id = $1 AND subscription = $2`, id, subscription)
	if err != nil {
		return models.RefusedEvent{}, fmt.Errorf("read refused event %d: %w", id, err)
	}
	found, err := collect(rows, "read a refused event", scanRefused)
	if err == nil && len(found) == 0 {
		return models.RefusedEvent{}, models.Errorf(models.CodeNotFound, "%s refused no event %d.", subscription, id)
	}
	if err != nil {
		return models.RefusedEvent{}, err
	}
	return found[0], nil
}

// deciding keeps two people from deciding on the same refused event at once.
func (f *Failures) deciding(ctx context.Context, id int64, do func(pgx.Tx) error) error {
	const decides = 0x72656675 // with the id, a lock of its own
	return pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1::bigint << 32 | $2)`, decides, id); err != nil {
			return err
		}
		return do(tx)
	})
}

// DecideRefused reads an event that a subscriber refused and has it sent, while
// nobody else decides on it; CodeConflict when somebody did before.
func (f *Failures) DecideRefused(ctx context.Context, subscription string, id int64, send func(models.RefusedEvent) error) error {
	return f.deciding(ctx, id, func(pgx.Tx) error {
		e, err := f.RefusedEvent(ctx, subscription, id)
		if err != nil {
			return err
		}
		if e.State != models.RefusedOpen {
			return models.Errorf(models.CodeConflict, "It was %s meanwhile.", e.State)
		}
		return send(e)
	})
}

// DiscardRefused settles an event that a subscriber refused without delivering
// it, with its audit row; CodeConflict when it is settled already.
func (f *Failures) DiscardRefused(ctx context.Context, subscription string, id int64, actor, reason string) error {
	if actor == "" || reason == "" {
		return models.Errorf(models.CodeInvalid, "Say why it may be left out.")
	}
	err := f.deciding(ctx, id, func(tx pgx.Tx) error {
		var seq int64
		err := tx.QueryRow(ctx, `UPDATE refused_events SET state = 'discarded', settled_at = now()
			WHERE id = $1 AND subscription = $2 AND state = 'open' RETURNING seq`, id, subscription).Scan(&seq)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeConflict, "It was delivered or discarded meanwhile.")
		}
		if err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "route.discard", Subject: "route:" + subscription, Reason: reason,
			Before: `{"state":"open"}`, After: `{"state":"discarded","event":` + strconv.FormatInt(seq, 10) + `}`,
		})
	})
	if err != nil {
		return fmt.Errorf("discard refused event %d: %w", id, err)
	}
	return nil
}
