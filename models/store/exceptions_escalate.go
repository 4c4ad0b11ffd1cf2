package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// escalate carries upward what has used up its clock, never down, and locks its
// rows so that another process does not tell of the same step.
const escalate = `
	WITH due AS (
		SELECT id, CASE
				WHEN used >= 1.5 AND priority = 'P1' THEN 3
				WHEN used >= 1 THEN 2
				ELSE 1 END AS level
		FROM (SELECT id, priority, escalation, CASE WHEN acknowledged_at IS NULL
				THEN extract(epoch FROM $1::timestamptz - opened_at) / greatest(extract(epoch FROM ack_due_at - opened_at), 1)
				ELSE extract(epoch FROM $1::timestamptz - opened_at) / greatest(extract(epoch FROM resolve_due_at - opened_at), 1) END AS used
			FROM exceptions WHERE state <> 'resolved' AND ` + isShelved + ` IS NOT TRUE FOR UPDATE SKIP LOCKED) AS clocks
		WHERE used >= 0.5
	)
	UPDATE exceptions x SET escalation = due.level, escalated_at = $1
	FROM due WHERE x.id = due.id AND due.level > x.escalation
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
