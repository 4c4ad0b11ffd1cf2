package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// ChangePoint is an event's place in the change log of its shard.
type ChangePoint struct{ Pos, Seq int64 }

// Skipped is how far a person moved a subscription on in a shard.
func (r *Routes) Skipped(ctx context.Context, s models.Subscription, shard int16) (ChangePoint, error) {
	var to ChangePoint
	err := r.db.Pool.QueryRow(ctx, `SELECT skipped_pos, skipped_seq FROM consumer_cursors WHERE consumer = $1 AND shard = $2`,
		s.Consumer(), shard).Scan(&to.Pos, &to.Seq)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return to, fmt.Errorf("read what %s skips: %w", s.Name, err)
	}
	return to, nil
}

// RetryRoute lets an active route that waits deliver at once, with its audit row.
func (f *Failures) RetryRoute(ctx context.Context, name, actor, reason string) error {
	return pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE subscriptions SET next_attempt_at = now(), wakes = wakes + 1 WHERE name = $1 AND state = 'active'`, name)
		if err != nil {
			return fmt.Errorf("wake the route %s: %w", name, err)
		}
		if tag.RowsAffected() == 0 {
			return models.Errorf(models.CodeConflict, "The route to %s does not deliver. Resume it first.", name)
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "route.retry", Subject: "route:" + name, Reason: reason})
	})
}

// blocksSQL: the newest attempt in the shard was at this message and failed,
// and nobody has moved the subscription past it.
const blocksSQL = `
	SELECT EXISTS (
		SELECT 1 FROM consumer_cursors c WHERE c.consumer = 'route:' || $1 AND c.shard = $2
			AND c.pos < $3 AND (c.skipped_pos, c.skipped_seq) < ($3, $4))
	AND coalesce((SELECT outcome = 'failed' AND message_id = $5 FROM deliveries
		WHERE subscription = $1 AND shard = $2 ORDER BY id DESC LIMIT 1), false)`

// Blocks reports whether what follows in the shard waits for this message.
func (f *Failures) Blocks(ctx context.Context, d models.DeliveryAttempt) (blocks bool, err error) {
	if d.ToSeq == 0 {
		return false, nil
	}
	err = f.db.Pool.QueryRow(ctx, blocksSQL, d.Subscription, d.Shard, d.ToPos, d.ToSeq, d.MessageID).Scan(&blocks)
	if err != nil {
		return false, fmt.Errorf("look whether delivery %d blocks: %w", d.ID, err)
	}
	return blocks, nil
}

// SkipMessage moves a subscription past the message that blocks it, with its
// audit row; CodeConflict when it does not block by now.
func (f *Failures) SkipMessage(ctx context.Context, d models.DeliveryAttempt, actor, reason string) error {
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE subscriptions SET next_attempt_at = now(), wakes = wakes + 1 WHERE name = $1`, d.Subscription); err != nil {
			return err
		}
		var blocks bool
		if err := tx.QueryRow(ctx, blocksSQL, d.Subscription, d.Shard, d.ToPos, d.ToSeq, d.MessageID).Scan(&blocks); err != nil {
			return err
		}
		if !blocks || d.ToSeq == 0 {
			return models.Errorf(models.CodeConflict, "The message does not block the route any more.")
		}
		if _, err := tx.Exec(ctx, `UPDATE consumer_cursors SET skipped_pos = $3, skipped_seq = $4, updated_at = now()
			WHERE consumer = 'route:' || $1 AND shard = $2`, d.Subscription, d.Shard, d.ToPos, d.ToSeq); err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "route.skip", Subject: "route:" + d.Subscription, Reason: reason,
			After: fmt.Sprintf(`{"message":%q,"shard":%d,"from_seq":%d,"to_seq":%d,"events":%d}`, d.MessageID, d.Shard, d.FromSeq, d.ToSeq, d.Events),
		})
	})
	if err != nil {
		return fmt.Errorf("skip message %s: %w", d.MessageID, err)
	}
	return nil
}
