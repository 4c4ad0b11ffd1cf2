package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Apply holds the statements of the engine's own transaction: a batch of the
// log read, judged against the present state, and written with the ledger, the
// books and the cursor. It is safe for concurrent use; an ApplyTx is not.
type Apply struct{ db *DB }

// NewApply makes the store of the apply engine.
func NewApply(db *DB) *Apply { return &Apply{db: db} }

// ErrFenced says that another process has moved the shard's cursor: what was
// decided on the old one must not be written.
var ErrFenced = errors.New("the shard's cursor was moved by another owner")

// Cursor is how far a shard has been applied. Day is the day on which the last
// applied event was received; the next one is at most a day older.
type Cursor struct {
	Seq int64
	Day time.Time
}

// Shards gives the shards of both lanes as the database was made with them, by lane.
func (a *Apply) Shards(ctx context.Context) (map[models.Lane][]int16, error) {
	rows, err := a.db.Pool.Query(ctx, `SELECT shard, lane FROM shard_cursors ORDER BY shard`)
	if err != nil {
		return nil, fmt.Errorf("read the shards: %w", err)
	}
	shards := map[models.Lane][]int16{}
	var shard int16
	var lane models.Lane
	_, err = pgx.ForEachRow(rows, []any{&shard, &lane}, func() error {
		shards[lane] = append(shards[lane], shard)
		return nil
	})
	return shards, err
}

// Cursor reads a shard's cursor.
func (a *Apply) Cursor(ctx context.Context, shard int16) (Cursor, error) {
	var c Cursor
	err := a.db.Pool.QueryRow(ctx, `SELECT seq, greatest(day, date '0001-01-02')::timestamptz FROM shard_cursors WHERE shard = $1`,
		shard).Scan(&c.Seq, &c.Day)
	if err != nil {
		return c, fmt.Errorf("read the cursor of shard %d: %w", shard, err)
	}
	return c, nil
}

// Next reads up to limit events of a shard behind its cursor, in order.
func (a *Apply) Next(ctx context.Context, shard int16, after Cursor, limit int) ([]models.Event, error) {
	rows, err := a.db.Pool.Query(ctx, `
		SELECT `+eventColumns+` FROM events
		WHERE shard = $1 AND seq > $2 AND received_at >= $3
		ORDER BY seq LIMIT $4`, shard, after.Seq, after.Day.AddDate(0, 0, -1), limit)
	if err != nil {
		return nil, fmt.Errorf("read shard %d: %w", shard, err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("read shard %d: %w", shard, err)
	}
	return events, nil
}

// ApplyTx is one transaction of the apply engine.
type ApplyTx struct{ tx pgx.Tx }

// Begin opens the transaction of a batch. It does not wait for the disk at its
// commit: every effect can be made again from the log, which did, and whatever
// is later committed durably (a delivery's cursor, a decision) comes after it
// in the same write-ahead log.
func (a *Apply) Begin(ctx context.Context) (*ApplyTx, error) {
	return a.begin(ctx, "BEGIN; SET LOCAL synchronous_commit = off")
}

// BeginDurable opens a transaction that a person's action depends on.
func (a *Apply) BeginDurable(ctx context.Context) (*ApplyTx, error) { return a.begin(ctx, "BEGIN") }

func (a *Apply) begin(ctx context.Context, query string) (*ApplyTx, error) {
	tx, err := a.db.Pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: query})
	if err != nil {
		return nil, fmt.Errorf("begin to apply: %w", err)
	}
	return &ApplyTx{tx: tx}, nil
}

// Commit makes the batch visible.
func (t *ApplyTx) Commit(ctx context.Context) error {
	if err := t.tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit the batch: %w", err)
	}
	return nil
}

// Rollback takes everything back; after Commit it does nothing.
func (t *ApplyTx) Rollback(ctx context.Context) {
	_ = t.tx.Rollback(context.WithoutCancel(ctx))
}

// MoveCursor locks the shard's cursor row and moves it, guarded by its old
// value: ErrFenced when another owner was faster (invariant 2).
func (t *ApplyTx) MoveCursor(ctx context.Context, shard int16, from, to Cursor) error {
	tag, err := t.tx.Exec(ctx, `
		UPDATE shard_cursors SET seq = $3, day = $4::date, updated_at = now()
		WHERE shard = $1 AND seq = $2`, shard, from.Seq, to.Seq, to.Day)
	if err != nil {
		return fmt.Errorf("move the cursor of shard %d: %w", shard, err)
	}
	if tag.RowsAffected() != 1 {
		return ErrFenced
	}
	return nil
}

// LockCursor locks the shard's cursor row without moving it, for a replay.
func (t *ApplyTx) LockCursor(ctx context.Context, shard int16) error {
	var seq int64
	if err := t.tx.QueryRow(ctx, `SELECT seq FROM shard_cursors WHERE shard = $1 FOR UPDATE`, shard).Scan(&seq); err != nil {
		return fmt.Errorf("lock the cursor of shard %d: %w", shard, err)
	}
	return nil
}

// Heads reads in one statement which shards have events behind their cursors.
func (a *Apply) Heads(ctx context.Context) ([]int16, error) {
	rows, err := a.db.Pool.Query(ctx, `
		SELECT shard FROM shard_cursors c
		WHERE EXISTS (SELECT FROM events e WHERE e.shard = c.shard AND e.seq > c.seq AND e.received_at >= c.day - 1)
		ORDER BY shard`)
	if err != nil {
		return nil, fmt.Errorf("look for new events: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int16])
}
