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
