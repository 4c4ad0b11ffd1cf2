package store

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"
)

// RestoringTable stands in a database from before a backup is read into it until the
// change log has moved on. It has no rows.
const RestoringTable = "unfinished_restore"

// BeginRestore marks a database as one into which a backup is read.
func BeginRestore(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+RestoringTable+` ()`)
	return err
}

// FinishRestore takes the change log of a restored database past all that the lost
// tower may have given, by chance, since the same backup may be restored twice, and
// notes from when on the ERP is to be asked for its orders. It does nothing to a database
// that is not marked, and may be called by several processes at once.
func FinishRestore(ctx context.Context, db interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}) error {
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext($1))`, RestoringTable); err != nil {
			return err
		}
		var marked, read bool
		err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL, to_regclass('changes') IS NOT NULL`, RestoringTable).Scan(&marked, &read)
		if err != nil || !marked {
			return err
		}
		if read {
			_, err = tx.Exec(ctx, `SELECT setval(places, nextval(places) + $1) FROM (SELECT pg_get_serial_sequence('changes', 'pos')::regclass AS places) s`,
				RestoreGap+rand.Int64N(RestoreGap))
			if err != nil {
				return err
			}
			if _, err = tx.Exec(ctx, noteRestored); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `DROP TABLE `+RestoringTable)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish the restore: %w", err)
	}
	return nil
}
