package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// dueTimes is until when an exception is to be acknowledged and resolved.
type dueTimes struct {
	id           int64
	ack, resolve time.Time
}

func setDue(ctx context.Context, tx pgx.Tx, statement string, due []dueTimes) error {
	if len(due) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, statement, column(due, func(d *dueTimes) int64 { return d.id }),
		column(due, func(d *dueTimes) time.Time { return d.ack }), column(due, func(d *dueTimes) time.Time { return d.resolve }))
	return err
}

// beginAnew lets exceptions speak for themselves from now on, with a clock of their own.
func beginAnew(ctx context.Context, tx pgx.Tx, all []models.OpenCondition, now time.Time, clocks models.Escalations) error {
	due := make([]dueTimes, len(all))
	for i, e := range all {
		due[i].id = e.ID
		due[i].ack, due[i].resolve = clocks.Due(e.Team, e.Priority, now)
	}
	return setDue(ctx, tx, `
		UPDATE exceptions x SET cause_id = NULL, escalation = 0, escalated_at = NULL, escalated_to = '', ack_due_at = d.ack, resolve_due_at = d.resolve
		FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS d(id, ack, resolve) WHERE x.id = d.id`, due)
}

// giveTime lets what a sweep found less urgent than before have the longer clock
// from its opening on. What no longer needs a response has that of a P4 until it clears.
func giveTime(ctx context.Context, tx pgx.Tx, signals string, clocks models.Escalations) error {
	rows, err := tx.Query(ctx, signalsCTE+`
		SELECT x.id, coalesce(nullif(x.routed_team, ''), s.team), CASE s.priority WHEN 'log' THEN 'P4' ELSE s.priority END, x.opened_at
		FROM exceptions x JOIN signals s USING (dedupe_key)
		WHERE x.standing AND x.priority < CASE s.priority WHEN 'log' THEN 'P4' ELSE s.priority END`, signals)
	if err != nil {
		return err
	}
	due, err := collect(rows, "read what is less urgent", func(row pgx.CollectableRow, d *dueTimes) error {
		var team models.Team
		var priority models.Priority
		var opened time.Time
		err := row.Scan(&d.id, &team, &priority, &opened)
		d.ack, d.resolve = clocks.Due(team, priority, opened)
		return err
	})
	if err != nil {
		return err
	}
	return setDue(ctx, tx, `
		UPDATE exceptions x SET ack_due_at = greatest(x.ack_due_at, d.ack), resolve_due_at = greatest(x.resolve_due_at, d.resolve)
		FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS d(id, ack, resolve) WHERE x.id = d.id`, due)
}
