package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

// Cursors reads the cursors of the shards.
func (a *Apply) Cursors(ctx context.Context, shards []int16) (map[int16]Cursor, error) {
	rows, err := a.db.Pool.Query(ctx, `
		SELECT shard, seq, nullif(day, '-infinity')::timestamptz FROM shard_cursors WHERE shard = ANY ($1)`, shards)
	if err != nil {
		return nil, fmt.Errorf("read the cursors of the shards %v: %w", shards, err)
	}
	cursors := make(map[int16]Cursor, len(shards))
	var shard int16
	var seq int64
	var day *time.Time
	_, err = pgx.ForEachRow(rows, []any{&shard, &seq, &day}, func() error {
		c := Cursor{Seq: seq}
		if day != nil {
			c.Day = *day
		}
		cursors[shard] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the cursors of the shards %v: %w", shards, err)
	}
	return cursors, nil
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

// CursorMove takes a shard's cursor from one place to another.
type CursorMove struct {
	Shard    int16
	From, To Cursor
}

// MoveCursors locks the cursor rows in the order of their shards and moves
// them, each guarded by its old value: ErrFenced when another owner was faster
// with any of them (invariant 2).
func (t *ApplyTx) MoveCursors(ctx context.Context, moves []CursorMove) error {
	slices.SortFunc(moves, func(x, y CursorMove) int { return cmp.Compare(x.Shard, y.Shard) })
	shards := column(moves, func(m *CursorMove) int16 { return m.Shard })
	var moved int64
	b := &pgx.Batch{}
	b.Queue(`SELECT FROM shard_cursors WHERE shard = ANY ($1) ORDER BY shard FOR UPDATE`, shards)
	b.Queue(`
		UPDATE shard_cursors c SET seq = m.upto, day = m.day, updated_at = now()
		FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::date[]) AS m (shard, since, upto, day)
		WHERE c.shard = m.shard AND c.seq = m.since`,
		shards, column(moves, func(m *CursorMove) int64 { return m.From.Seq }),
		column(moves, func(m *CursorMove) int64 { return m.To.Seq }),
		column(moves, func(m *CursorMove) time.Time { return m.To.Day }),
	).Exec(func(tag pgconn.CommandTag) error {
		moved = tag.RowsAffected()
		return nil
	})
	if err := t.tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("move the cursors of the shards %v: %w", shards, err)
	}
	if moved != int64(len(moves)) {
		return ErrFenced
	}
	return nil
}
