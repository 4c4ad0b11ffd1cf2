package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// rewoundSQL are the rows of the change log behind a route's cursors that took
// effect since an instant, or in the shard of a position since then, as far as
// retention has left all of their events.
const rewoundSQL = `
	FROM consumer_cursors cc JOIN changes ch ON ch.shard = cc.shard AND ch.pos <= cc.pos
	LEFT JOIN change_horizons h ON h.shard = cc.shard
	WHERE cc.consumer = 'route:' || $1 AND ch.pos > coalesce(h.pos, 0)
		AND CASE WHEN $4::bigint > 0 AND ch.shard = $3 THEN ch.pos >= $4 ELSE ch.applied_at >= $2 END`

// PlanRewind counts what would come again if a route were moved back.
func (f *Failures) PlanRewind(ctx context.Context, name string, to models.RewindTo) (models.RewindPlan, error) {
	plan := models.RewindPlan{To: to}
	err := f.db.Pool.QueryRow(ctx, `
		SELECT (SELECT coalesce(sum(ch.events), 0)::bigint `+rewoundSQL+`), (
			SELECT min(ch.applied_at) FROM changes ch LEFT JOIN change_horizons h USING (shard) WHERE ch.pos > coalesce(h.pos, 0))`,
		name, to.Since, to.Shard, to.Pos).Scan(&plan.Events, &plan.KeptSince)
	if err != nil {
		return plan, fmt.Errorf("count what route %s would get again: %w", name, err)
	}
	if plan.Events > countedOneByOne {
		return plan, nil
	}
	err = f.db.Pool.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE e.type = ANY ($6)) - count(DISTINCT (e.type, e.key)) FILTER (WHERE e.type = ANY ($6))
		FROM subscriptions s, LATERAL (SELECT ch.shard, ch.pos, ch.from_seq, ch.to_seq, ch.left_out, ch.first_received, ch.last_received `+rewoundSQL+`) ch
		`+eventsOfChange+`
		WHERE s.name = $1 AND (ch.shard <> $3 OR ch.pos <> $4 OR e.seq >= $5) AND e.type = ANY (s.types) AND (e.dc = '' OR s.dcs = '{}' OR e.dc = ANY (s.dcs))`,
		name, to.Since, to.Shard, to.Pos, to.Seq, models.ReplacingTypes()).Scan(&plan.Events, &plan.Superseded)
	if err != nil {
		return plan, fmt.Errorf("count what route %s takes of it: %w", name, err)
	}
	plan.Filtered = true
	return plan, nil
}

// countedOneByOne bounds how many events a question may cost.
const countedOneByOne = 100_000

// RewindRoute moves a route back, so that what took effect since then is
// delivered again, in order and under new message ids; what was skipped since
// comes again too. CodeConflict when nothing would come.
func (f *Failures) RewindRoute(ctx context.Context, name string, to models.RewindTo, actor, reason string) error {
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		var rewinds int
		err := tx.QueryRow(ctx, `UPDATE subscriptions SET rewinds = rewinds + 1, wakes = wakes + 1, next_attempt_at = now()
			WHERE name = $1 RETURNING rewinds`, name).Scan(&rewinds)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeNotFound, "There is no route to %s.", name)
		}
		if err != nil {
			return err
		}
		var events int64
		if err := tx.QueryRow(ctx, `SELECT coalesce(sum(ch.events), 0)::bigint `+rewoundSQL, name, to.Since, to.Shard, to.Pos).Scan(&events); err != nil {
			return err
		}
		if events == 0 {
			return models.Errorf(models.CodeConflict, "Nothing that %s was given took effect since then.", name)
		}
		if _, err := tx.Exec(ctx, `
			UPDATE consumer_cursors c SET pos = back.pos - 1, updated_at = now(),
				skipped_pos = CASE WHEN c.shard = $3 THEN $4::bigint ELSE 0 END, skipped_seq = CASE WHEN c.shard = $3 AND $4 > 0 THEN $5::bigint - 1 ELSE 0 END
			FROM (SELECT cc.shard, min(ch.pos) AS pos `+rewoundSQL+` GROUP BY cc.shard) back
			WHERE c.consumer = 'route:' || $1 AND c.shard = back.shard`, name, to.Since, to.Shard, to.Pos, to.Seq); err != nil {
			return err
		}
		after := fmt.Sprintf(`{"since":%q,"shard":%d,"pos":%d,"from_seq":%d,"events":%d,"rewinds":%d}`,
			to.Since.UTC().Format(time.RFC3339), to.Shard, to.Pos, to.Seq, events, rewinds)
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "route.rewind", Subject: "route:" + name, Reason: reason, After: after})
	})
	if err != nil {
		return fmt.Errorf("rewind the route %s: %w", name, err)
	}
	return nil
}
