package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"throughline/models"
)

// Tx is a running pgx transaction, or a pool where a single statement will do.
type Tx interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Changes is the log of what took effect, in the order in which it did within
// each shard, replays included. Parked, held, waiting, superseded and discarded
// events are not in it. It is safe for concurrent use.
type Changes struct{ db *DB }

// NewChanges makes the reader of the change log.
func NewChanges(db *DB) *Changes { return &Changes{db: db} }

// Change is one event that took effect.
type Change struct {
	models.Event
	Pos       int64 // of its row in the change log; grows within a shard only
	AppliedAt time.Time
	Replayed  bool // took effect after its batch: by a retry or when what it waited for came
}

// ShardChanges is what a consumer has not yet seen of one shard. Advance moves
// its cursor from After to Last; Changes may be empty when nothing between the
// two took effect.
type ShardChanges struct {
	Shard       int16
	After, Last int64
	Changes     []Change
}

// Register gives a consumer its cursors, at the start of the change log or,
// when fromNow, at its end. One that has cursors keeps them.
func (c *Changes) Register(ctx context.Context, consumer string, fromNow bool) error {
	return registerConsumer(ctx, c.db.Pool, consumer, fromNow)
}

func registerConsumer(ctx context.Context, tx Tx, consumer string, fromNow bool) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO consumer_cursors (consumer, shard, pos)
		SELECT $1, s.shard, CASE WHEN $2 THEN coalesce((SELECT max(pos) FROM changes ch WHERE ch.shard = s.shard), 0) ELSE 0 END
		FROM shard_cursors s
		ON CONFLICT DO NOTHING`, consumer, fromNow)
	if err != nil {
		return fmt.Errorf("register the consumer %s: %w", consumer, err)
	}
	return nil
}

// Unregister forgets a consumer, so that retention no longer waits for it.
func (c *Changes) Unregister(ctx context.Context, consumer string) error {
	if _, err := c.db.Pool.Exec(ctx, `DELETE FROM consumer_cursors WHERE consumer = $1`, consumer); err != nil {
		return fmt.Errorf("unregister the consumer %s: %w", consumer, err)
	}
	return nil
}

// Next reads what follows the consumer's cursors, shard by shard, each shard in
// the order in which its events took effect. limit bounds the events of a shard
// but never cuts a batch: at least one batch (some thousand events) comes. No
// shard is returned that has nothing new. A consumer that is not registered
// gets nothing.
func (c *Changes) Next(ctx context.Context, consumer string, limit int) ([]ShardChanges, error) {
	return c.next(ctx, consumer, nil, limit)
}

// NextOf is Next for one shard; ok is false when it has nothing new.
func (c *Changes) NextOf(ctx context.Context, consumer string, shard int16, limit int) (_ ShardChanges, ok bool, _ error) {
	all, err := c.next(ctx, consumer, &shard, limit)
	if err != nil || len(all) == 0 {
		return ShardChanges{Shard: shard}, false, err
	}
	return all[0], true, nil
}

// Advance records in tx that the consumer has handled s. It fails with
// CodeConflict when another owner of the cursor was faster; the caller's
// transaction must then be rolled back.
func (c *Changes) Advance(ctx context.Context, tx Tx, consumer string, s ShardChanges) error {
	tag, err := tx.Exec(ctx, `
		UPDATE consumer_cursors SET pos = $4, updated_at = now()
		WHERE consumer = $1 AND shard = $2 AND pos = $3`, consumer, s.Shard, s.After, s.Last)
	if err != nil {
		return fmt.Errorf("advance %s in shard %d: %w", consumer, s.Shard, err)
	}
	if tag.RowsAffected() != 1 {
		return models.Errorf(models.CodeConflict, "Another worker of %s has moved on in shard %d.", consumer, s.Shard)
	}
	return nil
}

// changeRow is one row of the change log with what finds its events.
type changeRow struct {
	shard         int16
	after, pos    int64
	kind          string
	from, to      int64
	leftOut       []int64
	first, last   time.Time
	appliedAt     time.Time
	events, total int64
	more          bool // rows follow in the shard, or were not looked for
}

func (c *Changes) next(ctx context.Context, consumer string, shard *int16, limit int) ([]ShardChanges, error) {
	rows, err := c.rows(ctx, consumer, shard, limit)
	if err != nil {
		return nil, fmt.Errorf("read the change log for %s: %w", consumer, err)
	}
	changes, err := c.expand(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("read the changed events for %s: %w", consumer, err)
	}
	var out []ShardChanges
	for i, row := range rows {
		if len(out) == 0 || out[len(out)-1].Shard != row.shard {
			out = append(out, ShardChanges{Shard: row.shard, After: row.after})
		}
		at := &out[len(out)-1]
		at.Last = row.pos
		at.Changes = append(at.Changes, changes[i]...)
	}
	return out, nil
}

// rowsPerRead keeps a consumer that is far behind from sorting its whole backlog.
const rowsPerRead = 64

func (c *Changes) rows(ctx context.Context, consumer string, shard *int16, limit int) ([]changeRow, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT shard, after, pos, kind, from_seq, to_seq, left_out, first_received, last_received, applied_at, events, total, more
		FROM (
			SELECT r.*, cc.pos AS after, sum(r.events) OVER shard AS total,
				lead(r.pos) OVER shard IS NOT NULL OR row_number() OVER shard = $4 AS more
			FROM consumer_cursors cc CROSS JOIN LATERAL (
				SELECT * FROM changes ch
				WHERE ch.shard = cc.shard AND ch.pos > cc.pos ORDER BY ch.pos LIMIT $4
			) r
			WHERE cc.consumer = $1 AND ($2::smallint IS NULL OR cc.shard = $2)
			WINDOW shard AS (PARTITION BY r.shard ORDER BY r.pos)
		) backlog
		WHERE total <= $3 OR total = events
		ORDER BY shard, pos`, consumer, shard, limit, rowsPerRead)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (changeRow, error) {
		var r changeRow
		err := row.Scan(&r.shard, &r.after, &r.pos, &r.kind, &r.from, &r.to, &r.leftOut, &r.first, &r.last, &r.appliedAt, &r.events, &r.total, &r.more)
		return r, err
	})
}

const eventColumns = `seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict, coalesce(extensions, ''), data`

// expand reads the events of each row, all rows in one round trip.
func (c *Changes) expand(ctx context.Context, rows []changeRow) ([][]Change, error) {
	out := make([][]Change, len(rows))
	b := &pgx.Batch{}
	for i, r := range rows {
		if r.events == 0 {
			continue
		}
		query := b.Queue(`
			SELECT `+eventColumns+` FROM events
			WHERE shard = $1 AND seq BETWEEN $2 AND $3 AND received_at BETWEEN $4 AND $5 AND seq <> ALL($6)
			ORDER BY seq`, r.shard, r.from, r.to, r.first, r.last, r.leftOut)
		if r.kind == "replay" {
			query = b.Queue(`
				SELECT seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, trace_id, conflict, coalesce(extensions, ''), data
				FROM settled_payloads JOIN settled_events USING (seq) WHERE seq = $1`, r.from)
		}
		query.Query(func(found pgx.Rows) (err error) {
			out[i], err = collectChanges(found, r)
			return err
		})
	}
	if b.Len() == 0 {
		return out, nil
	}
	return out, c.db.Pool.SendBatch(ctx, b).Close()
}

func collectChanges(found pgx.Rows, r changeRow) ([]Change, error) {
	changes, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (Change, error) {
		e, err := scanEvent(row)
		return Change{Event: e, Pos: r.pos, AppliedAt: r.appliedAt, Replayed: r.kind == "replay"}, err
	})
	if err == nil && int64(len(changes)) != r.events {
		return nil, models.Errorf(models.CodeInternal,
			"The change log's row %d of shard %d covers %d events, but %d are in the log.", r.pos, r.shard, r.events, len(changes))
	}
	return changes, err
}

func scanEvent(row pgx.CollectableRow) (models.Event, error) {
	var e models.Event
	err := row.Scan(&e.Seq, &e.Shard, &e.ReceivedAt, &e.OccurredAt, &e.Source, &e.ID, &e.Type, &e.Subject,
		&e.Key, &e.Item, &e.DC, &e.TraceID, &e.Conflict, &e.Extensions, &e.Data)
	return e, err
}

// Backlog is how far a consumer is behind in the shard where it is furthest behind.
type Backlog struct {
	Consumer string
	Events   int64         // in all shards
	Age      time.Duration // since the oldest unseen change took effect; 0 when there is none
}

// Backlogs says of every consumer how far it is behind, at the instant now.
func (c *Changes) Backlogs(ctx context.Context, now time.Time) ([]Backlog, error) {
	rows, err := c.db.Pool.Query(ctx, `
		SELECT cc.consumer, coalesce(sum(b.events), 0)::bigint, min(b.applied_at)
		FROM consumer_cursors cc LEFT JOIN LATERAL (
			SELECT sum(events) AS events, min(applied_at) AS applied_at FROM changes ch
			WHERE ch.shard = cc.shard AND ch.pos > cc.pos
		) b ON true
		GROUP BY cc.consumer ORDER BY cc.consumer`)
	if err != nil {
		return nil, fmt.Errorf("read the consumers' backlogs: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Backlog, error) {
		var b Backlog
		var oldest *time.Time
		if err := row.Scan(&b.Consumer, &b.Events, &oldest); err != nil {
			return b, err
		}
		if oldest != nil {
			b.Age = max(now.Sub(*oldest), 0)
		}
		return b, nil
	})
}
