package app

import (
	"context"
	"errors"

	"throughline/models/store/backup"
)

// Backup writes the whole database to a file. A running tower may go on.
func Backup(ctx context.Context, cfg Config, file string) error {
	if err := mustExist(cfg); err != nil {
		return err
	}
	return onServer(ctx, cfg, func(dsn string) error {
		return backup.Create(ctx, backup.Config{DSN: dsn, File: file})
	})
}

// Restore reads a backup into the database, which must be empty: a new
// directory's private Postgres is.
func Restore(ctx context.Context, cfg Config, file string) error {
	return onServer(ctx, cfg, func(dsn string) error {
		return backup.Restore(ctx, backup.Config{DSN: dsn, File: file})
	})
}

// onServer runs fn with the address of the database, as it is: not migrated.
func onServer(ctx context.Context, cfg Config, fn func(dsn string) error) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	server, err := joinDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	if err = reach(ctx, server.dsn); err == nil {
		err = fn(server.dsn)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBudget)
	defer cancel()
	return errors.Join(err, server.stop(stopping))
}
