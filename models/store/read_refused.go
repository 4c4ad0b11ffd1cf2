package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const refusedColumns = eventColumns + `, id, subscription, pos, applied_at, status, answer, attempts, refused_at, tried_at, passed, state, settled_at`

func scanRefused(row pgx.CollectableRow, r *models.RefusedEvent) error {
	return row.Scan(refusedFields(r)...)
}

// refusedFields are where the refusedColumns go.
func refusedFields(r *models.RefusedEvent) []any {
	e := &r.Event
	return []any{
		&e.Seq, &e.Shard, &e.ReceivedAt, &e.OccurredAt, &e.Source, &e.ID, &e.Type, &e.Subject, &e.Key, &e.Item, &e.DC, &e.TraceID,
		&e.Conflict, &e.Extensions, &e.Data, &r.ID, &r.Subscription, &r.Pos, &r.AppliedAt, &r.Status, &r.Answer, &r.Attempts, &r.RefusedAt, &r.TriedAt,
		&r.Passed, &r.State, &r.SettledAt,
	}
}

// CheckRoute is CodeNotFound when there is no subscription of that name.
func (f *Failures) CheckRoute(ctx context.Context, name string) error {
	var known bool
	if err := f.db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM subscriptions WHERE name = $1)`, name).Scan(&known); err != nil {
		return fmt.Errorf("look for the route %s: %w", name, err)
	}
	if !known {
		return models.Errorf(models.CodeNotFound, "There is no route to %q.", name)
	}
	return nil
}

// Refused lists what a subscriber refused, the newest first.
func (f *Failures) Refused(ctx context.Context, subscription string, q models.RefusedQuery) ([]models.RefusedEvent, error) {
	rows, err := f.db.Pool.Query(ctx, `SELECT `+refusedColumns+` FROM refused_events
		WHERE subscription = $1 AND ($2 OR state = 'open') AND ($3::bigint = 0 OR id < $3) AND (cardinality($5::text[]) = 0 OR type = ANY ($5))
		ORDER BY id DESC LIMIT $4`, subscription, q.Settled, q.Before, q.Limit, texts(q.Types))
	if err != nil {
		return nil, fmt.Errorf("list what %s refused: %w", subscription, err)
	}
	return collect(rows, "list what "+subscription+" refused", scanRefused)
}

// RefusedEvent reads one event that a subscriber refused; CodeNotFound when it refused none of that id.
func (f *Failures) RefusedEvent(ctx context.Context, subscription string, id int64) (models.RefusedEvent, error) {
	rows, err := f.db.Pool.Query(ctx, `SELECT `+refusedColumns+` FROM refused_events WHERE id = $1 AND subscription = $2`, id, subscription)
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

// refusedNear bounds how many deliveries of an event's part of the change log are
// looked at: those that carried it end nearest behind it.
const refusedNear = 500

// RefusedAttempts reads the attempts at messages with a refused event, the oldest
// first and the newest 50 at most; none once retention has taken them.
func (f *Failures) RefusedAttempts(ctx context.Context, e models.RefusedEvent) ([]models.DeliveryAttempt, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT * FROM (`+deliveryColumns+` WHERE id IN (
			SELECT id FROM (SELECT id, from_pos, from_seq, to_pos, to_seq FROM deliveries
				WHERE subscription = $1 AND shard = $2 AND to_pos >= $3 ORDER BY to_pos, id LIMIT $5) near
			WHERE from_pos <= $3 AND (to_seq = 0 OR (from_pos, from_seq) <= ($3, $4) AND (to_pos, to_seq) >= ($3, $4)))
			ORDER BY id DESC LIMIT 50) tries ORDER BY id`,
		e.Subscription, e.Event.Shard, e.Pos, e.Event.Seq, refusedNear)
	if err != nil {
		return nil, fmt.Errorf("read the attempts at refused event %d: %w", e.ID, err)
	}
	tries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[models.DeliveryAttempt])
	if err != nil {
		return nil, fmt.Errorf("read the attempts at refused event %d: %w", e.ID, err)
	}
	return tries, nil
}

// RefusedToDeliver lists what a subscriber refused and nobody decided on, of some
// types or, without any, of all, in the order in which it is delivered again: of each
// key the oldest, then of each the next, or a key whose events stay refused would be
// in the way of the others; among them what was tried longest ago first. What is
// behind an event of another type comes last.
func (f *Failures) RefusedToDeliver(ctx context.Context, subscription string, types []models.EventType, limit int) ([]models.RefusedTurn, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT `+refusedColumns+`, behind FROM refused_events JOIN (
			SELECT id, asked, row_number() OVER of_key AS turn, NOT bool_and(asked) OVER of_key AS behind
			FROM (SELECT id, shard, key, cardinality($3::text[]) = 0 OR type = ANY ($3) AS asked FROM refused_events WHERE subscription = $1 AND state = 'open') AS open
			WINDOW of_key AS (PARTITION BY shard, key ORDER BY id)) AS turns USING (id)
		WHERE asked ORDER BY behind, turn, tried_at, id LIMIT $2`, subscription, limit, texts(types))
	if err != nil {
		return nil, fmt.Errorf("list what %s refused: %w", subscription, err)
	}
	return collect(rows, "list what "+subscription+" refused", func(row pgx.CollectableRow, t *models.RefusedTurn) error {
		return row.Scan(append(refusedFields(&t.RefusedEvent), &t.Behind)...)
	})
}

// refusedSum are the fields of a models.RefusedSum.
const refusedSum = "count(*), count(*) FILTER (WHERE passed > 0), min(refused_at)"

// RefusedByRoute sums up what each subscriber refused and nobody decided on, by
// name; those that refused nothing are left out.
func (f *Failures) RefusedByRoute(ctx context.Context) ([]models.RefusedOfRoute, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT subscription, `+refusedSum+` FROM refused_events
		WHERE state = 'open' GROUP BY subscription ORDER BY subscription`)
	if err != nil {
		return nil, fmt.Errorf("count what subscribers refused: %w", err)
	}
	return collect(rows, "count what subscribers refused", func(row pgx.CollectableRow, r *models.RefusedOfRoute) error {
		return row.Scan(&r.Subscription, &r.Events, &r.Passed, &r.Oldest)
	})
}

// RefusedSum sums up what a subscriber refused and nobody decided on.
func (f *Failures) RefusedSum(ctx context.Context, subscription string) (sum models.RefusedSum, err error) {
	err = f.db.Pool.QueryRow(ctx, `
		SELECT `+refusedSum+` FROM refused_events WHERE subscription = $1 AND state = 'open'`, subscription).
		Scan(&sum.Events, &sum.Passed, &sum.Oldest)
	if err != nil {
		return sum, fmt.Errorf("count what %s refused: %w", subscription, err)
	}
	return sum, nil
}
