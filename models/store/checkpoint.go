package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Checkpoint has the server behind dsn write down now what it holds in memory, over a
// connection of its own. Its role needs the right to ask for that.
func Checkpoint(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("ask for a checkpoint: %w", err)
	}
	_, err = conn.Exec(ctx, `CHECKPOINT`)
	if err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("write a checkpoint: %w", err)
	}
	return nil
}
