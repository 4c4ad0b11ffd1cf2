package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// escalate carries upward what has used up its clock, never down. It locks what
// rises and nothing else, so that another process does not tell of the same step
// and nobody who works on the others waits.
const escalate = `
	WITH due AS (
		SELECT x.id, reached.level
		FROM exceptions x
		CROSS JOIN LATERAL (SELECT CASE WHEN x.acknowledged_at IS NULL THEN x.ack_due_at ELSE x.resolve_due_at END AS due_at) clock
		CROSS JOIN LATERAL (SELECT extract(epoch FROM $1::timestamptz - x.opened_at) / greatest(extract(epoch FROM clock.due_at - x.opened_at), 1) AS used) share
		CROSS JOIN LATERAL (SELECT CASE
				WHEN share.used >= 1.5 AND x.priority = 'P1' THEN 3
				WHEN share.used >= 1 THEN 2
				WHEN share.used >= 0.5 THEN 1
				ELSE 0 END AS level) reached
		WHERE x.state <> 'resolved' AND ` + isShelved + ` IS NOT TRUE AND reached.level > x.escalation
		FOR UPDATE OF x SKIP LOCKED
	)
	UPDATE exceptions x SET escalation = due.level, escalated_at = $1
	FROM due WHERE x.id = due.id
	RETURNING x.id, x.team, x.escalation`

// Escalate carries upward the exceptions whose clock has gone by, with a note of
// whom that calls, and says how many it carried.
func (s *Exceptions) Escalate(ctx context.Context, now time.Time, to models.Escalations) (carried int, err error) {
	err = pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, escalate, now)
		if err != nil {
			return err
		}
		var ids []int64
		var notes []string
		var id int64
		var team models.Team
		var level models.EscalationLevel
		_, err = pgx.ForEachRow(rows, []any{&id, &team, &level}, func() error {
			ids, notes = append(ids, id), append(notes, "to "+to.Whom(level, team))
			return nil
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		carried = len(ids)
		_, err = tx.Exec(ctx, `
			INSERT INTO exception_notes (exception_id, at, actor, action, note)
			SELECT id, $3, 'tower', 'escalated', note FROM unnest($1::bigint[], $2::text[]) AS n(id, note)`, ids, notes, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("escalate what is overdue: %w", err)
	}
	return carried, nil
}
