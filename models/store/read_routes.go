package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// aheadOfCursor are the changes that the consumer of the cursor cc has not seen.
// OFFSET 0 keeps it a look into the index for each shard: see movedChanges.
const aheadOfCursor = `
	CROSS JOIN LATERAL (SELECT events, applied_at FROM changes WHERE shard = cc.shard AND pos > cc.pos OFFSET 0) ch`

// RouteStatuses reads how every subscription stands, by name; name "" means all.
func (f *Failures) RouteStatuses(ctx context.Context, p models.Period, name string) ([]models.RouteStatus, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT s.name, s.url, s.types, s.dcs, s.condition, s.old_secret_until, s.state, s.disabled_why, s.failures, s.next_attempt_at,
			coalesce(b.events, 0)::bigint, b.oldest, last.at,
			(SELECT count(*) FROM refused_events x WHERE x.subscription = s.name AND x.state = 'open')
		FROM subscriptions s
		LEFT JOIN LATERAL (
			SELECT sum(ch.events) AS events, min(ch.applied_at) AS oldest FROM consumer_cursors cc`+aheadOfCursor+`
			WHERE cc.consumer = 'route:' || s.name) b ON true
		LEFT JOIN LATERAL (
			SELECT d.ended_at AS at FROM deliveries d
			WHERE d.subscription = s.name AND d.outcome = 'delivered' ORDER BY d.id DESC LIMIT 1) last ON true
		WHERE $1 = '' OR s.name = $1 ORDER BY s.name`, name)
	if err != nil {
		return nil, fmt.Errorf("read the routes: %w", err)
	}
	routes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.RouteStatus, error) {
		var r models.RouteStatus
		err := row.Scan(&r.Name, &r.URL, &r.Types, &r.DCs, &r.Condition, &r.OldUntil, &r.State, &r.DisabledWhy, &r.Failures, &r.NextAttempt, &r.Backlog, &r.OldestAt, &r.LastAt, &r.Refused)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the routes: %w", err)
	}
	return routes, f.countDeliveries(ctx, p, routes)
}

func (f *Failures) countDeliveries(ctx context.Context, p models.Period, routes []models.RouteStatus) error {
	at := map[string]*models.RouteStatus{}
	for i := range routes {
		at[routes[i].Name] = &routes[i]
	}
	rows, err := f.db.Pool.Query(ctx, `
		SELECT subscription, outcome, events, started_at, ended_at FROM deliveries WHERE started_at >= $1 AND started_at < $2`, p.From, p.To)
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	var name, outcome string
	var events int64
	var started, ended time.Time
	_, err = pgx.ForEachRow(rows, []any{&name, &outcome, &events, &started, &ended}, func() error {
		r := at[name]
		if r == nil {
			return nil
		}
		r.Attempts++
		if outcome == "failed" {
			r.Failed++
			return nil
		}
		r.Delivered += events
		r.Spread.Add(ended.Sub(started))
		return nil
	})
	if err != nil {
		return fmt.Errorf("count deliveries: %w", err)
	}
	return nil
}

const deliveryFields = `id, subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, status, outcome, class, error, from_seq, to_seq, answer`

const deliveryColumns = `SELECT ` + deliveryFields + ` FROM deliveries`

// Delivery reads an attempt with the others at the same message, the oldest
// first, at most fifty; CodeNotFound when there is none.
func (f *Failures) Delivery(ctx context.Context, id int64) (models.DeliveryAttempt, []models.DeliveryAttempt, error) {
	rows, err := f.db.Pool.Query(ctx, deliveryColumns+` WHERE id = $1`, id)
	if err != nil {
		return models.DeliveryAttempt{}, nil, fmt.Errorf("read delivery %d: %w", id, err)
	}
	one, err := pgx.CollectOneRow(rows, pgx.RowToStructByPos[models.DeliveryAttempt])
	if errors.Is(err, pgx.ErrNoRows) {
		return one, nil, models.Errorf(models.CodeNotFound, "There is no delivery %d, or retention has taken it.", id)
	}
	if err != nil {
		return one, nil, fmt.Errorf("read delivery %d: %w", id, err)
	}
	rows, err = f.db.Pool.Query(ctx, `SELECT * FROM (`+deliveryColumns+`
		WHERE subscription = $1 AND shard = $2 AND to_pos = $3 AND message_id = $4 ORDER BY id DESC LIMIT 50) tries ORDER BY id`,
		one.Subscription, one.Shard, one.ToPos, one.MessageID)
	if err != nil {
		return one, nil, fmt.Errorf("read the attempts of delivery %d: %w", id, err)
	}
	tries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.DeliveryAttempt])
	if err != nil {
		return one, nil, fmt.Errorf("read the attempts of delivery %d: %w", id, err)
	}
	return one, tries, nil
}

// DeliveredEvents reads the events of a message, at most limit; none when
// retention has taken them.
func (f *Failures) DeliveredEvents(ctx context.Context, d models.DeliveryAttempt, limit int) ([]models.Event, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT e.seq, e.shard, e.received_at, e.occurred_at, e.source, e.event_id, e.type, e.subject, e.key, e.item, e.dc, e.trace_id,
			e.conflict, coalesce(e.extensions, ''), e.data
		FROM changes c CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.shard = c.shard AND e.seq BETWEEN c.from_seq AND c.to_seq
			AND e.received_at BETWEEN c.first_received AND c.last_received AND e.seq <> ALL (c.left_out) OFFSET 0) e
		JOIN subscriptions s ON s.name = $4
		WHERE c.shard = $1 AND c.pos BETWEEN $2 AND $3 AND e.type = ANY (s.types)
			AND ($7 = 0 OR (c.pos, e.seq) >= ($2, $6) AND (c.pos, e.seq) <= ($3, $7))
		ORDER BY c.pos, e.seq LIMIT $5`,
		d.Shard, d.FromPos, d.ToPos, d.Subscription, limit, d.FromSeq, d.ToSeq)
	if err != nil {
		return nil, fmt.Errorf("list the events of delivery %d: %w", d.ID, err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("list the events of delivery %d: %w", d.ID, err)
	}
	return events, nil
}

// SetRouteState pauses an active subscription or resumes a paused or disabled
// one, with its audit row. It is CodeConflict when the state is another by now.
func (f *Failures) SetRouteState(ctx context.Context, name, to, actor, reason string) error {
	err := pgx.BeginFunc(ctx, f.db.Pool, func(tx pgx.Tx) error {
		var from string
		err := tx.QueryRow(ctx, `SELECT state FROM subscriptions WHERE name = $1 FOR UPDATE`, name).Scan(&from)
		if errors.Is(err, pgx.ErrNoRows) {
			return models.Errorf(models.CodeNotFound, "There is no route to %s.", name)
		}
		if err != nil {
			return err
		}
		if from == to || to == "paused" && from != "active" {
			return models.Errorf(models.CodeConflict, "The route to %s is %s.", name, from)
		}
		if _, err := tx.Exec(ctx, `UPDATE subscriptions SET state = $2, disabled_why = '', next_attempt_at = now(),
			active_since = CASE WHEN $2 = 'active' THEN now() ELSE active_since END WHERE name = $1`, name, to); err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{
			Actor: actor, Action: "route." + map[bool]string{true: "pause", false: "resume"}[to == "paused"], Subject: "route:" + name, Reason: reason,
			Before: fmt.Sprintf(`{"state":%q}`, from), After: fmt.Sprintf(`{"state":%q}`, to),
		})
	})
	if err != nil {
		return fmt.Errorf("set the state of route %s: %w", name, err)
	}
	return nil
}
