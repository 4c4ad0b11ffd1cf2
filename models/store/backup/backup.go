// Package backup writes a database to one file and reads it back, with
// PostgreSQL's own pg_dump and pg_restore. A backup is consistent and may be
// taken while the tower runs.
package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/localpg"
)

// Config names a database and a file.
type Config struct {
	DSN    string // any Postgres, as URL or key=value pairs
	File   string
	BinDir string // holds pg_dump and pg_restore; empty means PG_BIN, then a search
}

// Validate reports what is wrong with c.
func (c Config) Validate() error {
	switch {
	case c.DSN == "":
		return models.Errorf(models.CodeInvalid, "Name the database to back up or restore.")
	case c.File == "":
		return models.Errorf(models.CodeInvalid, "Name the backup file.")
	}
	return nil
}

// Create writes the whole database to cfg.File, which appears under that name
// only when it is complete, readable by its owner alone. An older backup there
// is replaced then.
func Create(ctx context.Context, cfg Config) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	server, err := look(ctx, cfg.DSN)
	if err != nil {
		return err
	}
	if server.relations == 0 {
		return models.Errorf(models.CodeNotFound, "The database %q is empty: there is nothing to back up.", server.database)
	}
	program, err := localpg.FindTool(ctx, cfg.BinDir, "pg_dump", server.major)
	if err != nil {
		return models.Wrap(models.CodePrecondition, err, "The backup needs pg_dump. Without it, stop the tower and copy the directory of its private Postgres.")
	}
	side, err := os.CreateTemp(filepath.Dir(cfg.File), ".throughline-backup-*")
	if err != nil {
		return models.Wrap(models.CodeInvalid, err, "The backup file cannot be written there.")
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(side.Name()))
		}
	}()
	if err := side.Close(); err != nil {
		return err
	}
	err = run(ctx, cfg.DSN, program, "--format=custom", "--no-owner", "--no-privileges", "--exclude-table="+store.RestoringTable, "--file="+side.Name())
	if err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The backup failed and nothing was kept of it.")
	}
	return os.Rename(side.Name(), cfg.File)
}

// Restore reads cfg.File into the database, which must be empty. It takes effect
// whole or not at all; a tower that starts finishes one that was cut short after
// that. No position of the change log is given a second time: what readers hold of
// a tower that went on after the backup is known as lost.
func Restore(ctx context.Context, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if _, err := os.Stat(cfg.File); err != nil {
		return models.Wrap(models.CodeNotFound, err, "There is no such backup file.")
	}
	server, err := look(ctx, cfg.DSN)
	if err != nil {
		return err
	}
	if server.relations > 0 {
		return models.Errorf(models.CodePrecondition,
			"The database %q holds %d tables and the like: restore into an empty one; nothing was changed.", server.database, server.relations)
	}
	program, err := localpg.FindTool(ctx, cfg.BinDir, "pg_restore", server.major)
	if err != nil {
		return models.Wrap(models.CodePrecondition, err, "Restoring needs pg_restore.")
	}
	conn, err := pgx.Connect(ctx, cfg.DSN)
	if err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The database cannot be reached.")
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := store.BeginRestore(ctx, conn); err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The backup cannot be restored; nothing was changed.")
	}
	err = run(ctx, cfg.DSN, program, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--", cfg.File)
	if err != nil { // the mark stays, since the server may yet have taken it all
		return models.Wrap(models.CodeInvalid, err, "The backup cannot be restored; nothing was changed.")
	}
	if err := store.FinishRestore(ctx, conn); err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The backup is read; the rest is done when the tower starts.")
	}
	return nil
}

type target struct {
	database  string
	major     int
	relations int // tables, sequences, views and types of their own that somebody made
}

// look finds out what the address leads to.
func look(ctx context.Context, dsn string) (target, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return target{}, models.Wrap(models.CodeUnavailable, err, "The database cannot be reached.")
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var t target
	var version int
	err = conn.QueryRow(ctx, `
		SELECT current_database(), current_setting('server_version_num')::int,
		       (SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		        WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%' AND c.relkind NOT IN ('i', 'I', 't') AND c.relname <> $1)`, store.RestoringTable).
		Scan(&t.database, &version, &t.relations)
	if err != nil {
		return target{}, fmt.Errorf("look into the database: %w", err)
	}
	t.major = version / 10_000
	return t, nil
}
