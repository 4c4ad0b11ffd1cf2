package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
// applied event was received, the zero time before there was one.
type Cursor struct {
	Seq int64
	Day time.Time
}

// Cursor reads a shard's cursor.
func (a *Apply) Cursor(ctx context.Context, shard int16) (Cursor, error) {
	var c Cursor
	var day *time.Time
	err := a.db.Pool.QueryRow(ctx, `SELECT seq, nullif(day, '-infinity')::timestamptz FROM shard_cursors WHERE shard = $1`,
		shard).Scan(&c.Seq, &day)
	if err != nil {
		return c, fmt.Errorf("read the cursor of shard %d: %w", shard, err)
	}
	if day != nil {
		c.Day = *day
	}
	return c, nil
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
