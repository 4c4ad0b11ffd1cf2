package store

import (
	"context"
	"fmt"

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
				trace_id, conflict, extensions, data, applied_at, status, answer, attempts, refused_at, tried_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, nullif($16, ''), $17, $18, $19, $20, $21, $22, $22)
			ON CONFLICT (subscription, shard, pos, seq) WHERE state = 'open' DO UPDATE
			SET status = excluded.status, answer = excluded.answer, attempts = refused_events.attempts + excluded.attempts, refused_at = excluded.refused_at, tried_at = excluded.tried_at`,
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
	_, err := r.db.Pool.Exec(ctx, `UPDATE refused_events SET attempts = attempts + 1, status = $2, answer = $3, tried_at = $4 WHERE id = $1 AND state = 'open'`,
		refused.ID, d.Status, d.Answer, d.EndedAt)
	if err != nil {
		return fmt.Errorf("keep how %s refused event %d again: %w", refused.Subscription, refused.Event.Seq, err)
	}
	return nil
}

// markRefused settles what was set aside and is taken now, and counts what of the
// same keys has passed the rest: what is new to the route, which goes by its place
// in the change log, and what was set aside itself until now.
func markRefused(ctx context.Context, tx pgx.Tx, d Delivered) error {
	_, err := tx.Exec(ctx, `
		WITH taken AS (SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::text[]) t (pos, seq, key)),
		settled AS (
			UPDATE refused_events r SET state = 'delivered', settled_at = $6, tried_at = $6, held_until = NULL FROM taken t
			WHERE r.subscription = $1 AND r.shard = $2 AND r.state = 'open' AND r.pos = t.pos AND r.seq = t.seq RETURNING r.id, r.pos, r.seq)
		UPDATE refused_events r SET passed = r.passed + later.events, (passed_pos, passed_seq) = (later.pos, later.seq)
		FROM (
			SELECT r.id, count(*) AS events, newest.pos, newest.seq
			FROM refused_events r JOIN taken t ON t.key = r.key AND (t.pos, t.seq) > (r.pos, r.seq)
				AND ((t.pos, t.seq) > (r.passed_pos, r.passed_seq) OR EXISTS (SELECT FROM settled s WHERE s.pos = t.pos AND s.seq = t.seq))
			CROSS JOIN LATERAL (SELECT pos, seq FROM (SELECT pos, seq FROM taken UNION ALL SELECT r.passed_pos, r.passed_seq) p ORDER BY pos DESC, seq DESC LIMIT 1) newest
			WHERE r.subscription = $1 AND r.shard = $2 AND r.state = 'open' GROUP BY r.id, newest.pos, newest.seq) later
		WHERE r.id = later.id AND r.id NOT IN (SELECT id FROM settled)`,
		d.Subscription, d.Shard,
		column(d.Changes, func(c *Change) int64 { return c.Pos }), column(d.Changes, func(c *Change) int64 { return c.Seq }),
		column(d.Changes, func(c *Change) string { return c.Key }), d.EndedAt)
	if err != nil {
		return fmt.Errorf("look what %s refused before: %w", d.Subscription, err)
	}
	return nil
}
