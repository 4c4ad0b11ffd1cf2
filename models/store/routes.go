package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Routes holds the subscriptions and what was delivered to them. It is safe for
// concurrent use.
type Routes struct {
	db      *DB
	changes *Changes
	rollups *Rollups
	locks   routeLocks
}

// NewRoutes works through db.
func NewRoutes(db *DB) *Routes {
	return &Routes{db: db, changes: NewChanges(db), rollups: NewRollups(db, nil)}
}

// Ensure makes a subscription, or brings the one of that name to this address,
// secret and filter; a new address makes a disabled one active again, and a
// secret that is replaced signs for its overlap. A secret that is the one of the
// last time leaves alone what was made in its place since. A new subscriber gets
// everything that is still in the log.
func (r *Routes) Ensure(ctx context.Context, s models.Subscription) error {
	return pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error { return ensureSubscription(ctx, tx, s) })
}

const secretReplaced = `subscriptions.declared_secret <> $8 AND subscriptions.secret <> $3`

func ensureSubscription(ctx context.Context, tx Tx, s models.Subscription) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO subscriptions (name, url, secret, types, dcs, condition, declared_secret) VALUES ($1, $2, $3, $4, $5, $6, $8)
		ON CONFLICT (name) DO UPDATE SET url = $2, types = $4, dcs = $5, condition = $6, declared_secret = $8,
			secret = CASE WHEN subscriptions.declared_secret = $8 THEN subscriptions.secret ELSE $3 END,
			secret_rotated_at = CASE WHEN subscriptions.declared_secret = $8 THEN subscriptions.secret_rotated_at END,
			old_secret = CASE WHEN `+secretReplaced+` THEN subscriptions.secret ELSE subscriptions.old_secret END,
			old_secret_until = CASE WHEN `+secretReplaced+` THEN now() + make_interval(secs => $7) ELSE subscriptions.old_secret_until END,
			state = CASE WHEN subscriptions.state = 'disabled' AND subscriptions.url <> $2 THEN 'active' ELSE subscriptions.state END,
			active_since = CASE WHEN subscriptions.state = 'disabled' AND subscriptions.url <> $2 THEN now() ELSE subscriptions.active_since END,
			disabled_why = CASE WHEN subscriptions.url <> $2 THEN '' ELSE subscriptions.disabled_why END`,
		s.Name, s.URL, s.Secret, s.Types, append([]string{}, s.DCs...), s.Condition, s.Overlap.Seconds(), models.SecretFingerprint(s.Secret))
	if err != nil {
		return fmt.Errorf("store the subscription %s: %w", s.Name, err)
	}
	return registerConsumer(ctx, tx, s.Consumer(), false)
}

// DropOldSecrets forgets the secrets whose overlap is over.
func (r *Routes) DropOldSecrets(ctx context.Context, now time.Time) error {
	_, err := r.db.Pool.Exec(ctx, `UPDATE subscriptions SET old_secret = '', old_secret_until = NULL WHERE old_secret_until <= $1`, now)
	if err != nil {
		return fmt.Errorf("drop the secrets whose overlap is over: %w", err)
	}
	return nil
}

// Subscription reads one, CodeNotFound when there is none of that name.
func (r *Routes) Subscription(ctx context.Context, name string) (models.Subscription, error) {
	rows, err := r.db.Pool.Query(ctx, subscriptionColumns+` WHERE name = $1`, name)
	if err != nil {
		return models.Subscription{}, fmt.Errorf("read the subscription %s: %w", name, err)
	}
	all, err := pgx.CollectRows(rows, scanSubscription)
	if err != nil {
		return models.Subscription{}, fmt.Errorf("read the subscription %s: %w", name, err)
	}
	if len(all) == 0 {
		return models.Subscription{}, models.Errorf(models.CodeNotFound, "There is no subscription %s.", name)
	}
	return all[0], nil
}

// Subscriptions reads all, by name.
func (r *Routes) Subscriptions(ctx context.Context) ([]models.Subscription, error) {
	rows, err := r.db.Pool.Query(ctx, subscriptionColumns+` ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the subscriptions: %w", err)
	}
	return pgx.CollectRows(rows, scanSubscription)
}

const subscriptionColumns = `SELECT name, url, secret, types, state, disabled_why, failures, wakes, dcs, condition, old_secret, old_secret_until, rewinds, declared_secret FROM subscriptions`

func scanSubscription(row pgx.CollectableRow) (models.Subscription, error) {
	var s models.Subscription
	err := row.Scan(&s.Name, &s.URL, &s.Secret, &s.Types, &s.State, &s.DisabledWhy, &s.Failures, &s.Wakes,
		&s.DCs, &s.Condition, &s.OldSecret, &s.OldUntil, &s.Rewinds, &s.Declared)
	return s, err
}

// RouteShard is a shard in which a subscription has not seen everything.
type RouteShard struct {
	Subscription string
	Shard        int16
}

// Behind lists where active subscriptions have something to come.
func (r *Routes) Behind(ctx context.Context) ([]RouteShard, error) {
	rows, err := r.db.Pool.Query(ctx, `
		SELECT s.name, c.shard FROM subscriptions s JOIN consumer_cursors c ON c.consumer = 'route:' || s.name
		WHERE s.state = 'active' AND EXISTS (SELECT 1 FROM changes ch WHERE ch.shard = c.shard AND ch.pos > c.pos)
		ORDER BY s.name, c.shard`)
	if err != nil {
		return nil, fmt.Errorf("look what is to be delivered: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[RouteShard])
}

// Next reads what a subscription has not seen of a shard; ok is false when it has seen everything.
func (r *Routes) Next(ctx context.Context, s models.Subscription, shard int16, limit int) (next ShardChanges, ok bool, err error) {
	return r.changes.NextOf(ctx, s.Consumer(), shard, limit)
}

// Passed moves a subscription's cursor behind changes after each message of
// theirs was delivered.
func (r *Routes) Passed(ctx context.Context, s models.Subscription, seen ShardChanges) error {
	return r.changes.Advance(ctx, r.db.Pool, s.Consumer(), seen)
}

// Delivered is a message that its target took: the attempt, what was in it, what
// the target holds now, and how long each event took from its effect to there.
type Delivered struct {
	models.Delivery
	Changes  []Change
	Versions []models.DeliveredVersion
	Latency  map[LatencyKey]*models.Histogram
}

// Delivered records a message that its target took.
func (r *Routes) Delivered(ctx context.Context, d Delivered) error {
	return pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		if err := insertDelivery(ctx, tx, d.Delivery, d.EndedAt); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE subscriptions SET failures = 0 WHERE name = $1 AND failures > 0`, d.Subscription); err != nil {
			return fmt.Errorf("clear the failures of %s: %w", d.Subscription, err)
		}
		if err := upsertVersions(ctx, tx, d); err != nil {
			return err
		}
		if err := insertRevisionDeliveries(ctx, tx, d); err != nil {
			return err
		}
		if err := markRefused(ctx, tx, d); err != nil {
			return err
		}
		return r.rollups.Add(ctx, tx, d.Latency)
	})
}

func upsertVersions(ctx context.Context, tx pgx.Tx, d Delivered) error {
	if len(d.Versions) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO delivered_versions AS v (subscription, entity, item, dc, version, delivered_at)
		SELECT $1, k.entity, k.item, k.dc, max(k.version), $2
		FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[]) AS k (entity, item, dc, version)
		GROUP BY k.entity, k.item, k.dc ORDER BY k.entity, k.item, k.dc
		ON CONFLICT (subscription, entity, item, dc) DO UPDATE SET version = excluded.version, delivered_at = excluded.delivered_at
		WHERE v.version < excluded.version`,
		d.Subscription, d.EndedAt,
		column(d.Versions, func(v *models.DeliveredVersion) string { return v.Entity }),
		column(d.Versions, func(v *models.DeliveredVersion) string { return v.Item }),
		column(d.Versions, func(v *models.DeliveredVersion) string { return v.DC }),
		column(d.Versions, func(v *models.DeliveredVersion) int64 { return v.Version }))
	if err != nil {
		return fmt.Errorf("store what %s holds: %w", d.Subscription, err)
	}
	return nil
}

// Failed records an attempt that failed and when the next is due. It says since
// when the event that the attempt begins with is tried in vain, in whatever
// message and by whatever process: since the shard's last success, and since the
// subscription became active.
func (r *Routes) Failed(ctx context.Context, d models.Delivery, next time.Time) (first time.Time, err error) {
	err = pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		if err := insertDelivery(ctx, tx, d, next); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			SELECT least($5::timestamptz, min(d.started_at)) FROM deliveries d JOIN subscriptions s ON s.name = d.subscription
			WHERE d.subscription = $1 AND d.shard = $2 AND d.to_pos >= $3 AND d.outcome = 'failed' AND d.started_at >= s.active_since
				AND ($3::bigint, $4::bigint) BETWEEN (d.from_pos, d.from_seq) AND (d.to_pos, d.to_seq)
				AND NOT EXISTS (SELECT FROM deliveries l WHERE l.subscription = $1 AND l.shard = $2 AND l.to_pos >= $3 AND l.outcome = 'delivered' AND l.id > d.id)`,
			d.Subscription, d.Shard, d.FromPos, d.FromSeq, d.StartedAt).Scan(&first)
	})
	if err != nil {
		return first, fmt.Errorf("record a failed delivery to %s: %w", d.Subscription, err)
	}
	return first, nil
}

func insertDelivery(ctx context.Context, tx pgx.Tx, d models.Delivery, next time.Time) error {
	outcome := "failed"
	if d.Delivered {
		outcome = "delivered"
	} else if _, err := tx.Exec(ctx, `UPDATE subscriptions SET failures = CASE WHEN $3 THEN 0 ELSE failures + 1 END, next_attempt_at = $2 WHERE name = $1`,
		d.Subscription, next, d.Refused()); err != nil {
		return fmt.Errorf("count a failure of %s: %w", d.Subscription, err)
	}
	carried := []byte("[]")
	if len(d.Carried) > 0 {
		var err error
		if carried, err = json.Marshal(d.Carried); err != nil {
			return fmt.Errorf("write what a delivery to %s carries: %w", d.Subscription, err)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at,
			status, outcome, class, error, from_seq, to_seq, answer, carried)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		d.Subscription, d.Shard, d.FromPos, d.ToPos, d.MessageID, d.Events, d.Attempt, d.StartedAt, d.EndedAt,
		d.Status, outcome, d.Class, d.Error, d.FromSeq, d.ToSeq, d.Answer, carried)
	if err != nil {
		return fmt.Errorf("store a delivery to %s: %w", d.Subscription, err)
	}
	return nil
}

// Disable stops a subscription until somebody resumes it or gives it a new address.
func (r *Routes) Disable(ctx context.Context, name, why string) error {
	_, err := r.db.Pool.Exec(ctx, `UPDATE subscriptions SET state = 'disabled', disabled_why = $2 WHERE name = $1`, name, why)
	if err != nil {
		return fmt.Errorf("disable the subscription %s: %w", name, err)
	}
	return nil
}
