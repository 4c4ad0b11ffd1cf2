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
	"github.com/jackc/pgx/v5/pgxpool"
)

// ApplyTx is one transaction of the apply engine. It has its connection itself,
// so that a batch can open with its first statements and commit with its last:
// two round trips less, where a small batch has seven.
type ApplyTx struct{ conn *pgxpool.Conn }

// withoutDisk lets a commit not wait for the disk: every effect can be made
// again from the log, which did, and whatever is later committed durably (a
// delivery's cursor, a decision) comes after it in the same write-ahead log.
const withoutDisk = "SET LOCAL synchronous_commit = off"

// Begin opens a transaction whose effects can be made again from the log.
func (a *Apply) Begin(ctx context.Context) (*ApplyTx, error) {
	return a.begin(ctx, "BEGIN; "+withoutDisk)
}

// BeginDurable opens a transaction that a person's action depends on.
func (a *Apply) BeginDurable(ctx context.Context) (*ApplyTx, error) { return a.begin(ctx, "BEGIN") }

func (a *Apply) begin(ctx context.Context, query string) (*ApplyTx, error) {
	return a.open(ctx, func(conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, query)
		return err
	})
}

// open takes a connection and opens the transaction on it.
func (a *Apply) open(ctx context.Context, begin func(*pgxpool.Conn) error) (*ApplyTx, error) {
	conn, err := a.db.Pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin to apply: %w", err)
	}
	t := &ApplyTx{conn}
	if err := begin(conn); err != nil {
		t.Rollback(ctx)
		return nil, fmt.Errorf("begin to apply: %w", err)
	}
	return t, nil
}

// CursorMove takes a shard's cursor from one place to another.
type CursorMove struct {
	Shard    int16
	From, To Cursor
}

// BeginMoving opens the transaction of a batch. It locks the cursor rows in the
// order of their shards and moves them, each guarded by its old value: ErrFenced
// when another owner was faster with any of them (invariant 2).
func (a *Apply) BeginMoving(ctx context.Context, moves []CursorMove) (*ApplyTx, error) {
	slices.SortFunc(moves, func(x, y CursorMove) int { return cmp.Compare(x.Shard, y.Shard) })
	shards := column(moves, func(m *CursorMove) int16 { return m.Shard })
	var moved int64
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue(withoutDisk)
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
	return a.open(ctx, func(conn *pgxpool.Conn) error {
		if err := conn.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("move the cursors of the shards %v: %w", shards, err)
		}
		if moved != int64(len(moves)) {
			return ErrFenced
		}
		return nil
	})
}

// Commit makes the transaction's effects visible.
func (t *ApplyTx) Commit(ctx context.Context) error { return t.commit(ctx, &pgx.Batch{}) }

// commit sends the last statements with the commit.
func (t *ApplyTx) commit(ctx context.Context, last *pgx.Batch) error {
	var committed bool
	last.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT" // a transaction that failed before answers ROLLBACK
		return nil
	})
	if err := t.conn.SendBatch(ctx, last).Close(); err != nil {
		return fmt.Errorf("commit the batch: %w", err)
	}
	if !committed {
		return errors.New("commit the batch: the database has rolled it back")
	}
	t.release()
	return nil
}

// Rollback takes everything back; after Commit it does nothing.
func (t *ApplyTx) Rollback(ctx context.Context) {
	if t.conn == nil {
		return
	}
	const idle = 'I'
	if pg := t.conn.Conn().PgConn(); !pg.IsClosed() && pg.TxStatus() != idle {
		_, _ = t.conn.Exec(context.WithoutCancel(ctx), "ROLLBACK") // or else the pool drops the connection
	}
	t.release()
}

func (t *ApplyTx) release() {
	t.conn.Release()
	t.conn = nil
}
