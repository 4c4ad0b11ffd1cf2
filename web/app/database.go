package app

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/localpg"
)

const databaseName = "postgres"

// database is a Postgres that somebody runs: ours, or the one of DatabaseURL.
type database struct {
	dsn  string
	stop func(context.Context) error
}

// openDatabase says where Postgres is, after starting the private one when no
// other was named.
func openDatabase(ctx context.Context, cfg Config) (database, error) {
	if cfg.DatabaseURL != "" {
		return database{dsn: cfg.DatabaseURL, stop: keepRunning}, nil
	}
	server, err := localpg.Start(ctx, localpg.Config{Dir: postgresDir(cfg), Logger: cfg.Log})
	if err != nil {
		return database{}, err
	}
	stop := func(ctx context.Context) error {
		if err := server.Stop(ctx); err != nil { // it recovers at its next start, nothing is lost
			cfg.Log.WarnContext(ctx, "Postgres had to be stopped at once", slog.Any("error", err))
		}
		return nil
	}
	return database{dsn: server.DSN(databaseName), stop: stop}, nil
}

// joinPatience is how long a short command and a tower that both want to start
// the database wait for each other.
const joinPatience = 15 * time.Second

// awaitDatabase is openDatabase for a tower: a short command that was faster
// gives the private Postgres up when it ends, another tower does not.
func awaitDatabase(ctx context.Context, cfg Config) (database, error) {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(joinPatience); ; {
		db, err := openDatabase(ctx, cfg)
		if _, ok := errors.AsType[*localpg.LockedError](err); !ok || time.Now().After(deadline) {
			return db, err
		}
		select {
		case <-ctx.Done():
			return database{}, ctx.Err()
		case <-again.C:
		}
	}
}

// joinDatabase is openDatabase for the short commands: a private Postgres that
// a running tower holds is used beside it, as soon as it answers.
func joinDatabase(ctx context.Context, cfg Config) (database, error) {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(joinPatience); ; {
		db, err := openDatabase(ctx, cfg)
		if _, ok := errors.AsType[*localpg.LockedError](err); !ok {
			return db, err
		}
		dsn, ok, runErr := localpg.Running(postgresDir(cfg), databaseName)
		if ok && answers(ctx, dsn) {
			return database{dsn: dsn, stop: keepRunning}, nil
		}
		if time.Now().After(deadline) {
			return database{}, errors.Join(err, runErr)
		}
		select {
		case <-ctx.Done():
			return database{}, ctx.Err()
		case <-again.C:
		}
	}
}

func answers(ctx context.Context, dsn string) bool {
	db, err := store.Open(ctx, store.Config{DSN: dsn, MaxConnections: 1})
	if err == nil {
		db.Close()
	}
	return err == nil
}

func keepRunning(context.Context) error { return nil }

func postgresDir(cfg Config) string { return filepath.Join(cfg.Data, "postgres") }

func (p *Program) startDatabase(ctx context.Context) error {
	began := time.Now()
	if p.cfg.DatabaseURL == "" {
		p.sayf("Starting the private Postgres in %s…", p.cfg.Data)
	}
	server, err := awaitDatabase(ctx, p.cfg)
	if err != nil {
		return err
	}
	if err := p.useDatabase(ctx, server); err != nil {
		return err
	}
	p.sayf("The database is ready (%s).", time.Since(began).Round(10*time.Millisecond))
	return nil
}

func (p *Program) useDatabase(ctx context.Context, server database) error {
	p.started("postgres", server.stop)
	db, err := store.Open(ctx, store.Config{DSN: server.dsn})
	if err != nil {
		return unreachable(server.dsn, err)
	}
	p.db, p.dsn = db, server.dsn
	p.started("database pool", func(context.Context) error { db.Close(); return nil })
	return db.Migrate(ctx)
}

// WithTower is WithDatabase for commands that only make sense on a tower's data: a
// mistyped directory is refused instead of made.
func WithTower(ctx context.Context, cfg Config, fn func(ctx context.Context, db *store.DB) error) error {
	if err := mustExist(cfg); err != nil {
		return err
	}
	return WithDatabase(ctx, cfg, fn)
}

func mustExist(cfg Config) error {
	if cfg.DatabaseURL == "" && !exists(postgresDir(cfg)) {
		return models.Errorf(models.CodeNotFound, "There is no tower's data in %s: name its directory with --data, or its database with DATABASE_URL.", cfg.Data)
	}
	return nil
}

// WithDatabase runs fn on the configured database, migrated, and nothing else
// of the tower. It is what the short commands use; a private Postgres that a
// running tower holds is shared with it.
func WithDatabase(ctx context.Context, cfg Config, fn func(ctx context.Context, db *store.DB) error) error {
	p, err := New(cfg)
	if err != nil {
		return err
	}
	server, err := joinDatabase(ctx, p.cfg)
	if err != nil {
		return err
	}
	err = p.useDatabase(ctx, server)
	if err == nil {
		err = fn(ctx, p.db)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBudget)
	defer cancel()
	if stopErr := p.Stop(stopping); err == nil {
		err = stopErr
	}
	return err
}
