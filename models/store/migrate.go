package store

import (
	"context"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"throughline/migrations"
	"throughline/models"
)

// Migrate brings the schema up to this binary's version and finishes a restore that
// was cut short. A schema that is newer
// than the binary is refused with CodePrecondition and left as it is. Several
// processes may call it at once: an advisory lock lets one work.
func (db *DB) Migrate(ctx context.Context) error {
	p, err := db.migrations()
	if err != nil {
		return err
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	if err := db.refuseNewer(ctx, p, newest); err != nil {
		return err
	}
	if err := FinishRestore(ctx, db.Pool); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}

// MigrateDown takes every migration back, for the test that each can be. All data is lost.
func (db *DB) MigrateDown(ctx context.Context) error {
	p, err := db.migrations()
	if err != nil {
		return err
	}
	if _, err := p.DownTo(ctx, 0); err != nil {
		return fmt.Errorf("take the schema back: %w", err)
	}
	return nil
}

// CheckSchema fails with CodePrecondition when the schema is not this binary's.
func (db *DB) CheckSchema(ctx context.Context) error {
	p, err := db.migrations()
	if err != nil {
		return err
	}
	at, err := p.GetDBVersion(ctx)
	if err != nil {
		return models.Wrap(models.CodeUnavailable, err, "The schema's version cannot be read.")
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; at != newest {
		return models.Errorf(models.CodePrecondition, "The database's schema is version %d and this binary needs %d.", at, newest)
	}
	return nil
}

func (db *DB) migrations() (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("prepare the migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db.std, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

func (db *DB) refuseNewer(ctx context.Context, p *goose.Provider, newest int64) error {
	at, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if at > newest {
		return models.Errorf(models.CodePrecondition,
			"The database's schema is version %d and this binary knows %d: start a newer throughline, or restore a backup that fits this one.", at, newest)
	}
	return nil
}
