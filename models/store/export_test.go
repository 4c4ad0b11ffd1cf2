package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// AppendIn appends within conn's open transaction, for tests that look in
// between insert and commit.
func (l *Log) AppendIn(ctx context.Context, conn *pgx.Conn, lane models.Lane, entries []Entry) error {
	_, err := runAppend(ctx, conn, lane, entries)
	return err
}
