package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// rising are the open exceptions that can still be carried further. For what
// follows from another, the other calls; what comes off the shelf of its kind has
// a clock of its own only from the next report on.
const rising = `
	SELECT x.id, ` + owningTeam + `, x.priority, x.escalation, x.acknowledged_at IS NOT NULL,
		CASE WHEN x.acknowledged_at IS NULL THEN x.ack_due_at ELSE x.resolve_due_at END
	FROM exceptions x
	WHERE x.state <> 'resolved' AND ` + isShelved + ` IS NOT TRUE AND x.cause_id IS NULL AND (x.kind_shelf IS NULL OR x.priority = 'P1')
		AND x.escalation < CASE x.priority WHEN 'P1' THEN 3 ELSE 2 END`

// rise is an exception with the level that it is to be carried to.
type rise struct {
	id    int64
	level models.EscalationLevel
	call  models.Callout
}

// callsAccount tells whether the last step calls an account, by its name or its
// role; it takes the name twice.
const callsAccount = "string_to_array(escalated_to, '" + models.CalledSeparator + "') && ARRAY[?, (SELECT 'role:' || role FROM users WHERE name = ?)]::text[]"

// Escalate carries upward the exceptions whose clock has gone by, never down,
// with a note of whom that calls, and says how many it carried.
func (s *Exceptions) Escalate(ctx context.Context, now time.Time, to models.Escalations) (carried int, err error) {
	rises, err := s.rises(ctx, now, to)
	if err == nil && len(rises) > 0 {
		err = pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
			carried, err = carry(ctx, tx, rises, now)
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("escalate what is overdue: %w", err)
	}
	return carried, nil
}

// rises reads what is to be carried, and locks nothing: nobody who works on an
// exception waits for it.
func (s *Exceptions) rises(ctx context.Context, now time.Time, to models.Escalations) ([]rise, error) {
	rows, err := s.db.Pool.Query(ctx, rising)
	if err != nil {
		return nil, err
	}
	var rises []rise
	var id int64
	var team models.Team
	var priority models.Priority
	var level models.EscalationLevel
	var acknowledged bool
	var due time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &team, &priority, &level, &acknowledged, &due}, func() error {
		clock := priority.Clock().Acknowledge
		if acknowledged {
			clock = priority.Clock().Resolve
		}
		if reached := to.Reached(team, priority, clock, due, now); reached > level {
			rises = append(rises, rise{id, reached, to.Whom(reached, team, priority, now)})
		}
		return nil
	})
	return rises, err
}

// carry writes what rises, and of each step a note once, whichever process is first.
func carry(ctx context.Context, tx pgx.Tx, rises []rise, now time.Time) (int, error) {
	tag, err := tx.Exec(ctx, `
		WITH due AS (SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[], $5::text[]) AS d(id, level, note, name)),
		carried AS (
			UPDATE exceptions x SET escalation = due.level, escalated_to = due.name, escalated_at = $4 FROM due
			WHERE x.id = due.id AND x.escalation < due.level AND x.state <> 'resolved' RETURNING x.id, due.note
		)
		INSERT INTO exception_notes (exception_id, at, actor, action, note)
		SELECT id, $4, 'tower', 'escalated', note FROM carried`,
		column(rises, func(r *rise) int64 { return r.id }), column(rises, func(r *rise) int32 { return int32(r.level) }),
		column(rises, func(r *rise) string { return "to " + r.call.Said }), now, column(rises, func(r *rise) string { return strings.Join(r.call.To, models.CalledSeparator) }))
	return int(tag.RowsAffected()), err
}
