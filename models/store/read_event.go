package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Failures reads single events, writes and deliveries with all that became of
// them, and the groups of those that wait. It is safe for concurrent use.
type Failures struct{ db *DB }

// NewFailures reads through db.
func NewFailures(db *DB) *Failures { return &Failures{db: db} }

// Event reads an event by its sequence, wherever its payload is kept by now;
// CodeNotFound when there is none or retention has taken it. Of what took effect in
// a chain a stub without payload is left.
func (f *Failures) Event(ctx context.Context, seq int64) (models.EventDetail, error) {
	d, err := f.event(ctx, seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return d, models.Errorf(models.CodeNotFound, "There is no event %d.%s", seq, goneWith(ctx, f.db, seq))
	}
	if err != nil {
		return d, fmt.Errorf("read event %d: %w", seq, err)
	}
	for _, read := range []func(context.Context, *models.EventDetail) error{
		f.readState, f.readHold, f.readEdits, f.readBatch, f.readAttempts, f.readDeliveries, f.readAffected, f.readFirst,
	} {
		if err := read(ctx, &d); err != nil {
			return d, fmt.Errorf("read what became of event %d: %w", seq, err)
		}
	}
	return d, nil
}

// event finds the payload: the sequence is unique, but the log's key begins
// with the shard, so every shard is looked into.
func (f *Failures) event(ctx context.Context, seq int64) (models.EventDetail, error) {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict, coalesce(extensions, ''),
			coalesce(edited, data)
		FROM unsettled_events WHERE seq = $1
		UNION ALL
		SELECT seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict, coalesce(extensions, ''), data
		FROM settled_payloads JOIN settled_events USING (seq) WHERE seq = $1
		UNION ALL
		SELECT `+eventColumns+` FROM events WHERE shard = ANY (ARRAY(SELECT shard FROM shard_cursors)) AND seq = $1
		UNION ALL
		SELECT seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, false, coalesce(extensions, ''), '' FROM event_stubs WHERE seq = $1
		LIMIT 1`, seq)
	if err != nil {
		return models.EventDetail{}, err
	}
	e, err := pgx.CollectOneRow(rows, scanEvent)
	return models.EventDetail{Event: e, CameShard: e.Shard, Retired: err == nil && e.Data == ""}, err
}

// readFirst finds the event that an id was used for before a conflicting one.
func (f *Failures) readFirst(ctx context.Context, d *models.EventDetail) error {
	if !d.Conflict {
		return nil
	}
	err := f.db.Pool.QueryRow(ctx, `SELECT seq FROM event_keys WHERE hash = $1 AND seq <> $2 ORDER BY seq LIMIT 1`, keyOf(d.Source, d.ID), d.Seq).Scan(&d.First)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // retention has taken its key
	}
	return err
}

// readState takes the last word: unsettled, settled, behind the cursor, or applied with its batch.
func (f *Failures) readState(ctx context.Context, d *models.EventDetail) error {
	var waits, stage *string
	var settled *time.Time
	err := f.db.Pool.QueryRow(ctx, `
		SELECT state, stage, code, reason, fingerprint, waits_for, settled_at, actor FROM (
			SELECT 1 AS rank, state, stage, code, reason, fingerprint::text, waits_for, NULL::timestamptz AS settled_at, '' AS actor
			FROM unsettled_events WHERE seq = $1
			UNION ALL
			SELECT 2, outcome, NULL, '', reason, '', NULL, settled_at, actor FROM settled_events WHERE seq = $1
			UNION ALL
			SELECT 3, CASE WHEN seq < $1 THEN 'pending' ELSE 'applied' END, NULL, '', '', '', NULL, NULL, ''
			FROM shard_cursors WHERE shard = $2
		) words ORDER BY rank LIMIT 1`, d.Seq, d.Shard).
		Scan(&d.State, &stage, &d.Code, &d.Reason, &d.Fingerprint, &waits, &settled, &d.SettledBy)
	if err != nil {
		return err
	}
	if stage != nil {
		d.Stage = models.Stage(*stage)
	}
	if waits != nil {
		d.WaitsFor = *waits
	}
	d.SettledAt = settled
	return nil
}

// readBatch finds the batch that met the event first, whether it took effect
// then or was left out.
func (f *Failures) readBatch(ctx context.Context, d *models.EventDetail) error {
	var b models.BatchTimes
	var transform, reference, apply int64
	err := f.db.Pool.QueryRow(ctx, `
		SELECT pos, events, started_at, applied_at, transform_us, reference_us, apply_us FROM changes
		WHERE shard = $1 AND to_seq >= $2 AND from_seq <= $2 AND kind = 'batch' ORDER BY to_seq LIMIT 1`, d.CameShard, d.Seq).
		Scan(&b.Pos, &b.Events, &b.StartedAt, &b.AppliedAt, &transform, &reference, &apply)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	b.Transform, b.Reference, b.Apply = micros(transform), micros(reference), micros(apply)
	d.Batch = &b
	return err
}

func (f *Failures) readAttempts(ctx context.Context, d *models.EventDetail) error {
	rows, err := f.db.Pool.Query(ctx, `
		SELECT attempt, stage, component, started_at, ended_at, outcome, class, error
		FROM event_attempts WHERE seq = $1 ORDER BY id DESC LIMIT 50`, d.Seq)
	if err != nil {
		return err
	}
	d.Attempts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[models.EventAttempt])
	return err
}

// readDeliveries says of each subscriber of the type whether its cursor has
// passed the change with which the event took effect, and whether it took it.
func (f *Failures) readDeliveries(ctx context.Context, d *models.EventDetail) error {
	if d.State != "applied" {
		return nil
	}
	rows, err := f.db.Pool.Query(ctx, `
		WITH change AS (`+changeOfEvent+`)
		SELECT s.name, coalesce(cc.pos >= change.pos, false) AND NOT EXISTS (SELECT FROM refused_events x
				WHERE x.shard = $1 AND x.seq = $2 AND x.subscription = s.name AND x.state <> 'delivered'), coalesce(m.id, 0), m.started_at, m.ended_at, coalesce(m.attempt, 0), coalesce(m.error, '')
		FROM subscriptions s CROSS JOIN change
		LEFT JOIN consumer_cursors cc ON cc.consumer = 'route:' || s.name AND cc.shard = $1
		LEFT JOIN LATERAL (
			SELECT * FROM deliveries v WHERE v.subscription = s.name AND v.shard = $1 AND v.to_pos >= change.pos AND v.from_pos <= change.pos
			ORDER BY v.id DESC LIMIT 1) m ON true
		WHERE $3 = ANY (s.types) ORDER BY s.name`, d.Shard, d.Seq, string(d.Type))
	if err != nil {
		return err
	}
	d.Deliveries, err = pgx.CollectRows(rows, pgx.RowToStructByPos[models.EventDelivery])
	return err
}

// readAffected counts what waits behind the event and what failed as it did,
// and finds the open exceptions that speak of it.
func (f *Failures) readAffected(ctx context.Context, d *models.EventDetail) error {
	if d.Unsettled() {
		err := f.db.Pool.QueryRow(ctx, `
			SELECT (SELECT count(*) FROM unsettled_events WHERE shard = $1 AND key = $2 AND seq > $3 AND state = 'held'),
				(SELECT coalesce(sum(events), 0)::bigint FROM unsettled_counts WHERE fingerprint = CAST($4 AS uuid) AND state = 'parked')
					- CASE WHEN $5 = 'parked' THEN 1 ELSE 0 END`,
			d.Shard, d.Key, d.Seq, d.Fingerprint, d.State).Scan(&d.HeldBehind, &d.SameCause)
		if err != nil {
			return err
		}
	}
	var err error
	if d.HasChain, err = placeKnown(f.db.Gorm.WithContext(ctx), d.Item, d.DC); err != nil {
		return err
	}
	return f.db.Gorm.WithContext(ctx).Raw(`
		SELECT * FROM exceptions WHERE state <> 'resolved'
			AND (event_seq = @seq OR (@cause <> '' AND fingerprint = @cause) OR (@item <> '' AND item = @item AND dc = @dc))
		ORDER BY priority, id DESC LIMIT 10`,
		binds{"seq": d.Seq, "cause": d.Fingerprint, "item": d.Item, "dc": d.DC}).Scan(&d.Exceptions).Error
}
